"""Invitations: a link that makes one person a member, once."""

import secrets
from dataclasses import dataclass

from stack.accounts.models import Invitation, Membership, User
from stack.accounts.names import bad_field
from stack.accounts.operations.acts import record_change
from stack.accounts.operations.authority import check_ceiling, check_role
from stack.accounts.operations.users import add_membership, create_user, read_email
from stack.accounts.principal import Permission, Principal, Role
from stack.accounts.queries.invitations import find_open_invitation
from stack.accounts.queries.members import choose_organisation
from stack.accounts.queries.recognition import digest_of, principal_of_membership
from stack.accounts.transactions import writing
from stack.core.clock import now_us
from stack.core.errors import Conflict, NotAllowed, NotFound

_DAY = 24 * 3600 * 1_000_000
_LONGEST_DAYS = 30


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation just made; `token` is shown this once. `expires_at` in microseconds UTC."""

    id: int
    token: str
    expires_at: int


def invite(
    principal: Principal,
    *,
    role: Role,
    tlp_ceiling: int,
    email: str = "",
    days: int = 7,
    organisation_id: int | None = None,
) -> NewInvitation:
    """An invitation to an organisation (None: the principal's own), open for 1 to 30 days.

    Needs MANAGE_MEMBERS. It ends when the inviter could no longer give this role and ceiling. `email` is a
    note of whom it is for; Stack sends nothing.
    """
    wanted = choose_organisation(principal, organisation_id)
    check_role(principal, role)
    check_ceiling(principal, tlp_ceiling)
    if role.is_machine:
        raise bad_field("role", f"expected a role of people: a {role} is a program, which is created")
    if not 1 <= days <= _LONGEST_DAYS:
        raise bad_field("days", f"expected 1 to {_LONGEST_DAYS} days, got {days}")
    if principal.user_id is None:
        raise NotAllowed("Only a user can invite", remedy="Sign in as a user first.")
    token = secrets.token_urlsafe(32)
    now = now_us()
    with writing():
        row = Invitation.objects.create(
            organisation_id=wanted,
            email=read_email(email),
            role=role,
            tlp_ceiling=tlp_ceiling,
            digest=digest_of(token),
            invited_by_id=principal.user_id,
            created_at=now,
            expires_at=now + days * _DAY,
        )
        _record("invitation.create", principal, row)
    return NewInvitation(row.pk, token, row.expires_at)


def revoke_invitation(principal: Principal, invitation_id: int) -> None:
    """Ends an open invitation. NotFound for one of another organisation, and for one that is not open."""
    principal.require(Permission.MANAGE_MEMBERS)
    with writing():
        rows = Invitation.objects.filter(pk=invitation_id, accepted_at=None, revoked_at=None)
        if Permission.ADMINISTER not in principal.permissions:
            rows = rows.filter(organisation_id=principal.organisation_id)
        row = rows.select_for_update().first()
        if row is None:
            raise NotFound(
                f"There is no open invitation {invitation_id}",
                remedy="List the invitations to see their ids.",
            )
        row.revoked_at = now_us()
        row.save(update_fields=["revoked_at"])
        _record("invitation.revoke", principal, row)


def accept_invitation(
    token: str, *, user: User | None = None, username: str | None = None, password: str | None = None
) -> User:
    """Makes `user`, or a new user with this name and password, a member; the token ends with it.

    NotFound for a token that is not open, also for the later of two who bring it at once. Conflict for who
    is a member already, or a name that is taken; the token stays open then.
    """
    with writing():
        row = _use(token)
        if user is None:
            if username is None or not password:
                raise bad_field("username", "expected a user name and a password for the new account")
            user = create_user(
                username=username, email=row.email, organisation_id=row.organisation_id, password=password
            )
        membership = _join(user, row)
        record_change(
            "invitation.accept",
            principal_of_membership(membership, user.get_username()),
            row,
            after={
                "user_id": user.pk,
                "username": user.get_username(),
                "role": str(row.role),
                "tlp_ceiling": row.tlp_ceiling,
            },
        )
        return user


def _use(token: str) -> Invitation:
    """The open invitation, which is used up now; one conditional UPDATE, as for sign-in links."""
    row = find_open_invitation(token)
    mine = row and Invitation.objects.filter(pk=row.pk, accepted_at=None, revoked_at=None).update(
        accepted_at=now_us()
    )
    if row is None or not mine:
        raise NotFound("This invitation is not open", remedy="Ask for a new one.")
    return row


def _join(user: User, row: Invitation) -> Membership:
    if not user.is_active:
        raise NotAllowed("A disabled user cannot join", remedy="Ask an administrator.")
    if Membership.objects.filter(user=user, organisation_id=row.organisation_id).exists():
        raise Conflict(
            f"“{user.get_username()}” is a member already", remedy="Ask an administrator to change the role."
        )
    has_other = Membership.objects.filter(user=user, organisation_id=user.organisation_id).exists()
    membership = add_membership(
        user, organisation_id=row.organisation_id, role=Role(row.role), tlp_ceiling=row.tlp_ceiling
    )
    if not has_other and user.organisation_id != row.organisation_id:
        user.organisation_id = row.organisation_id
        user.save(update_fields=["organisation"])
    return membership


def _record(name: str, principal: Principal, row: Invitation) -> None:
    shown = {
        "email": row.email,
        "role": str(row.role),
        "tlp_ceiling": row.tlp_ceiling,
        "expires_at": row.expires_at,
    }
    is_new = name == "invitation.create"
    record_change(name, principal, row, before=None if is_new else shown, after=shown if is_new else None)
