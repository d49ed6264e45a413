"""People for tests: members of organisations in a role, up to a TLP level."""

from stack.accounts.models import Membership, Organisation, User
from stack.accounts.principal import Principal, Role
from stack.accounts.queries import principal_of_user


def make_member(
    name: str,
    organisation: Organisation,
    *,
    role: Role = Role.ANALYST,
    tlp_ceiling: int = 4,
    password: str | None = None,
) -> User:
    user = User.objects.create_user(name, password=password, organisation=organisation)
    Membership.objects.create(user=user, organisation=organisation, role=role, tlp_ceiling=tlp_ceiling)
    return user


def make_principal(
    name: str, organisation: Organisation, *, role: Role = Role.ANALYST, tlp_ceiling: int = 4
) -> Principal:
    return principal_of_user(make_member(name, organisation, role=role, tlp_ceiling=tlp_ceiling))
