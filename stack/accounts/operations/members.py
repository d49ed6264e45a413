"""Members of organisations: what they are, and whether they get in at all. All of this needs MANAGE_MEMBERS.

Nobody gives a role or a ceiling above their own, changes whoever has a higher role, or changes themselves.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError

from stack.accounts.models import Membership, User
from stack.accounts.names import bad_field, read_user_name
from stack.accounts.operations.authority import (
    check_ceiling,
    check_other,
    check_platform_admin_remains,
    check_rank,
    check_role,
    hold_platform_admins,
    may_administer,
)
from stack.accounts.operations.endings import end_access
from stack.accounts.operations.transactions import writing
from stack.accounts.principal import Permission, Principal, Role
from stack.accounts.queries.members import (
    MemberRow,
    choose_organisation,
    find_membership,
    get_member,
    list_grantable_markings,
)
from stack.accounts.queries.recognition import principal_of_membership
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import Conflict, NotAllowed, NotFound


def create_member(
    principal: Principal,
    *,
    username: str,
    role: Role,
    tlp_ceiling: int,
    email: str = "",
    organisation_id: int | None = None,
    password: str | None = None,
) -> MemberRow:
    """A new user as a member of an organisation (None: the principal's own).

    Without a password the user gets in by a one-time link only; a role for programs has none. Conflict for a
    name that is taken: who has an account already joins by invitation.
    """
    wanted = choose_organisation(principal, organisation_id)
    check_role(principal, role)
    check_ceiling(principal, tlp_ceiling)
    if password is not None and role.is_machine:
        raise bad_field("password", f"expected none: a {role} signs in with API keys only")
    with writing():
        user = create_user(username=username, email=email, organisation_id=wanted, password=password)
        membership = add_membership(user, organisation_id=wanted, role=role, tlp_ceiling=tlp_ceiling)
        _record("user.create", principal, membership, after=_describe_change(membership))
        return get_member(principal, membership.pk)


def change_member(
    principal: Principal,
    member_id: int,
    *,
    role: Role | None = None,
    tlp_ceiling: int | None = None,
    granted_markings: Iterable[str] | None = None,
) -> MemberRow:
    """Changes what is given; it holds at once, for open sessions and keys too.

    `granted_markings` are the ids of all restricted markings that the member sees from now on; those that
    the principal does not know of stay as they are. BadInput for one that it does not know of.
    """
    with writing():
        membership = _lock(principal, member_id)
        before = _describe_change(membership)
        if role is not None and role != membership.role:
            check_role(principal, role)
            if membership.role == Role.PLATFORM_ADMIN:
                check_platform_admin_remains(membership.user_id, organisation_id=membership.organisation_id)
            membership.role = role
        if tlp_ceiling is not None and tlp_ceiling != membership.tlp_ceiling:
            check_ceiling(principal, tlp_ceiling)
            membership.tlp_ceiling = tlp_ceiling
        membership.save(update_fields=["role", "tlp_ceiling"])
        if granted_markings is not None:
            _grant(principal, membership, set(granted_markings))
        after = _describe_change(membership)
        if after != before:
            _record("member.change", principal, membership, before=before, after=after)
        return get_member(principal, member_id)


def remove_member(principal: Principal, member_id: int) -> None:
    """Ends the membership and its keys at once; the user's other memberships stay.

    Who is left without any is signed out everywhere.
    """
    with writing():
        membership = _lock(principal, member_id)
        check_platform_admin_remains(membership.user_id, organisation_id=membership.organisation_id)
        user, gone = membership.user, membership.organisation_id
        _record("member.remove", principal, membership, before=_describe_change(membership))
        membership.delete()
        end_access(principal, user, organisation_id=gone)
        left = Membership.objects.filter(user=user).order_by("id").first()
        if left is None:
            end_access(principal, user)
        elif user.organisation_id == gone:
            user.organisation_id = left.organisation_id
            user.save(update_fields=["organisation"])


def set_active(principal: Principal, user_id: int, *, active: bool) -> None:
    """Disables a user, which ends their sessions, keys, tokens and links at once, or lets them in again.

    What has ended does not come back. Who is also a member elsewhere is disabled by a platform administrator
    only, and removed from one organisation by that one's.
    """
    principal.require(Permission.MANAGE_MEMBERS)
    with writing():
        user = _find_user(principal, user_id)
        check_other(principal, user.pk)
        memberships = list(Membership.objects.filter(user=user))
        check_rank(principal, [row.role for row in memberships])
        if user.is_active == active:
            return
        if not active:
            check_platform_admin_remains(user.pk)
        user.is_active = active
        user.save(update_fields=["is_active"])
        if not active:
            end_access(principal, user)
        record_act(
            Act(
                name="user.enable" if active else "user.disable",
                actor=principal,
                object_kind="user",
                object_id=str(user.pk),
                before={"is_active": not active},
                after={"is_active": active},
                organisation_id=user.organisation_id,
                is_security=not active,
            )
        )


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


def _lock(principal: Principal, member_id: int) -> Membership:
    """The membership that is about to change, held until the end of the transaction."""
    hold_platform_admins(principal)
    found = find_membership(principal, member_id)
    check_other(principal, found.user_id)
    membership = Membership.objects.select_for_update().filter(pk=found.pk).first()
    if membership is None:
        raise NotFound(f"There is no member {member_id}", remedy="List the members to see their ids.")
    check_rank(principal, [membership.role])
    return membership


def _find_user(principal: Principal, user_id: int) -> User:
    """A user of the principal's organisation; for who may administer, any. Held as above."""
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


def _grant(principal: Principal, membership: Membership, wanted: set[str]) -> None:
    known = list_grantable_markings(principal)
    unknown = sorted(wanted - known.keys())
    if unknown:
        raise bad_field("granted_markings", f"there is no restricted marking {unknown[0][:80]}")
    kept = membership.granted_markings.exclude(pk__in=known.values()).values_list("pk", flat=True)
    membership.granted_markings.set({known[name] for name in wanted} | set(kept))


def read_email(text: str) -> str:
    address = text.strip()
    if address:
        try:
            validate_email(address)
        except ValidationError:
            raise bad_field("email", "expected an address such as mara@example.org, or nothing") from None
    return address


def _describe_change(membership: Membership) -> dict[str, Any]:
    granted = membership.granted_markings.order_by("marking_id").values_list("marking_id", flat=True)
    return {
        "user_id": membership.user_id,
        "username": membership.user.get_username(),
        "role": str(membership.role),
        "tlp_ceiling": membership.tlp_ceiling,
        "granted_markings": list(granted),
    }


def _record(
    name: str,
    principal: Principal,
    membership: Membership,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record_act(
        Act(
            name=name,
            actor=principal,
            object_kind="member",
            object_id=str(membership.pk),
            before=before or {},
            after=after or {},
            organisation_id=membership.organisation_id,
        )
    )
