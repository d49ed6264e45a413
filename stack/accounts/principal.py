"""Who asks: every read of the store starts from a `Principal`."""

from dataclasses import dataclass
from enum import StrEnum

from stack.core.errors import NotAllowed


class Permission(StrEnum):
    READ = "read"
    INGEST = "ingest"
    EXPORT = "export"
    MANAGE_SOURCES = "manage-sources"
    MANAGE_JOBS = "manage-jobs"
    ADMINISTER = "administer"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, key or process that is known: what it may do, and the clearances that decide what it may see.

    `tlp_ceiling` is the highest TLP it may read, 0 (clear) to 4 (red); `user_id` is None for Stack itself.
    """

    name: str
    organisation_id: int
    user_id: int | None
    permissions: frozenset[Permission]
    tlp_ceiling: int

    def require(self, permission: Permission) -> None:
        if permission not in self.permissions:
            raise NotAllowed(
                f"{self.name} may not do this: it needs the permission “{permission}”",
                remedy="Ask an administrator for a role that has it.",
            )
