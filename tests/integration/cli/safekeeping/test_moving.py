"""`stack migrate-to-postgres`: every row, once, proven; the file stays as it was."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Servers
from tests.integration.cli.safekeeping.conftest import compare_everything, read_everything
from tests.integration.cli.safekeeping.samples import begin_filled
from tests.integration.cli.safekeeping.test_round_trip import check_it_works


def test_everything_is_there_and_the_file_is_as_it_was(
    tmp_path: Path, make_database: Callable[[], str]
) -> None:
    command = begin_filled(tmp_path / "data")
    before = read_everything(command)
    address = make_database()
    moved = command("migrate-to-postgres", address)
    assert moved.code == 0, moved.err
    assert "STACK_DATABASE=" in moved.err
    there = command.with_variables(STACK_DATABASE=address)
    compare_everything(read_everything(there), before)
    assert read_everything(command) == before
    check_it_works(there, tmp_path)

    again = command("migrate-to-postgres", address)
    assert again.code == 3
    assert "--replace" in again.err
    assert command("migrate-to-postgres", address, "--replace").code == 0
    compare_everything(read_everything(there), before)


def test_it_does_not_begin_beside_a_server(
    tmp_path: Path, make_database: Callable[[], str], serve: Servers
) -> None:
    command = begin_filled(tmp_path / "data")
    serve(command)
    address = make_database()
    refused = command("migrate-to-postgres", address)
    assert refused.code == 5
    assert "serves this data folder" in refused.err
    assert read_everything(command.with_variables(STACK_DATABASE=address)) == {}


def test_a_file_that_somebody_has_open_is_not_moved(tmp_path: Path, make_database: Callable[[], str]) -> None:
    command = begin_filled(tmp_path / "data")
    with closing(sqlite3.connect(command.data / "stack.sqlite3")) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("SELECT COUNT(*) FROM store_object").fetchone()
        refused = command("migrate-to-postgres", make_database())
    assert refused.code == 5
    assert "in use by another process" in refused.err


def test_a_character_that_postgresql_does_not_keep_is_named_or_replaced(
    tmp_path: Path, make_database: Callable[[], str]
) -> None:
    command, address = begin_filled(tmp_path / "data"), make_database()
    with closing(sqlite3.connect(command.data / "stack.sqlite3")) as other:
        other.execute("UPDATE store_source SET name = 'one' || char(0) || 'more' WHERE name = 'one'")
        other.execute("""UPDATE jobs_job SET result = '{"a": "\\u0000"}' WHERE id = 1""")
        other.commit()
    refused = command("migrate-to-postgres", address)
    assert refused.code == 2
    assert "jobs_job.result holds a character that PostgreSQL does not keep (row id 1)" in refused.err
    there = command.with_variables(STACK_DATABASE=address)
    assert read_everything(there) == {}
    moved = command("migrate-to-postgres", address, "--replace-nul")
    assert moved.code == 3
    assert "store_source.name: 1 values" in moved.err
    found = read_everything(there)
    assert any("one\ufffdmore" in row for row in found["store_source"])
    before = read_everything(command)
    assert len(found["store_text"]) == len(before["store_text"])


@pytest.mark.parametrize("url", ["mysql://x", "/a/path"])
def test_what_is_no_address_is_refused(tmp_path: Path, url: str) -> None:
    refused = begin_filled(tmp_path / "data")("migrate-to-postgres", url)
    assert refused.code == 2
    assert "postgresql://user@host/name" in refused.err
