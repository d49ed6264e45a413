"""The matrix of roles and permissions, for people to read."""

from dataclasses import dataclass

from stack.accounts.roles import Permission, Role


@dataclass(frozen=True, slots=True)
class RoleRow:
    """`rank` grows with power, from 0."""

    role: Role
    permissions: frozenset[Permission]
    rank: int
    is_machine: bool


def list_roles() -> list[RoleRow]:
    """From the least to the most powerful."""
    return [RoleRow(role, role.permissions, role.rank, role.is_machine) for role in Role]
