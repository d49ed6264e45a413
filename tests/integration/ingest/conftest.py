from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.test import override_settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.ingest.operations import accept_file
from stack.jobs.operations import run_inline
from stack.jobs.records import JobRow
from tests.people import make_principal


class Ingest(Protocol):
    def __call__(self, data: bytes, name: str = "file.json", **options: Any) -> JobRow: ...


@pytest.fixture
def principal(database: str, db: None, tmp_path: Path) -> Iterator[Principal]:
    organisation = Organisation.objects.create(name="Analysts")
    with override_settings(DATA=tmp_path):
        yield make_principal("ada", organisation, role=Role.PLATFORM_ADMIN)


@pytest.fixture
def ingest(principal: Principal, tmp_path: Path) -> Callable[..., JobRow]:
    """Takes in bytes as the command line does and returns the job, ended; `source` is `feed` unless named."""

    def run(data: bytes, name: str = "file.json", **options: Any) -> JobRow:
        path = tmp_path / name
        path.write_bytes(data)
        return run_inline(accept_file(principal, path=path, **{"source": "feed"} | options).id)

    return run
