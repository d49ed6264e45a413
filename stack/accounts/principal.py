"""Who asks: every read of the store starts from a `Principal`."""

from dataclasses import dataclass

from stack.accounts.roles import Permission, Role
from stack.core.errors import NotAllowed

__all__ = ["Permission", "Principal", "Role"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, key or process that is known: what it may do, and the clearances that decide what it may see.

    `tlp_ceiling` is the highest TLP it may read, 0 (clear) to 4 (red). `group_ids` are the sharing groups of
    its organisation. `hidden_markings` are the restricted marking definitions that it was not granted.
    `user_id` is None for Stack itself, `key_id` None but for an API key.
    """

    name: str
    organisation_id: int
    user_id: int | None
    permissions: frozenset[Permission]
    tlp_ceiling: int
    group_ids: frozenset[int] = frozenset()
    hidden_markings: frozenset[str] = frozenset()
    role: Role = Role.READER
    key_id: int | None = None

    def require(self, permission: Permission) -> None:
        if permission not in self.permissions:
            raise NotAllowed(
                f"{self.name} may not do this: it needs the permission “{permission}”",
                remedy="Ask an administrator for a role that has it.",
            )
