"""What nobody may do whatever their role: give more than they have, change themselves, go as the last one."""

from collections.abc import Iterable

from stack.accounts.models import Membership
from stack.accounts.names import bad_field
from stack.accounts.principal import Permission, Principal, Role
from stack.accounts.queries.members import list_grantable_markings
from stack.core.errors import Conflict, NotAllowed
from stack.stix.markings import TlpLevel


def check_role(principal: Principal, role: Role) -> None:
    """NotAllowed for a role above the principal's own, or with permissions that its key was not given."""
    if role.rank > principal.role.rank or not role.permissions <= principal.permissions:
        raise NotAllowed(
            f"{principal.name} may not give the role “{role}”: it is above their own",
            remedy="Give a lower role, or ask an administrator who has it.",
        )


def check_ceiling(principal: Principal, tlp_ceiling: int) -> None:
    """BadInput for no TLP level, NotAllowed for one above the principal's own."""
    if not 0 <= tlp_ceiling <= TlpLevel.RED:
        raise bad_field("tlp_ceiling", f"expected a TLP level from 0 (clear) to 4 (red), got {tlp_ceiling}")
    if tlp_ceiling > principal.tlp_ceiling:
        raise NotAllowed(
            f"{principal.name} may not give this TLP ceiling: it is above their own",
            remedy="Give a lower ceiling, or ask an administrator who has it.",
        )


def check_rank(principal: Principal, roles: Iterable[str]) -> None:
    """NotAllowed where one of the roles of whom it would change is above the principal's."""
    if any(Role(role).rank > principal.role.rank for role in roles):
        raise NotAllowed(
            f"{principal.name} may not change who has a higher role",
            remedy="Ask an administrator of that role.",
        )


def check_other(principal: Principal, user_id: int) -> None:
    """Nobody changes what they themselves are: neither up, nor down by mistake."""
    if user_id == principal.user_id:
        raise NotAllowed("You cannot change your own membership", remedy="Ask another administrator.")


def check_reach(principal: Principal, membership: Membership) -> None:
    """NotAllowed unless the principal has all that opens to whoever gets in as the member.

    Whoever is signed in as the user acts for any of their organisations, so each membership counts.
    """
    check_other(principal, membership.user_id)
    if Role(membership.role).is_machine:
        raise NotAllowed("A program has no sign-in", remedy="Make an API key for it.")
    known = list_grantable_markings(principal)
    for row in Membership.objects.filter(user_id=membership.user_id):
        is_elsewhere = row.organisation_id != principal.organisation_id and not may_administer(principal)
        granted = row.granted_markings.values_list("marking_id", flat=True)
        if is_elsewhere or row.tlp_ceiling > principal.tlp_ceiling or set(granted) - known.keys():
            name = membership.user.get_username()
            raise NotAllowed(
                f"You may not open the account of “{name}”, who sees what you do not",
                remedy="Ask a platform administrator.",
            )
        check_rank(principal, [row.role])


def hold_platform_admins(principal: Principal) -> None:
    """Makes platform administrators who change one another do so one by one; locked before all else."""
    if principal.role is Role.PLATFORM_ADMIN:
        _platform_admins()


def check_platform_admin_remains(user_id: int, *, organisation_id: int | None = None) -> None:
    """Conflict where no active platform administrator but this membership (None: user) would be left."""
    rows = _platform_admins()
    leaving = [
        row for row in rows if row[0] == user_id and (organisation_id is None or row[1] == organisation_id)
    ]
    if leaving and not any(row[2] for row in rows if row not in leaving):
        raise Conflict(
            "Stack would have no platform administrator left",
            remedy="Make somebody else a platform administrator first.",
        )


def _platform_admins() -> list[tuple[int, int, bool]]:
    """User, organisation and whether the user is active, of each; held until the end of the transaction."""
    admins = Membership.objects.filter(role=Role.PLATFORM_ADMIN).select_for_update().order_by("id")
    return list(admins.values_list("user_id", "organisation_id", "user__is_active"))


def may_administer(principal: Principal) -> bool:
    return Permission.ADMINISTER in principal.permissions
