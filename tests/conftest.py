"""Fixtures that every test may use: the chosen database and the real data sets."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import caches
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.signals import connection_created

from stack.audit.append_only import CREATE_TRIGGERS, DROP_TRIGGERS
from stack.store.answers import forget_answers
from tests.acts import acts_come_last
from tests.databases import CHOSEN, wait_for_tables
from tests.services import report_absent

connection_created.connect(wait_for_tables)
# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("stack", deadline=None)
hypothesis.settings.load_profile("stack")
pytest_plugins = ["tests.groups", "tests.service_fixtures", "tests.service_counts", "tests.http_servers"]

_DATA = Path(os.environ.get("STACK_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


@pytest.fixture
def data_file() -> "DataFiles":
    return DataFiles()


class DataFiles:
    """Finds a file of the real data sets, or skips the test by the file's name."""

    def __call__(self, name: str) -> Path:
        path = _DATA / name
        if not path.exists():
            report_absent("data", f"no {name}: set STACK_TEST_DATA")
        return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Runs the test on each backend; use with `django_db(databases="__all__")`.

    A PostgreSQL that is not configured skips, by name.
    """
    alias = "default" if request.param == "sqlite" else "postgresql"
    if alias not in settings.DATABASES:
        report_absent("postgresql", "set STACK_TEST_POSTGRES")
    token = CHOSEN.set(alias)
    yield alias
    CHOSEN.reset(token)


@pytest.fixture(scope="session", autouse=True)
def emptied_audit_log() -> Iterator[None]:
    """Tests of whole transactions empty all tables afterwards, which the audit log's triggers refuse."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_all(self: BaseDatabaseOperations, statements: list[str]) -> None:
        vendor = self.connection.vendor
        flush(self, [*DROP_TRIGGERS[vendor], *statements, *CREATE_TRIGGERS[vendor]])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush_all)
        yield


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Limits hold in tests too, and none begins with what another one has used up, or finds its answers."""
    caches["limits"].clear()
    forget_answers()


@pytest.fixture(autouse=True)
def ordered_acts() -> Iterator[None]:
    """Whatever a test does, acts are recorded last in their transactions."""
    with acts_come_last():
        yield
