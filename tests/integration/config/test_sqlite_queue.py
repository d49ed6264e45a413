"""Writers of SQLite queue: who waits goes in next, however quickly the one before wants in again."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from stack.config.databases import configure_sqlite
from stack.config.sqlite.base import DatabaseWrapper

HOLD_S = 0.05


@pytest.fixture
def settings_of(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, object]]:
    """Settings of a database of this test's own, which pytest-django would otherwise keep closed."""
    defaults = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_HEALTH_CHECKS": False, "TIME_ZONE": None}
    with django_db_blocker.unblock():
        yield defaults | configure_sqlite(tmp_path / "queue.sqlite3")


@dataclass
class Greedy:
    """How often the greedy writer had the lock: waiting is counted in turns, whatever a turn lasts."""

    turns: int = 0


@pytest.fixture
def greedy(settings_of: dict[str, object]) -> Iterator[Greedy]:
    """A writer that holds the lock again and again without a pause."""
    stop, begun, counted = threading.Event(), threading.Event(), Greedy()

    def write() -> None:
        connection = DatabaseWrapper(settings_of, alias="greedy")
        while not stop.is_set():
            connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
            connection.cursor().execute("CREATE TABLE IF NOT EXISTS note (text TEXT)")
            counted.turns += 1
            begun.set()
            time.sleep(HOLD_S)
            connection.commit()
            connection.set_autocommit(True)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(60)
    yield counted
    stop.set()
    thread.join(60)


def test_a_small_write_waits_for_one_transaction_only(settings_of: dict[str, object], greedy: Greedy) -> None:
    connection = DatabaseWrapper(settings_of, alias="small")
    connection.ensure_connection()
    waits = []
    for number in range(10):
        before = greedy.turns
        connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        waits.append(greedy.turns - before)
        connection.cursor().execute("INSERT INTO note VALUES (%s)", [str(number)])
        connection.commit()
        connection.set_autocommit(True)
    connection.close()
    # Barging in would win most rounds, and a starved writer waits for many: the bound is generous.
    assert sorted(waits)[len(waits) // 2] < 4


def test_a_single_statement_queues_as_well(settings_of: dict[str, object], greedy: Greedy) -> None:
    connection = DatabaseWrapper(settings_of, alias="single")
    waits = []
    for number in range(10):
        before = greedy.turns
        connection.cursor().execute("INSERT INTO note VALUES (%s)", [str(number)])
        waits.append(greedy.turns - before)
    assert connection.cursor().execute("SELECT COUNT(*) FROM note").fetchone() == (10,)
    connection.close()
    assert sorted(waits)[len(waits) // 2] < 4


def test_a_rollback_opens_the_door(settings_of: dict[str, object]) -> None:
    first, second = (DatabaseWrapper(settings_of, alias=name) for name in ("first", "second"))
    first.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    first.rollback()
    second.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    second.rollback()
    first.close()
    second.close()
