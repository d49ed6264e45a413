"""What Stack counts and times: the only place that names a Prometheus metric.

Nothing is kept before `start_measuring`, so that a command line pays nothing. Processes of one service (the
children of `stack serve`, the pool of a worker) count into files of one folder, and whichever is asked shows
the sum of all. Labels are words of the code, such as a route or a kind of job, never what a user wrote; and
past `LABEL_SETS` of a metric all further ones are counted together as "other".

Names follow https://prometheus.io/docs/practices/naming/: base units in the name, counters end in `_total`.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

LABEL_SETS: Final = 2000
_OTHER: Final = "other"
# From a look-up's fraction of a millisecond to the longest page that anybody waits for.
_REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_JOB_SECONDS: Final = (0.1, 1.0, 10.0, 60.0, 600.0, 3600.0)
_QUERY_SECONDS: Final = (0.0005, 0.002, 0.01, 0.05, 0.25, 1.0, 5.0)


class Kind(StrEnum):
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: its name, what it means, its labels, and for a histogram the upper bounds of its buckets."""

    name: str
    help: str
    kind: Kind
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_families: list[Family] = []


def _declare(kind: Kind, name: str, meaning: str, *labels: str, buckets: tuple[float, ...] = ()) -> Family:
    family = Family(name, meaning, kind, labels, buckets)
    _families.append(family)
    return family


_REQUESTS = _declare(Kind.COUNTER, "stack_requests_total", "Requests answered", "method", "route", "status")
_REQUEST_TIME = _declare(
    Kind.HISTOGRAM,
    "stack_request_duration_seconds",
    "Time to the answer's first byte",
    "method",
    "route",
    buckets=_REQUEST_SECONDS,
)
_REFUSALS = _declare(Kind.COUNTER, "stack_rate_limit_refusals_total", "Requests over a limit", "policy")
_ATTEMPTS = _declare(
    Kind.COUNTER, "stack_job_attempts_total", "Attempts at jobs that ended", "kind", "queue", "outcome"
)
_ATTEMPT_TIME = _declare(
    Kind.HISTOGRAM,
    "stack_job_attempt_duration_seconds",
    "Time that an attempt at a job took",
    "kind",
    "queue",
    buckets=_JOB_SECONDS,
)
_RECORDS = _declare(
    Kind.COUNTER, "stack_ingest_records_total", "Records taken in, by what became of them", "outcome"
)
_REJECTED = _declare(
    Kind.COUNTER, "stack_ingest_faults_total", "Faults for which a record was rejected", "rule"
)
_BYTES = _declare(Kind.COUNTER, "stack_ingest_read_bytes_total", "Bytes of inputs read, as they came")
_CACHE = _declare(Kind.COUNTER, "stack_cache_reads_total", "Reads of the cache of answers", "name", "outcome")
_SEARCH_TIME = _declare(
    Kind.HISTOGRAM,
    "stack_search_duration_seconds",
    "Time of a search, a look-up or suggestions",
    "kind",
    buckets=_REQUEST_SECONDS,
)
_QUERY_TIME = _declare(
    Kind.HISTOGRAM,
    "stack_database_query_duration_seconds",
    "Time of a statement of SQL, from the process's side",
    "operation",
    buckets=_QUERY_SECONDS,
)
_ERRORS = _declare(Kind.COUNTER, "stack_log_errors_total", "Lines of the log at ERROR and above")

# What is read when somebody asks, by the collector in `config`.
BUILD = _declare(Kind.GAUGE, "stack_build_info", "Always 1; the version in its label", "version")
SERVICE_UP = _declare(
    Kind.GAUGE, "stack_dependency_up", "Whether a dependency answers this process", "dependency"
)
SERVICE_TIME = _declare(
    Kind.GAUGE, "stack_dependency_check_seconds", "How long its last check took", "dependency"
)
QUEUE_DUE = _declare(Kind.GAUGE, "stack_queue_due_jobs", "Jobs that wait and could run", "queue")
QUEUE_RUNNING = _declare(Kind.GAUGE, "stack_queue_running_jobs", "Jobs under a lease", "queue")
QUEUE_AGE = _declare(
    Kind.GAUGE, "stack_queue_oldest_due_age_seconds", "How long the oldest due job has been due", "queue"
)
DEAD_JOBS = _declare(
    Kind.GAUGE, "stack_queue_dead_jobs", "Jobs that failed every attempt and wait for a person", "queue"
)
EXPIRED_LEASES = _declare(
    Kind.GAUGE, "stack_queue_expired_leases", "Running jobs whose lease ran out and nobody has taken"
)
INDEX_LAG = _declare(Kind.GAUGE, "stack_index_lag_changes", "Changes of the store not in the index yet")
INDEX_LAG_TIME = _declare(
    Kind.GAUGE, "stack_index_lag_seconds", "Age of the oldest change that is not in the index yet"
)
AUDIT_LENGTH = _declare(Kind.GAUGE, "stack_audit_records", "Length of the audit log's chain")
CONNECTIONS = _declare(
    Kind.GAUGE, "stack_database_connections", "Connections of this database's server", "state"
)
CONNECTION_LIMIT = _declare(
    Kind.GAUGE, "stack_database_connection_limit", "Connections that the server allows"
)
POOL = _declare(Kind.GAUGE, "stack_database_pool_connections", "Connections of this process's pool", "state")
POOL_WAITING = _declare(
    Kind.GAUGE, "stack_database_pool_waiting", "Threads of this process that wait for a connection"
)
DATABASE_SIZE = _declare(Kind.GAUGE, "stack_database_size_bytes", "Size of the database on its disk")
REPLICA_LAG = _declare(
    Kind.GAUGE, "stack_database_replica_lag_seconds", "How far a read replica is behind", "replica"
)
DISK_FREE = _declare(Kind.GAUGE, "stack_disk_free_bytes", "Free space where the data folder is")
DISK_SIZE = _declare(Kind.GAUGE, "stack_disk_size_bytes", "Size of the disk of the data folder")


def list_families() -> tuple[Family, ...]:
    return tuple(_families)


class _Recorder:
    """The client library's metrics, made at first use; children are kept by their label values."""

    def __init__(self, folder: Path, identify: Callable[[], str]) -> None:
        # The library reads the folder's name from there each time that it opens a file.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        import prometheus_client as client
        from prometheus_client import values

        values.ValueClass = values.MultiProcessValue(identify)  # type: ignore[no-untyped-call]
        self.folder = folder
        self._metrics: dict[Family, Any] = {
            family: client.Counter(family.name, family.help, family.labels, registry=None)
            if family.kind is Kind.COUNTER
            else client.Histogram(
                family.name, family.help, family.labels, registry=None, buckets=family.buckets
            )
            for family in _families
            if family.kind is not Kind.GAUGE
        }
        self._children: dict[Family, dict[tuple[str, ...], Any]] = {family: {} for family in self._metrics}

    def close(self) -> None:
        from prometheus_client import values

        values.ValueClass.close_all_files()

    def find(self, family: Family, labels: tuple[str, ...]) -> Any:
        children = self._children[family]
        child = children.get(labels)
        if child is None:
            if len(children) >= LABEL_SETS:
                labels = (_OTHER,) * len(labels)
            metric = self._metrics[family]
            child = children[labels] = metric.labels(*labels) if labels else metric
        return child


_recorder: _Recorder | None = None


def start_measuring(folder: Path, *, identify: Callable[[], str]) -> None:
    """Counts from now on, into files of `folder`.

    `identify` names this process among those that count there at the same time, and is asked at every count:
    a child that was forked goes on under its own name. A name that is used again goes on from its counts.
    """
    global _recorder  # noqa: PLW0603 - one per process, as the library itself
    stop_measuring()
    _recorder = _Recorder(folder, identify)


def stop_measuring() -> None:
    global _recorder  # noqa: PLW0603
    if _recorder is not None:
        _recorder.close()
    _recorder = None


def is_measuring() -> bool:
    return _recorder is not None


def _count(family: Family, *labels: str, by: float = 1) -> None:
    if _recorder is not None and by:
        _recorder.find(family, labels).inc(by)


def _observe(family: Family, seconds: float, *labels: str) -> None:
    if _recorder is not None:
        _recorder.find(family, labels).observe(seconds)


def count_request(method: str, *, route: str, status: int, seconds: float) -> None:
    """`route` is the pattern that the address matched, or "none"."""
    _count(_REQUESTS, method, route, str(status))
    _observe(_REQUEST_TIME, seconds, method, route)


def count_refusal(policy: str) -> None:
    _count(_REFUSALS, policy)


def count_attempt(kind: str, *, queue: str, outcome: str, seconds: float) -> None:
    """`outcome`: done, failed, cancelled, dead, retried, released (the runner stops) or lost (its lease)."""
    _count(_ATTEMPTS, kind, queue, outcome)
    _observe(_ATTEMPT_TIME, seconds, kind, queue)


def count_records(outcome: str, number: int) -> None:
    """`outcome`: new, known, updated, conflicting or rejected."""
    _count(_RECORDS, outcome, by=number)


def count_faults(rule: str, number: int = 1) -> None:
    """`rule` is one of the names of rules that faults carry, of which there are some dozens."""
    _count(_REJECTED, rule, by=number)


def count_read_bytes(number: int) -> None:
    _count(_BYTES, by=number)


def count_cache_read(name: str, *, outcome: str) -> None:
    """`outcome`: hit or miss."""
    _count(_CACHE, name, outcome)


def time_search(kind: str, *, seconds: float) -> None:
    """`kind`: search, lookup or suggest."""
    _observe(_SEARCH_TIME, seconds, kind)


def time_query(operation: str, *, seconds: float) -> None:
    """`operation` is the first word of the statement, where it is a common one."""
    _observe(_QUERY_TIME, seconds, operation)


def count_error() -> None:
    _count(_ERRORS)


Values = Mapping[tuple[str, ...], float]


def render_measures(gauges: Iterable[tuple[Family, Values]]) -> tuple[bytes, str]:
    """The text that Prometheus reads and its media type: the counts of all processes, this process's memory
    and processor time, and `gauges` by their label values."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    if _recorder is not None:
        MultiProcessCollector(registry, path=str(_recorder.folder))  # type: ignore[no-untyped-call]
    ProcessCollector(registry=registry)
    registry.register(_Gauges(gauges))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Gauges:
    """A collector of the client library over values that were read already."""

    def __init__(self, gauges: Iterable[tuple[Family, Values]]) -> None:
        self._gauges = list(gauges)

    def collect(self) -> Iterable[Any]:
        from prometheus_client.core import GaugeMetricFamily

        for family, values in self._gauges:
            metric = GaugeMetricFamily(family.name, family.help, labels=family.labels)
            for labels, value in values.items():
                metric.add_metric(labels, value)
            yield metric
