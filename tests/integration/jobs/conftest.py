import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from tests.people import make_principal


@pytest.fixture
def principal(database: str, db: None) -> Principal:
    organisation = Organisation.objects.create(name="Analysts")
    return make_principal("ada", organisation, role=Role.PLATFORM_ADMIN)
