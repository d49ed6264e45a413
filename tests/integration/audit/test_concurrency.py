"""Many writers at once leave one unbroken chain, on either database."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections, transaction
from pytest_django import DjangoDbBlocker

from stack.audit.append_only import CREATE_TRIGGERS
from stack.audit.models import AuditEntry
from stack.audit.verification import verify_chain
from stack.config.databases import configure_sqlite
from stack.core.acts import Act, record_act
from tests.databases import CHOSEN

WRITERS = 6
ACTS = 15


@pytest.fixture
def sqlite_file(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database in a file, as in a data folder: the one in memory is shared by all threads of a test."""
    defaults = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_HEALTH_CHECKS": False, "TIME_ZONE": None}
    connections.databases["file"] = defaults | configure_sqlite(tmp_path / "audit.sqlite3")
    token = CHOSEN.set("file")
    with django_db_blocker.unblock():
        connection = connections["file"]
        with connection.schema_editor() as editor:
            editor.create_model(AuditEntry)
            for statement in CREATE_TRIGGERS["sqlite"]:
                editor.execute(statement)
        yield "file"
        connection.close()
    CHOSEN.reset(token)
    del connections["file"]
    del connections.databases["file"]


def write_from_threads(alias: str) -> list[BaseException]:
    failures: list[BaseException] = []
    start = threading.Barrier(WRITERS)

    def write() -> None:
        CHOSEN.set(alias)
        try:
            start.wait(10)
            for number in range(ACTS):
                with transaction.atomic(using=alias):
                    record_act(Act(name="note.create", actor=None, after={"n": number}))
        except BaseException as error:
            failures.append(error)
        finally:
            connections[alias].close()

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failures


def check_chain(alias: str) -> None:
    assert write_from_threads(alias) == []
    assert verify_chain() == []
    sequences = AuditEntry.objects.order_by("sequence").values_list("sequence", flat=True)
    assert list(sequences) == list(range(1, WRITERS * ACTS + 1))


def test_threads_on_sqlite_keep_the_chain_whole(sqlite_file: str) -> None:
    check_chain(sqlite_file)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.django_db(databases="__all__", transaction=True)
def test_threads_on_postgresql_keep_the_chain_whole(database: str) -> None:
    check_chain(database)
