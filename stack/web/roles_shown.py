"""Roles, permissions and TLP ceilings in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from stack.accounts.principal import Principal
from stack.accounts.roles import Permission, Role
from stack.stix.markings import TlpLevel
from stack.web.forms import Choice

_ROLES: Final = {
    Role.READER: ("Reader", "Reads, looks up and exports."),
    Role.PARTNER: ("Partner", "A program: reads and takes in by API key, and has no session."),
    Role.ANALYST: ("Analyst", "Takes in and adds notes."),
    Role.CURATOR: ("Curator", "Decides on markings, sources, sharing and the jobs of others."),
    Role.ORGANISATION_ADMIN: (
        "Organisation admin",
        "Manages members, invitations and keys, and reads the audit log.",
    ),
    Role.PLATFORM_ADMIN: ("Platform admin", "Manages organisations, sharing groups and restricted markings."),
}
_PERMISSIONS: Final = {
    Permission.READ: ("Read", "search, look up and open what one may see"),
    Permission.EXPORT: ("Export", "take objects out as files"),
    Permission.OUTPUTS: ("Outputs", "fetch outputs by their address"),
    Permission.INGEST: ("Ingest", "take files and objects in, cancel and retry jobs"),
    Permission.ANNOTATE: ("Annotate", "add notes to objects"),
    Permission.ANALYZE: ("Analyse", "analyse values and files, and ask services about them"),
    Permission.MARK: ("Mark", "change who may see what the organisation states"),
    Permission.MANAGE_SOURCES: ("Manage sources", "remove a source with all that it said"),
    Permission.MANAGE_SHARING: ("Manage sharing", "decide what leaves: collections, outputs, peers"),
    Permission.MANAGE_JOBS: ("Manage jobs", "see and stop jobs of others"),
    Permission.MANAGE_MEMBERS: ("Manage members", "invite, change and remove members; revoke keys"),
    Permission.READ_AUDIT: ("Read the audit log", "see who did what in the organisation"),
    Permission.ADMINISTER: ("Administer", "manage organisations, groups and restricted markings"),
}


@dataclass(frozen=True, slots=True)
class RoleWords:
    value: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class PermissionWords:
    value: str
    title: str
    text: str


def describe_role(role: Role) -> RoleWords:
    return RoleWords(role.value, *_ROLES[role])


def describe_permission(permission: Permission) -> PermissionWords:
    return PermissionWords(permission.value, *_PERMISSIONS[permission])


def offer_roles(principal: Principal, chosen: str = "") -> tuple[Choice, ...]:
    """The roles that the principal may give: none above its own."""
    return tuple(
        Choice(role.value, describe_role(role).title, describe_role(role).text, role.value == chosen)
        for role in Role
        if role.rank <= principal.role.rank
    )


def name_level(ceiling: int) -> str:
    """`amber+strict` for 3; empty for a ceiling below all levels."""
    return TlpLevel(ceiling).label if ceiling >= 0 else ""


def name_permissions(scopes: Iterable[str]) -> list[str]:
    return [describe_permission(Permission(scope)).title for scope in scopes]
