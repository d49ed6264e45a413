"""Invitations, and whether one still lets somebody in."""

from dataclasses import dataclass

from stack.accounts.models import Invitation, Membership
from stack.accounts.principal import Permission, Principal, Role
from stack.accounts.queries.members import choose_organisation
from stack.accounts.queries.recognition import digest_of, principal_of_membership
from stack.core.clock import now_us


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """`state` is open, accepted, revoked or expired; times are microseconds UTC."""

    id: int
    organisation_id: int
    organisation: str
    email: str
    role: Role
    tlp_ceiling: int
    invited_by: str
    created_at: int
    expires_at: int
    state: str


def list_invitations(principal: Principal, *, organisation_id: int | None = None) -> list[InvitationRow]:
    """The invitations to an organisation (None: the principal's own), newest first. Needs MANAGE_MEMBERS."""
    wanted = choose_organisation(principal, organisation_id)
    rows = Invitation.objects.filter(organisation_id=wanted).select_related("organisation", "invited_by")
    return [_describe(row) for row in rows.order_by("-id")]


def find_invitation(token: str) -> InvitationRow | None:
    """The open invitation that the token belongs to; None for every other text."""
    row = find_open_invitation(token)
    return None if row is None else _describe(row)


def find_open_invitation(token: str) -> Invitation | None:
    """The row behind `find_invitation`: neither used nor ended, from somebody who may still invite so."""
    row = (
        Invitation.objects.filter(
            digest=digest_of(token), accepted_at=None, revoked_at=None, expires_at__gt=now_us()
        )
        .select_related("organisation", "invited_by")
        .first()
    )
    return row if row is not None and is_backed(row) else None


def is_backed(row: Invitation) -> bool:
    """Whether the inviter could still give this role and ceiling: losing a role ends what it promised."""
    if row.invited_by is None or not row.invited_by.is_active:
        return False
    role = Role(row.role)
    for membership in Membership.objects.filter(user=row.invited_by):
        inviter = principal_of_membership(membership, row.invited_by.get_username())
        reaches = (
            membership.organisation_id == row.organisation_id or Permission.ADMINISTER in inviter.permissions
        )
        has_rank = Permission.MANAGE_MEMBERS in inviter.permissions and role.rank <= inviter.role.rank
        if reaches and has_rank and row.tlp_ceiling <= inviter.tlp_ceiling:
            return True
    return False


def _describe(row: Invitation) -> InvitationRow:
    return InvitationRow(
        id=row.pk,
        organisation_id=row.organisation_id,
        organisation=row.organisation.name,
        email=row.email,
        role=Role(row.role),
        tlp_ceiling=row.tlp_ceiling,
        invited_by="" if row.invited_by is None else row.invited_by.get_username(),
        created_at=row.created_at,
        expires_at=row.expires_at,
        state=_name_state(row),
    )


def _name_state(row: Invitation) -> str:
    if row.accepted_at is not None:
        return "accepted"
    if row.revoked_at is not None:
        return "revoked"
    return "open" if row.expires_at > now_us() else "expired"
