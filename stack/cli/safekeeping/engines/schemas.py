"""A PostgreSQL database beside the one in use: a schema, which takes its place in one transaction."""

from contextlib import suppress
from time import sleep
from typing import Any, Final

import psycopg
from psycopg import sql

from stack.cli.safekeeping.engines.postgresql import connect
from stack.cli.safekeeping.places import Place, place_schema
from stack.cli.safekeeping.tables import EXCLUDED
from stack.core.errors import Conflict, Unavailable

STAGE: Final = "stack_restoring"
# Any constant: it names the lock of whoever fills a database.
_LOCK: Final = 0x57ACC
_WAIT: Final = "30s"
_LOOKS: Final = 20
_PAUSE_S: Final = 0.1

_RELATIONS: Final = """
SELECT c.relname, c.relkind::text FROM pg_class c
WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
AND NOT (c.relkind = 'S' AND EXISTS (
    SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i')
))
ORDER BY c.relispartition
"""
_FUNCTIONS: Final = """
SELECT p.proname, pg_get_function_identity_arguments(p.oid) FROM pg_proc p
WHERE p.pronamespace = %s::regnamespace
AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
_OTHERS: Final = """
SELECT COUNT(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
AND usename = current_user
"""
_WORDS: Final = {"r": "TABLE", "p": "TABLE", "v": "VIEW", "m": "MATERIALIZED VIEW", "S": "SEQUENCE"}


class Staging:
    """The schema that is filled. Its lock keeps a second restore out; both go when it is closed."""

    def __init__(self, place: Place) -> None:
        self.place = place_schema(place, STAGE)
        self._connection = connect(place, autocommit=True)
        [(self._target, is_locked)] = self._run(
            "SELECT current_schema(), pg_try_advisory_lock(%s)", [_LOCK]
        ).fetchall()
        if not is_locked:
            self._connection.close()
            raise Conflict(f"Another restore into {place.title} is going on", remedy="Wait for it to end.")
        try:
            self._drop()
            self._run(f"CREATE SCHEMA {STAGE}")
        except psycopg.errors.InsufficientPrivilege:
            self._connection.close()
            raise Unavailable(
                f"Nothing may be created in {place.title}",
                remedy="GRANT CREATE ON DATABASE … to this user, or restore as the database's owner.",
            ) from None

    def count_others(self) -> int:
        """Connections of other processes of this user; one that is just ending is given the time to."""
        for _ in range(_LOOKS):
            [(others,)] = self._run(_OTHERS).fetchall()
            if not others:
                break
            sleep(_PAUSE_S)
        return int(others)

    def take_place(self) -> None:
        """What is staged becomes the database, and what had its names is gone, or nothing changes."""
        self._connection.autocommit = False
        try:
            self._run(f"SET LOCAL lock_timeout = '{_WAIT}'")
            relations = self._run(_RELATIONS, [STAGE]).fetchall()
            functions = self._run(_FUNCTIONS, [STAGE]).fetchall()
            for name in [*EXCLUDED, *(name for name, kind in relations if kind in {"r", "p"})]:
                self._run(_fill("DROP TABLE IF EXISTS {}.{} CASCADE", self._target, name))
            for name, kind in relations:
                if kind not in {"r", "p"}:
                    self._run(_fill(f"DROP {_WORDS[kind]} IF EXISTS {{}}.{{}} CASCADE", self._target, name))
            for name, arguments in functions:
                self._run(_fill(f"DROP FUNCTION IF EXISTS {{}}.{{}}({arguments})", self._target, name))
                self._run(_move(f"FUNCTION {{}}.{{}}({arguments})", name, self._target))
            for name, kind in relations:
                self._run(_move(f"{_WORDS[kind]} {{}}.{{}}", name, self._target))
            self._run(f"DROP SCHEMA {STAGE} CASCADE")
            self._connection.commit()
        except psycopg.errors.LockNotAvailable:
            self._connection.rollback()
            raise Unavailable(
                "Other processes use the tables that would be replaced",
                remedy="Stop Stack's web, runner and worker processes first. Nothing was changed.",
            ) from None
        finally:
            self._connection.rollback()
            self._connection.autocommit = True

    def close(self) -> None:
        """What did not take its place is removed."""
        with suppress(psycopg.OperationalError):  # a server that has ended closes it too
            if not self._connection.closed:
                self._drop()
        self._connection.close()

    def _drop(self) -> None:
        self._run(f"DROP SCHEMA IF EXISTS {STAGE} CASCADE")

    def _run(self, query: "str | sql.Composed", values: Any = None) -> "psycopg.Cursor[Any]":
        return self._connection.execute(query.encode() if isinstance(query, str) else query, values)


def _fill(words: str, schema: str, name: str) -> sql.Composed:
    return sql.SQL(words).format(sql.Identifier(schema), sql.Identifier(name))


def _move(words: str, name: str, target: str) -> sql.Composed:
    moved = _fill(f"ALTER {words}", STAGE, name)
    return moved + sql.SQL(" SET SCHEMA {}").format(sql.Identifier(target))
