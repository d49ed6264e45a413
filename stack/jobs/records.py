"""What the queue shows of its jobs. Times are microseconds since the epoch, UTC."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from stack.jobs.models import JobState

ERRORS_KEPT = 10_000
"""Faults kept per job; further ones are counted by the job, and said to be missing from its list."""

UNFINISHED = frozenset({JobState.QUEUED, JobState.RUNNING})


class RecordError(msgspec.Struct, frozen=True, gc=False):
    """A fault of one record: `record` says which (`objects[17]`, `row 18`), `path` which field of it."""

    position: int
    record: str
    rule: str
    message: str
    severity: str = "error"
    stix_id: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt that failed; `reason` is written by the worker, or about one that disappeared."""

    number: int
    at: int
    worker: str
    reason: str


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as people and programs see it.

    `rate` is in units per second: over the last seconds while it runs, over the whole run afterwards.
    `eta` is in seconds. `percent` is None when the total is unknown and 100 only when the job is done.
    `failed_attempts` has those of all tries, oldest first, where one job is read; in lists it is empty.
    """

    id: int
    kind: str
    state: JobState
    phase: str
    unit: str
    done: int
    total: int | None
    counts: dict[str, int]
    result: dict[str, Any]
    error: str
    attempts: int
    cancel_requested: bool
    created_at: int
    started_at: int | None
    finished_at: int | None
    user: str
    rate: float | None
    eta: float | None
    percent: int | None
    queue: str
    priority: int
    arguments: dict[str, Any] = field(default_factory=dict)
    failed_attempts: tuple[AttemptRow, ...] = ()

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED


@dataclass(frozen=True, slots=True)
class JobPage:
    rows: list[JobRow]
    next: str | None


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """Faults in the order in which they were met; `total` counts those kept (at most `ERRORS_KEPT`)."""

    rows: list[RecordError]
    total: int
    next: str | None
