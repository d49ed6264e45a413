"""Members and invitations of an organisation as its pages and files show them."""

from collections.abc import Sequence
from typing import Any, Final

from stack.accounts.principal import Principal
from stack.accounts.queries import (
    InvitationRow,
    MemberRow,
    OrganisationRow,
    list_groups,
    list_invitations,
    list_members,
    list_organisations,
)
from stack.accounts.roles import Role
from stack.stix.markings import TlpLevel
from stack.stix.timestamps import format_instant
from stack.web.answers import Sheet
from stack.web.forms import Choice, Entry, Form, choose, offer_levels
from stack.web.roles_shown import describe_role, name_level, offer_roles

MEMBER_COLUMNS: Final = (
    "id",
    "username",
    "email",
    "role",
    "tlp_ceiling",
    "granted_markings",
    "is_active",
    "has_mfa",
    "last_login",
    "created",
)
INVITATION_COLUMNS: Final = (
    "id",
    "email",
    "role",
    "tlp_ceiling",
    "state",
    "invited_by",
    "created",
    "expires",
)
_STATES = {"open": "accent", "accepted": "good", "revoked": "bad", "expired": "warn"}


def describe_organisation(
    principal: Principal, organisation: OrganisationRow, *, filled: Form | None = None
) -> dict[str, Any]:
    """What the page about one organisation shows; `filled` is a form that is shown again with its faults."""
    members = list_members(principal, organisation_id=organisation.id)
    forms = {form.key: form for form in _ask(principal, organisation)}
    if filled is not None:
        forms[filled.key] = filled
    invitations = list_invitations(principal, organisation_id=organisation.id)
    return {
        "organisation": organisation,
        "members": [describe_member(member, principal) for member in members],
        "without_second_factor": sum(
            each.is_active and not each.has_mfa and not each.role.is_machine for each in members
        ),
        "invitations": [_describe_invitation(each) for each in invitations if each.state == "open"],
        "closed_invitations": sum(each.state != "open" for each in invitations),
        "groups": _describe_groups(principal, organisation),
        "forms": forms,
    }


def _describe_groups(principal: Principal, organisation: OrganisationRow) -> list[dict[str, Any]]:
    names = {each.id: each.name for each in list_organisations(principal)}
    return [
        {"group": group, "names": [names[each] for each in group.organisation_ids if each in names]}
        for group in list_groups(principal)
        if organisation.id in group.organisation_ids
    ]


def describe_member(member: MemberRow, principal: Principal) -> dict[str, Any]:
    return {
        "member": member,
        "role": describe_role(member.role).title,
        "level": name_level(member.tlp_ceiling),
        "is_self": member.user_id == principal.user_id,
        "may_change": member.user_id != principal.user_id and member.role.rank <= principal.role.rank,
        "url": f"/organisation/members/{member.id}",
    }


def _describe_invitation(invitation: InvitationRow) -> dict[str, Any]:
    return {
        "invitation": invitation,
        "role": describe_role(invitation.role).title,
        "level": name_level(invitation.tlp_ceiling),
        "tone": _STATES.get(invitation.state, ""),
    }


def write_members(members: Sequence[MemberRow]) -> Sheet:
    return Sheet(MEMBER_COLUMNS, map(_write_member, members), {"total": len(members)})


def write_invitations(invitations: Sequence[InvitationRow]) -> Sheet:
    return Sheet(INVITATION_COLUMNS, map(_write_invitation, invitations), {"total": len(invitations)})


def ask_for_invitation(principal: Principal) -> Form:
    people = tuple(each for each in offer_roles(principal, Role.ANALYST) if not Role(each.value).is_machine)
    level = min(TlpLevel.AMBER, TlpLevel(principal.tlp_ceiling)).label
    return Form(
        "invitation",
        (
            Entry("role", "Role", kind="select", choices=people),
            Entry(
                "tlp_ceiling", "Sees up to", kind="select", choices=offer_levels(principal.tlp_ceiling, level)
            ),
            Entry(
                "email",
                "E-mail address",
                kind="email",
                hint="Only to recognise the invitation; nothing is sent.",
            ),
            Entry("days", "The link is good for", kind="select", choices=choose(_DAYS, "7")),
        ),
    )


def ask_for_program(principal: Principal) -> Form:
    level = min(TlpLevel.GREEN, TlpLevel(principal.tlp_ceiling)).label
    return Form(
        "program",
        (
            Entry("username", "Name", placeholder="siem", is_required=True),
            Entry(
                "tlp_ceiling", "Sees up to", kind="select", choices=offer_levels(principal.tlp_ceiling, level)
            ),
        ),
    )


def ask_for_name(key: str, name: str = "") -> Form:
    return Form(key, (Entry("name", "Name", value=name, is_required=True),))


def ask_for_second_factor(organisation: OrganisationRow) -> Form:
    chosen = "" if organisation.require_mfa_from is None else organisation.require_mfa_from.value
    roles = tuple(
        Choice(role.value, _name_demand(role), is_chosen=role.value == chosen)
        for role in Role
        if not role.is_machine
    )
    nobody = Choice("", "Nobody", is_chosen=not chosen)
    return Form("second_factor", (Entry("role", "Required of", kind="select", choices=(nobody, *roles)),))


_DAYS = (("1", "One day"), ("7", "7 days"), ("30", "30 days"))


def _ask(principal: Principal, organisation: OrganisationRow) -> tuple[Form, ...]:
    return (
        ask_for_invitation(principal),
        ask_for_program(principal),
        ask_for_name("name", organisation.name),
        ask_for_second_factor(organisation),
    )


def _name_demand(role: Role) -> str:
    if role is Role.READER:
        return "Everybody"
    title = describe_role(role).title
    return f"{title}s" if role is Role.PLATFORM_ADMIN else f"{title}s and above"


def _write_member(member: MemberRow) -> tuple[Any, ...]:
    return (
        member.id,
        member.username,
        member.email,
        member.role,
        name_level(member.tlp_ceiling),
        list(member.granted_markings),
        member.is_active,
        member.has_mfa,
        None if member.last_login is None else format_instant(member.last_login),
        format_instant(member.created_at),
    )


def _write_invitation(row: InvitationRow) -> tuple[Any, ...]:
    return (
        row.id,
        row.email,
        row.role,
        name_level(row.tlp_ceiling),
        row.state,
        row.invited_by,
        format_instant(row.created_at),
        format_instant(row.expires_at),
    )
