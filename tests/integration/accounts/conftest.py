import pytest

from stack.accounts.models import User
from stack.accounts.operations import ensure_first_organisation
from tests.people import make_member


@pytest.fixture
def administrator() -> User:
    return ensure_first_organisation()


@pytest.fixture
def member(administrator: User) -> User:
    return make_member("mara", administrator.organisation, tlp_ceiling=2)
