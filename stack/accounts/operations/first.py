"""The first organisation and its administrator, without whom nobody could make any other."""

from stack.accounts.models import Membership, Organisation, User
from stack.accounts.operations.users import add_membership
from stack.accounts.queries.recognition import principal_of_user
from stack.accounts.roles import Role
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.stix.markings import TlpLevel


def ensure_first_organisation() -> User:
    """The first administrator, made with their organisation when there is none.

    They have no password until they set one: a sign-in link lets them in.
    """
    with writing():
        first = (
            Membership.objects.filter(role=Role.PLATFORM_ADMIN).select_related("user").order_by("id").first()
        )
        if first is not None:
            return first.user
        organisation = Organisation.objects.order_by("id").first()
        if organisation is None:
            organisation = Organisation.objects.create(name="My organisation", created_at=now_us())
        administrator, made = User.objects.get_or_create(
            username="admin", defaults={"organisation": organisation}
        )
        if made:
            administrator.set_unusable_password()
            administrator.save(update_fields=["password"])
        add_membership(
            administrator,
            organisation_id=administrator.organisation_id,
            role=Role.PLATFORM_ADMIN,
            tlp_ceiling=TlpLevel.RED.value,
        )
        record_act(
            Act(
                name="user.create",
                actor=principal_of_user(administrator),
                object_kind="user",
                object_id=str(administrator.pk),
                after={"username": "admin", "role": Role.PLATFORM_ADMIN, "tlp_ceiling": TlpLevel.RED.value},
                is_security=True,
            )
        )
        return administrator
