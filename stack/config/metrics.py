"""What `/metrics` answers: the counts of this service's processes, and gauges read when somebody asks."""

import logging
import os
import re
import shutil
import tempfile
import threading
import time
from atexit import register
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import close_old_connections, connection
from django.db.backends.signals import connection_created

from stack import __version__
from stack.audit.queries import count_entries
from stack.config.health.reading import read_health
from stack.config.replicas import list_replicas, measure_lag
from stack.core import measures
from stack.core.clock import now_us
from stack.core.measures import Family, Values
from stack.jobs.measuring import measure_queues
from stack.search.choice import choose_backend
from stack.search.copying import read_cursor
from stack.store.queries import last_change, read_changes

_log = logging.getLogger(__name__)
SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_OPERATIONS: Final = frozenset(
    {"select", "insert", "update", "delete", "with", "copy", "begin", "commit", "savepoint", "release"}
)
_FIRST_WORD: Final = re.compile(r"[\s(]*(\w+)")
# Two that scrape within it read the database once.
_KEPT_S: Final = 2.0

Gauge = tuple[Family, Values]


def begin_measuring(name: str, *, has_gauges: bool = True) -> None:
    """Counts from now on, under `name` among the processes that share a folder, as `stack serve` sets one.

    Without a shared one the process and its children have a folder that goes with it. `has_gauges`: it may
    read the database for them, which a process that forks may not.
    """
    _reader.is_complete = has_gauges
    try:
        folder = os.environ.get(SHARED_FOLDER) or _make_folder()
    except OSError as error:
        _log.warning("nothing is counted, for there is no folder for temporary files: %s", error)
        return
    measures.start_measuring(Path(folder), identify=_name_process(name))
    connection_created.connect(_time_queries, dispatch_uid="stack.measures")


def _name_process(name: str) -> Callable[[], str]:
    """The name; for a child of a worker's pool also its place there, which the one that takes over has too,
    so that the folder does not grow with every child that ends."""
    parent = os.getpid()

    def identify() -> str:
        if os.getpid() == parent:
            return name
        from billiard.process import current_process

        child: Any = current_process()
        return f"{name}-{getattr(child, 'index', os.getpid())}"

    return identify


def _make_folder() -> str:
    """One that goes with this process."""
    folder, maker = tempfile.mkdtemp(prefix="stack-metrics-"), os.getpid()

    def remove() -> None:
        # A forked child inherits this, and must leave the folder to its parent.
        if os.getpid() == maker:
            shutil.rmtree(folder, ignore_errors=True)

    register(remove)
    return folder


def _time_queries(connection: Any, **_: Any) -> None:
    if _time_query not in connection.execute_wrappers:
        connection.execute_wrappers.append(_time_query)


def _time_query(execute: Any, sql: Any, parameters: Any, many: bool, context: Any) -> Any:
    begun = time.perf_counter()
    try:
        return execute(sql, parameters, many, context)
    finally:
        word = _FIRST_WORD.match(sql) if isinstance(sql, str) else None
        operation = word[1].lower() if word else ""
        measures.time_query(
            operation if operation in _OPERATIONS else "other", seconds=time.perf_counter() - begun
        )


class _GaugeReader:
    """Keeps what it read for a moment; never raises: a database that is away has no gauges but health."""

    def __init__(self) -> None:
        self.is_complete = True
        self._lock = threading.Lock()
        self._kept: list[Gauge] = []
        self._kept_at = -_KEPT_S

    def read(self) -> list[Gauge]:
        with self._lock:
            if time.monotonic() - self._kept_at > _KEPT_S:
                self._kept = list(_read_gauges(is_complete=self.is_complete))
                self._kept_at = time.monotonic()
            return self._kept


_reader = _GaugeReader()


def render_metrics() -> tuple[bytes, str]:
    """The answer to Prometheus and its media type."""
    return measures.render_measures(_reader.read())


def _read_gauges(*, is_complete: bool) -> Iterator[Gauge]:
    yield measures.BUILD, {(__version__,): 1}
    health = read_health()
    yield measures.SERVICE_UP, {(each.name,): float(each.is_well) for each in health.dependencies}
    yield measures.SERVICE_TIME, {(each.name,): each.seconds for each in health.dependencies}
    disk = shutil.disk_usage(settings.DATA if Path(settings.DATA).exists() else "/")
    yield measures.DISK_FREE, {(): disk.free}
    yield measures.DISK_SIZE, {(): disk.total}
    has_database = all(
        each.is_well for each in health.dependencies if each.name in {"database", "migrations"}
    )
    if not is_complete or not has_database:
        return
    for read in (_read_queues, _read_index, _read_audit, _read_database, _read_replicas):
        try:
            yield from read()
        except Exception:  # one that cannot be read must not hide the others
            _log.warning("figures of %s cannot be read", read.__name__, exc_info=True)
    close_old_connections()


def _read_queues() -> Iterator[Gauge]:
    queues = measure_queues()
    yield measures.QUEUE_DUE, {(each.queue,): each.due for each in queues}
    yield measures.QUEUE_AGE, {(each.queue,): each.oldest_due_s for each in queues}
    yield measures.QUEUE_RUNNING, {(each.queue,): each.running for each in queues}
    yield measures.DEAD_JOBS, {(each.queue,): each.dead for each in queues}
    yield measures.EXPIRED_LEASES, {(): sum(each.expired for each in queues)}


def _read_index() -> Iterator[Gauge]:
    cursor = read_cursor(choose_backend().cursor_name())
    behind = last_change() - cursor
    first = read_changes(cursor, 1) if behind > 0 else []
    yield measures.INDEX_LAG, {(): behind}
    yield measures.INDEX_LAG_TIME, {(): max(0.0, (now_us() - first[0].at) / 1e6) if first else 0.0}


def _read_audit() -> Iterator[Gauge]:
    yield measures.AUDIT_LENGTH, {(): count_entries()}


def _read_database() -> Iterator[Gauge]:
    if connection.vendor != "postgresql":
        path = Path(str(connection.settings_dict["NAME"]))
        if path.is_file():
            yield measures.DATABASE_SIZE, {(): path.stat().st_size}
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(state, 'background'), count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() GROUP BY 1"
        )
        yield measures.CONNECTIONS, {(str(state),): float(number) for state, number in cursor.fetchall()}
        cursor.execute("SELECT current_setting('max_connections')::int, pg_database_size(current_database())")
        limit, size = cursor.fetchone()
    yield from _read_pool()
    yield measures.CONNECTION_LIMIT, {(): limit}
    yield measures.DATABASE_SIZE, {(): size}


def _read_pool() -> Iterator[Gauge]:
    """Of the process that is asked; none where pgbouncer has the pool."""
    pool = getattr(connection, "pool", None)
    if pool is None:
        return
    told = pool.get_stats()
    size, idle = told.get("pool_size", 0), told.get("pool_available", 0)
    yield measures.POOL, {("idle",): idle, ("used",): size - idle}
    yield measures.POOL_WAITING, {(): told.get("requests_waiting", 0)}


def _read_replicas() -> Iterator[Gauge]:
    lags = {alias: measure_lag(alias) for alias in list_replicas()}
    if lags:
        yield measures.REPLICA_LAG, {(alias,): lag[1] for alias, lag in lags.items() if lag is not None}
