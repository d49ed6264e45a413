"""What a running job holds: arguments and checkpoint, and the ways to report, record faults and finish."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from time import monotonic
from typing import Any, Protocol

from stack.accounts.principal import Principal
from stack.jobs.leases import Lease, end_job, renew
from stack.jobs.models import Job, JobError, JobState
from stack.jobs.records import ERRORS_KEPT, RecordError

_WRITE_EVERY_S = 0.5
_RATE_WINDOW_S = 5.0
_FIELD_LIMITS = {"record": 200, "stix_id": 200, "path": 500, "rule": 80}


class JobCancelled(Exception):
    """Somebody asked the job to stop; raised by `JobContext.report` between two steps."""


class RunnerStopping(Exception):
    """The runner shuts down: the job goes back to the queue and continues from its checkpoint."""


class GivesWay(Exception):
    """The run has had its slice: the job goes back to the queue, and others get the worker first."""


class StopFlag(Protocol):
    """Says that the worker is asked to stop; a `threading.Event` is one."""

    def is_set(self) -> bool: ...


class Place(Protocol):
    """A worker's place, and whether the run has had it for long enough."""

    def is_over(self) -> bool: ...


class Work(Protocol):
    """What a handler is told and says back, whoever runs it: a worker that leased a job, or a request."""

    @property
    def principal(self) -> Principal: ...
    @property
    def checkpoint(self) -> Mapping[str, Any]: ...
    @property
    def counts(self) -> Mapping[str, int]: ...
    @property
    def is_watched(self) -> bool: ...
    def report(
        self,
        *,
        phase: str | None = None,
        done: int | None = None,
        total: int | None = None,
        unit: str | None = None,
        counts: Mapping[str, int] | None = None,
        checkpoint: Mapping[str, Any] | None = None,
        durable: bool = False,
    ) -> None: ...
    def show_progress(self) -> None: ...
    def add_errors(self, errors: Iterable[RecordError]) -> int: ...


class JobContext:
    """One attempt at a job. Reports keep the lease alive: a job must report at least every few seconds."""

    def __init__(
        self,
        lease: Lease,
        job: Job,
        principal: Principal,
        *,
        stop: StopFlag | None = None,
        place: Place | None = None,
        on_progress: Callable[[], None] | None = None,
    ) -> None:
        self.job_id = lease.job_id
        self.arguments: Mapping[str, Any] = job.arguments
        self.checkpoint: Mapping[str, Any] = job.checkpoint
        self.counts: Mapping[str, int] = job.counts
        self.principal = principal
        self.is_finished = False
        self._lease = lease
        self._stop = stop
        self._place = place
        self._gives_way = False
        self._on_progress = on_progress
        self._pending: dict[str, Any] = {}
        self._written_at = -_WRITE_EVERY_S
        self._samples: deque[tuple[float, int]] = deque([(monotonic(), job.done)], maxlen=1000)
        self._errors_kept = JobError.objects.filter(job_id=lease.job_id).count()

    @property
    def is_watched(self) -> bool:
        """Somebody waits for this run, as at the command line; its speed comes first."""
        return self._on_progress is not None

    def report(
        self,
        *,
        phase: str | None = None,
        done: int | None = None,
        total: int | None = None,
        unit: str | None = None,
        counts: Mapping[str, int] | None = None,
        checkpoint: Mapping[str, Any] | None = None,
        durable: bool = False,
        may_give_way: bool = True,
    ) -> None:
        """Renews the lease and says how far the job is; what is None stays as it was.

        Written at most twice a second, except with `durable=True`: then at once, in the caller's transaction,
        so that a checkpoint and the work that it stands for are committed together. Raises `JobCancelled`,
        `RunnerStopping` or `GivesWay` when the job should stop (before anything is written), `LeaseLost` when
        it must. Without `may_give_way` it keeps its place: for a step that would begin anew, and is bounded.
        """
        new = {"phase": phase, "done": done, "total": total, "unit": unit, "counts": counts}
        self._pending |= {name: value for name, value in new.items() if value is not None}
        if checkpoint is not None:
            self._pending["checkpoint"] = checkpoint
        if not durable and monotonic() - self._written_at < _WRITE_EVERY_S:
            return
        self._raise_if_stopped(may_give_way=may_give_way)
        if done is not None:
            self._pending["rate"] = self._measure_rate(done)
        renew(self._lease, **self._pending)
        self._pending = {}
        self._written_at = monotonic()
        if not durable:
            self.show_progress(may_give_way=may_give_way)

    def show_progress(self, *, may_give_way: bool = True) -> None:
        """Calls whoever watches this run; outside a transaction, so that they see what is committed.

        Raises `GivesWay` here rather than in a later report: between two transactions nothing is lost.
        """
        if self._on_progress is not None:
            self._on_progress()
        if may_give_way and self._place is not None and (self._gives_way or self._place.is_over()):
            raise GivesWay

    def add_errors(self, errors: Iterable[RecordError]) -> int:
        """Keeps faults in the caller's transaction, up to `ERRORS_KEPT` a job; returns how many it kept."""
        rows = [
            JobError(job_id=self.job_id, **fit_columns(error))
            for error in islice(errors, ERRORS_KEPT - self._errors_kept)
        ]
        JobError.objects.bulk_create(rows)
        self._errors_kept += len(rows)
        return len(rows)

    def finish(self, result: Mapping[str, Any]) -> None:
        """Ends the job as done, in the caller's transaction if there is one."""
        end_job(self._lease, JobState.DONE, result=result, error="", **self._pending)
        self.is_finished = True

    def _raise_if_stopped(self, *, may_give_way: bool) -> None:
        if Job.objects.filter(pk=self.job_id, cancel_requested=True).exists():
            raise JobCancelled
        if self._stop is not None and self._stop.is_set():
            raise RunnerStopping
        if self._gives_way and may_give_way:
            raise GivesWay
        self._gives_way = self._place is not None and self._place.is_over()

    def _measure_rate(self, done: int) -> float | None:
        """Units per second over the last few seconds."""
        now = monotonic()
        self._samples.append((now, done))
        while len(self._samples) > 2 and now - self._samples[1][0] > _RATE_WINDOW_S:
            self._samples.popleft()
        then, done_then = self._samples[0]
        return (done - done_then) / (now - then) if now > then else None


def fit_columns(error: RecordError) -> dict[str, Any]:
    """The columns of a fault, cut to what PostgreSQL takes: no NUL, and no more than the column holds."""
    row: dict[str, Any] = {"position": error.position, "severity": error.severity, "message": error.message}
    row |= {name: getattr(error, name)[:limit] for name, limit in _FIELD_LIMITS.items()}
    return {name: v.replace("\0", "\ufffd") if isinstance(v, str) else v for name, v in row.items()}
