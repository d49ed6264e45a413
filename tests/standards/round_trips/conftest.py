from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from tests.people import make_principal


@pytest.fixture
def principal(db: None, tmp_path: Path) -> Iterator[Principal]:
    organisation = Organisation.objects.create(name="Analysts")
    with override_settings(DATA=tmp_path):
        yield make_principal("ada", organisation, role=Role.PLATFORM_ADMIN)
