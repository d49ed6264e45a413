"""Roles: fixed, ordered sets of permissions, declared here and nowhere else.

A role is held by a membership in one organisation; only `ADMINISTER` reaches beyond it.
No role widens what may be *seen*: that is the clearance of the membership (`Principal`).
"""

from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    READ = "read"
    EXPORT = "export"
    OUTPUTS = "outputs"
    INGEST = "ingest"
    ANNOTATE = "annotate"
    ANALYZE = "analyze"
    MARK = "mark"
    MANAGE_SOURCES = "manage-sources"
    MANAGE_SHARING = "manage-sharing"
    MANAGE_JOBS = "manage-jobs"
    MANAGE_MEMBERS = "manage-members"
    READ_AUDIT = "read-audit"
    ADMINISTER = "administer"


class Role(StrEnum):
    """From the least to the most powerful; nobody gives a role above their own."""

    READER = "reader"
    PARTNER = "partner"
    ANALYST = "analyst"
    CURATOR = "curator"
    ORGANISATION_ADMIN = "organisation-admin"
    PLATFORM_ADMIN = "platform-admin"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    @property
    def permissions(self) -> frozenset[Permission]:
        return ROLE_PERMISSIONS[self]

    @property
    def is_machine(self) -> bool:
        """A partner is a program: it comes with API keys and has no session."""
        return self is Role.PARTNER


_READER = frozenset({Permission.READ, Permission.EXPORT, Permission.OUTPUTS})
_PARTNER = _READER | {Permission.INGEST}
_ANALYST = _PARTNER | {Permission.ANNOTATE, Permission.ANALYZE}
_CURATOR = _ANALYST | {
    Permission.MARK,
    Permission.MANAGE_SOURCES,
    Permission.MANAGE_SHARING,
    Permission.MANAGE_JOBS,
}
_ORGANISATION_ADMIN = _CURATOR | {Permission.MANAGE_MEMBERS, Permission.READ_AUDIT}

ROLE_PERMISSIONS = MappingProxyType(
    {
        Role.READER: _READER,
        Role.PARTNER: _PARTNER,
        Role.ANALYST: _ANALYST,
        Role.CURATOR: _CURATOR,
        Role.ORGANISATION_ADMIN: _ORGANISATION_ADMIN,
        Role.PLATFORM_ADMIN: frozenset(Permission),
    }
)
