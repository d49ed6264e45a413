"""An organisation that analyses, on each database; jobs run in the test's own process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.analysis.queries import get_analysis
from stack.analysis.records import AnalysisDetail, AnalysisRow
from stack.ingest.operations import accept_file
from stack.jobs.operations import run_inline
from tests.people import make_principal


@pytest.fixture
def principal(database: str, transactional_db: None, tmp_path: Path) -> Iterator[Principal]:
    organisation = Organisation.objects.create(name="Analysts")
    with override_settings(DATA=tmp_path):
        yield make_principal("ada", organisation, role=Role.PLATFORM_ADMIN)


@pytest.fixture
def run(principal: Principal) -> Callable[[AnalysisRow], AnalysisDetail]:
    """Runs an analysis to its end and gives all of it."""

    def run_one(row: AnalysisRow) -> AnalysisDetail:
        run_inline(row.job_id)
        found = get_analysis(principal, row.uid)
        assert found is not None
        return found

    return run_one


@pytest.fixture
def take_in(principal: Principal, tmp_path: Path) -> Callable[[bytes], None]:
    """Takes a bundle into the store."""

    def take(data: bytes) -> None:
        path = tmp_path / "bundle.json"
        path.write_bytes(data)
        run_inline(accept_file(principal, path=path, source="Partner").id)

    return take
