import pytest

from stack.accounts.models import User
from stack.accounts.operations import ensure_first_organisation


@pytest.fixture
def administrator() -> User:
    return ensure_first_organisation()


@pytest.fixture
def member(administrator: User) -> User:
    return User.objects.create_user("mara", organisation=administrator.organisation, tlp_ceiling=2)
