"""Read replicas. A request that only reads the store asks one, if it is not behind what was acknowledged
before the request began: it then answers what the primary would, own writes and raised markings included.

Only the store is read there. Who somebody is and what they may do is always asked of the primary.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from secrets import SystemRandom
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from stack.config.databases import REPLICA

_log = logging.getLogger(__name__)
# A replica replays within milliseconds; one that is further behind is not worth waiting for.
_WAIT_S = 0.025
_PAUSE_S = 0.002
_SHUNNED_S = 5.0
_READING_METHODS = frozenset({"GET", "HEAD"})
# These only read, whatever their method says.
_READING_PATHS = frozenset({"/api/v1/lookup"})

_shunned_until: dict[str, float] = {}


class _Reading:
    """One request that only reads: where it reads the store, decided at its first read."""

    def __init__(self) -> None:
        self._alias = ""

    def choose(self) -> str:
        if not self._alias:
            self._alias = find_fresh(list_replicas()) or DEFAULT_DB_ALIAS
        return self._alias

    def end(self) -> None:
        self._alias = DEFAULT_DB_ALIAS


_current: ContextVar[_Reading | None] = ContextVar("reading", default=None)


class ReplicaRouter:
    """Sends reads of the store to the replica that the request has chosen; all else to the primary."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        reading = _current.get()
        if reading is None or model._meta.app_label != "store":
            return None
        return None if connections[DEFAULT_DB_ALIAS].in_atomic_block else reading.choose()

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        reading = _current.get()
        if reading is not None and model._meta.app_label == "store":
            reading.end()
        return None

    def allow_relation(self, first: Model, second: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, database: str, app_label: str, **hints: Any) -> bool:
        return database == DEFAULT_DB_ALIAS


class ReplicaMiddleware:
    """Marks requests that only read. What is streamed after the answer has begun is read from the primary."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in _READING_METHODS and request.path_info not in _READING_PATHS:
            return self._get_response(request)
        with reading_only():
            return self._get_response(request)


@contextmanager
def reading_only() -> Iterator[None]:
    """What is read of the store in this block may be read from a replica."""
    token = _current.set(_Reading())
    try:
        yield
    finally:
        _current.reset(token)


def list_replicas() -> list[str]:
    return [alias for alias in settings.DATABASES if alias.startswith(REPLICA)]


def find_fresh(aliases: Sequence[str]) -> str | None:
    """A replica that has replayed all that the primary had made durable when it was asked; None if none has.

    Every acknowledged commit is at or below that place in the log (PostgreSQL, “Backup Control Functions”).
    """
    hopeful = [alias for alias in aliases if _shunned_until.get(alias, 0.0) < time.monotonic()]
    if not hopeful:
        return None
    [place] = _ask(DEFAULT_DB_ALIAS, "SELECT pg_current_wal_flush_lsn()::text")
    deadline = time.monotonic() + _WAIT_S
    for alias in SystemRandom().sample(hopeful, len(hopeful)):
        while (is_fresh := _has_replayed(alias, place)) is False and time.monotonic() < deadline:
            time.sleep(_PAUSE_S)
        if is_fresh:
            return alias
    return None


def measure_lag(alias: str) -> tuple[int, float] | None:
    """Bytes of log and seconds that a replica is behind; None when it does not answer."""
    try:
        [place] = _ask(DEFAULT_DB_ALIAS, "SELECT pg_current_wal_flush_lsn()::text")
        behind, seconds = _ask(
            alias,
            "SELECT GREATEST(pg_wal_lsn_diff(%s::pg_lsn, pg_last_wal_replay_lsn()), 0), "
            "EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp())",
            place,
        )
    except DatabaseError:
        return None
    return int(behind or 0), float(seconds or 0) if behind else 0.0


def _has_replayed(alias: str, place: str) -> bool | None:
    """None for a server that does not answer, which is then left alone for some seconds."""
    try:
        [is_fresh] = _ask(
            alias, "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn", place
        )
    except DatabaseError as error:
        _shunned_until[alias] = time.monotonic() + _SHUNNED_S
        connections[alias].close()
        _log.warning("the database %s does not answer and is left alone for a while: %s", alias, error)
        return None
    return bool(is_fresh)


def _ask(alias: str, sql: str, *parameters: str) -> tuple[Any, ...]:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
        return row
