"""The dependencies of a process, each with a function that asks whether it does its work.

Without the database, its tables and the vault nothing can be answered. All else degrades: search falls back
to the store, limits count in the process, and what waits for artifacts waits.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import load_backend

from stack.config.replicas import list_replicas, measure_lag
from stack.core.redis_connection import open_redis
from stack.search.choice import choose_backend
from stack.store.artifacts.queries import check_artifacts
from stack.vault.queries import read_lock
from stack.vault.ring import read_mark


@dataclass(frozen=True, slots=True)
class Answer:
    """What a dependency answered; `detail` may name hosts and is for operators only."""

    is_well: bool
    detail: str = ""


Ask = Callable[[], Answer]
NEEDED: Final = frozenset({"database", "migrations", "vault"})
_MOST_LAG_S = 30.0
_REDIS_S = 0.4


def list_checks(*, may_connect: bool = True) -> Mapping[str, Ask]:
    """By name, what this installation depends on; a service that is not configured is not asked.

    A process that forks must not open the database's pool, which its children would inherit: where it may not
    connect, what asks through the pool is left out, and the rest uses connections apart.
    """
    checks: dict[str, Ask] = {
        "database": _ask_database,
        "migrations": _ask_migrations,
        "search": _ask_search,
        "artifacts": _ask_artifacts,
    }
    if settings.REDIS_URL:
        checks["redis"] = _ask_redis
    if may_connect:
        checks["vault"] = _ask_vault
        checks |= {alias: _ask_replica(alias) for alias in list_replicas()}
    return checks


@contextmanager
def open_apart(alias: str = "default") -> Iterator[BaseDatabaseWrapper]:
    """A connection of one's own, outside the pool: that all of a pool's are busy is no fault of the database,
    and a pool that the parent of a worker opens would be copied into its children."""
    given: dict[str, Any] = connections[alias].settings_dict
    options = {name: value for name, value in given["OPTIONS"].items() if name != "pool"}
    if given["ENGINE"].endswith("postgresql"):
        options["connect_timeout"] = 1
    backend = load_backend(given["ENGINE"])
    connection: BaseDatabaseWrapper = backend.DatabaseWrapper(given | {"OPTIONS": options}, alias)
    try:
        yield connection
    finally:
        connection.close()


def _ask_database() -> Answer:
    with open_apart() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Answer(True)


class _Migrations:
    """Remembers that all migrations are applied: they do not come undone under a running process."""

    def __init__(self) -> None:
        self._applied = False

    def find_missing(self) -> int:
        if self._applied:
            return 0
        with open_apart() as connection:
            executor = MigrationExecutor(connection)
            missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        self._applied = not missing
        return missing


_migrations = _Migrations()


def _ask_migrations() -> Answer:
    missing = _migrations.find_missing()
    return Answer(not missing, f"{missing} are not applied: run “stack init”" if missing else "")


class _Vault:
    """A vault that was open is asked again only now and then: a key-management service is far away."""

    _EVERY_S = 30.0

    def __init__(self) -> None:
        self._open_at = -self._EVERY_S

    def ask(self) -> Answer:
        if time.monotonic() - self._open_at < self._EVERY_S:
            return Answer(True)
        if read_mark() is None:
            return Answer(True, "not made yet: nothing is sealed")
        lock = read_lock()
        if lock.is_open:
            self._open_at = time.monotonic()
        return Answer(lock.is_open, lock.problem)


_ask_vault = _Vault().ask


def _ask_search() -> Answer:
    found = choose_backend().check()
    return Answer(found.is_reachable, found.detail)


def _ask_artifacts() -> Answer:
    found = check_artifacts()
    return Answer(found.is_reachable, found.detail)


def _ask_redis() -> Answer:
    open_redis(settings.REDIS_URL, answer_s=_REDIS_S).ping()
    return Answer(True)


def _ask_replica(alias: str) -> Ask:
    def ask() -> Answer:
        lag = measure_lag(alias)
        if lag is None:
            return Answer(False, "does not answer")
        _, seconds = lag
        return Answer(seconds < _MOST_LAG_S, f"{seconds:.1f} s behind")

    return ask
