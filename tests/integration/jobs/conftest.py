import pytest

from stack.accounts.models import Organisation, User
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user


@pytest.fixture
def principal(database: str, db: None) -> Principal:
    organisation = Organisation.objects.create(name="Analysts")
    return principal_of_user(User.objects.create_superuser("ada", organisation=organisation))
