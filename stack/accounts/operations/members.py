"""Members of organisations: what they are there. All of this needs MANAGE_MEMBERS.

Nobody gives a role or a ceiling above their own, changes whoever has a higher role, or changes themselves.
"""

from collections.abc import Iterable
from typing import Any

from stack.accounts.models import Membership
from stack.accounts.names import bad_field
from stack.accounts.operations.acts import record_change
from stack.accounts.operations.authority import (
    check_ceiling,
    check_other,
    check_platform_admin_remains,
    check_rank,
    check_role,
    hold_platform_admins,
)
from stack.accounts.operations.endings import end_access
from stack.accounts.operations.users import add_membership, create_user
from stack.accounts.principal import Principal, Role
from stack.accounts.queries.members import (
    MemberRow,
    choose_organisation,
    find_membership,
    get_member,
    list_grantable_markings,
)
from stack.accounts.transactions import writing
from stack.core.errors import NotFound


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
        record_change("user.create", principal, membership, after=_describe_change(membership))
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
            record_change("member.change", principal, membership, before=before, after=after)
        return get_member(principal, member_id)


def remove_member(principal: Principal, member_id: int) -> None:
    """Ends the membership and its keys at once; the user's other memberships stay.

    Who is left without any is signed out everywhere.
    """
    with writing():
        membership = _lock(principal, member_id)
        check_platform_admin_remains(membership.user_id, organisation_id=membership.organisation_id)
        user, gone = membership.user, membership.organisation_id
        record_change("member.remove", principal, membership, before=_describe_change(membership))
        membership.delete()
        end_access(principal, user, organisation_id=gone)
        left = Membership.objects.filter(user=user).order_by("id").first()
        if left is None:
            end_access(principal, user)
        elif user.organisation_id == gone:
            user.organisation_id = left.organisation_id
            user.save(update_fields=["organisation"])


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


def _grant(principal: Principal, membership: Membership, wanted: set[str]) -> None:
    known = list_grantable_markings(principal)
    unknown = sorted(wanted - known.keys())
    if unknown:
        raise bad_field("granted_markings", f"there is no restricted marking {unknown[0][:80]}")
    kept = membership.granted_markings.exclude(pk__in=known.values()).values_list("pk", flat=True)
    membership.granted_markings.set({known[name] for name in wanted} | set(kept))


def _describe_change(membership: Membership) -> dict[str, Any]:
    granted = membership.granted_markings.order_by("marking_id").values_list("marking_id", flat=True)
    return {
        "user_id": membership.user_id,
        "username": membership.user.get_username(),
        "role": str(membership.role),
        "tlp_ceiling": membership.tlp_ceiling,
        "granted_markings": list(granted),
    }
