"""Users: their accounts, whether they get in at all, and for which organisation they act."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError

from stack.accounts.models import Membership, User
from stack.accounts.names import bad_field, read_user_name
from stack.accounts.operations.authority import (
    check_other,
    check_platform_admin_remains,
    check_rank,
    hold_platform_admins,
    may_administer,
)
from stack.accounts.operations.endings import end_access
from stack.accounts.principal import Permission, Principal, Role
from stack.accounts.queries.recognition import principal_of_membership
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import Conflict, NotAllowed, NotFound


def set_active(principal: Principal, user_id: int, *, active: bool) -> None:
    """Disables a user, which ends their sessions, keys, tokens and links at once, or lets them in again.

    What has ended does not come back. Who is also a member elsewhere is disabled by a platform administrator
    only, and removed from one organisation by that one's. Only the role that disabled them, or a higher one,
    lets them in again; who is disabled may be disabled by a higher role too.
    """
    principal.require(Permission.MANAGE_MEMBERS)
    with writing():
        user = _find_user(principal, user_id)
        check_other(principal, user.pk)
        memberships = list(Membership.objects.filter(user=user))
        check_rank(principal, [row.role for row in memberships])
        was_active, disabled_as = user.is_active, user.disabled_as
        if active:
            _check_disabled_by(principal, disabled_as)
        elif was_active:
            check_platform_admin_remains(user.pk)
        user.is_active = active
        user.disabled_as = "" if active else _higher_role(disabled_as, principal.role)
        if (was_active, disabled_as) == (user.is_active, user.disabled_as):
            return
        user.save(update_fields=["is_active", "disabled_as"])
        if not active:
            end_access(principal, user)
        record_act(
            Act(
                name="user.enable" if active else "user.disable",
                actor=principal,
                object_kind="user",
                object_id=str(user.pk),
                before={"is_active": was_active, "disabled_as": disabled_as},
                after={"is_active": active, "disabled_as": user.disabled_as},
                organisation_id=user.organisation_id,
                is_security=not active,
            )
        )


def _check_disabled_by(principal: Principal, disabled_as: str) -> None:
    if disabled_as and Role(disabled_as).rank > principal.role.rank:
        raise NotAllowed(
            f"{principal.name} may not enable whom a higher role disabled",
            remedy="Ask an administrator of that role.",
        )


def _higher_role(disabled_as: str, role: Role) -> str:
    return max(Role(disabled_as) if disabled_as else role, role, key=lambda each: each.rank).value


def switch_organisation(user: User, organisation_id: int) -> None:
    """From now on the user acts for this one of their organisations. NotFound for every other."""
    with writing():
        membership = Membership.objects.filter(user=user, organisation_id=organisation_id).first()
        if membership is None or not user.is_active:
            raise NotFound(
                f"You are not a member of an organisation {organisation_id}",
                remedy="Choose one of your own organisations.",
            )
        before, user.organisation_id = user.organisation_id, organisation_id
        user.save(update_fields=["organisation"])
        record_act(
            Act(
                name="user.switch",
                actor=principal_of_membership(membership, user.get_username()),
                object_kind="user",
                object_id=str(user.pk),
                before={"organisation_id": before},
                after={"organisation_id": organisation_id},
            )
        )


def create_user(*, username: str, email: str, organisation_id: int, password: str | None) -> User:
    """The row of a new user. BadInput for a bad name, address or password; Conflict for a taken name."""
    name = read_user_name(username)
    user = User(username=name, email=read_email(email), organisation_id=organisation_id)
    if password is None:
        user.set_unusable_password()
    else:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise bad_field("password", " ".join(error.messages)) from None
        user.set_password(password)
    try:
        with writing():
            user.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            f"The user name “{name}” is taken",
            remedy="Choose another, or invite the person who has it.",
        ) from None
    return user


def add_membership(user: User, *, organisation_id: int, role: Role, tlp_ceiling: int) -> Membership:
    return Membership.objects.create(
        user=user,
        organisation_id=organisation_id,
        role=role,
        tlp_ceiling=tlp_ceiling,
        created_at=now_us(),
    )


def _find_user(principal: Principal, user_id: int) -> User:
    """A user of the principal's organisation; for who may administer, any. Held to the end."""
    hold_platform_admins(principal)
    known = User.objects.select_for_update().filter(pk=user_id)
    if not may_administer(principal):
        known = known.filter(
            pk__in=Membership.objects.filter(organisation_id=principal.organisation_id).values("user_id")
        )
    user = known.first()
    if user is None:
        raise NotFound(f"There is no user {user_id}", remedy="List the members to see their ids.")
    elsewhere = Membership.objects.filter(user=user).exclude(organisation_id=principal.organisation_id)
    if not may_administer(principal) and elsewhere.exists():
        raise NotAllowed(
            f"“{user.get_username()}” does not belong to your organisation alone",
            remedy="Remove them from your organisation, or ask a platform administrator.",
        )
    return user


def read_email(text: str) -> str:
    address = text.strip()
    if address:
        try:
            validate_email(address)
        except ValidationError:
            raise bad_field("email", "expected an address such as mara@example.org, or nothing") from None
    return address
