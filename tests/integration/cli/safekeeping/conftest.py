"""Installations on either database, and what stands in them, asked past all of Stack's code."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.integration.cli.conftest import CommandLine
from tests.integration.cli.safekeeping.samples import begin_filled
from tests.services import find_service, note_service

Rows = dict[str, list[tuple[Any, ...]]]
# What a restore itself writes, or derives anew.
_OWN = {"django_migrations", "search_indexcursor", "store_claim"}
_JSON_COLUMN = re.compile(r'JSON_VALID\("(\w+)"\)')
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")


class Databases:
    """Makes PostgreSQL databases, and leaves none behind."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._made: list[str] = []

    def __call__(self) -> str:
        name = f"safekeeping_{uuid4().hex[:12]}"
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self._made.append(name)
        return urlsplit(self._server)._replace(path=f"/{name}").geturl()

    def drop_all(self) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            for name in self._made:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def make_database(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    note_service(request.node, "postgresql")
    databases = Databases(find_service("postgresql"))
    yield databases
    databases.drop_all()


@pytest.fixture(params=["sqlite", "postgresql"])
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> CommandLine:
    """An installation that holds something of everything, on each database."""
    command = begin_filled(tmp_path / "data")
    if request.param == "sqlite":
        return command
    address = request.getfixturevalue("make_database")()
    assert command("migrate-to-postgres", address).code == 0
    (command.data / "stack.sqlite3").unlink()
    return command.with_variables(STACK_DATABASE=address)


def read_everything(command: CommandLine) -> Rows:
    """All rows of all tables but what a restore writes by itself, in one form for both databases."""
    address = command.extra.get("STACK_DATABASE", "")
    return _read_postgresql(address) if address else _read_sqlite(command.data / "stack.sqlite3")


def compare_everything(found: Rows, expected: Rows) -> None:
    """Equal but for acts that were recorded later."""
    assert found.keys() == expected.keys()
    for table, rows in expected.items():
        more = set(found[table]) - set(rows)
        assert set(rows) <= set(found[table]), table
        assert len(found[table]) == len(rows) + len(more), table
        assert not more or table == "audit_entry", table


def _read_sqlite(path: Path) -> Rows:
    with closing(sqlite3.connect(path)) as connection:
        created = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: _read_table(connection, name, set(_JSON_COLUMN.findall(words)))
            for name, words in created
            if not name.startswith("sqlite_") and name not in _OWN
        }


def _read_table(connection: sqlite3.Connection, name: str, documents: set[str]) -> list[tuple[Any, ...]]:
    cursor = connection.execute(f'SELECT * FROM "{name}"')
    columns = [each[0] for each in cursor.description]
    rows = [
        tuple(
            _write_document(json.loads(value)) if column in documents and value is not None else value
            for column, value in sorted(zip(columns, row, strict=True))
        )
        for row in cursor
    ]
    return _settle_rows(rows)


def _read_postgresql(address: str) -> Rows:
    with psycopg.connect(address) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        found: Rows = {}
        for (name,) in names:
            if name not in _OWN:
                cursor = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name)))
                columns = [each.name for each in cursor.description or ()]
                found[name] = _settle_rows(
                    [tuple(value for _, value in sorted(zip(columns, row, strict=True))) for row in cursor]
                )
        return found


def _settle_rows(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(map(_settle, row)) for row in rows]


def _settle(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dict | list):
        return _write_document(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, str) and _TIME.fullmatch(value):
        return value if "." in value else f"{value}.000000"
    return str(value) if type(value).__name__.startswith("IPv") else value


def _write_document(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
