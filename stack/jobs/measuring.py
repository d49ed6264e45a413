"""What the queue of record tells whoever watches it, and what is counted of each attempt at a job."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q
from django.db.models.functions import Greatest

from stack.core import measures
from stack.core.clock import now_us
from stack.core.tracing import span, working_on
from stack.jobs.leases import Lease
from stack.jobs.models import Job, JobState
from stack.jobs.queues import Queue

_SECOND_US = 1_000_000
_UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
# Of the states that the row has after an attempt; a job that waits again was tried in vain or given back.
_OUTCOMES = {
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
    JobState.DEAD: "dead",
}


@dataclass(frozen=True, slots=True)
class QueueMeasure:
    """Of one queue: jobs that could run now, the seconds since when the oldest of them could, jobs that run,
    those whose lease ran out among them, and jobs that failed every attempt."""

    queue: str
    due: int
    oldest_due_s: float
    running: int
    expired: int
    dead: int


def measure_queues() -> list[QueueMeasure]:
    """Every queue, also an empty one. A system read: it counts and shows nothing of any job."""
    now = now_us()
    waiting = Q(state=JobState.QUEUED, lease_until__lt=now)
    expired = Q(state=JobState.RUNNING, lease_until__lt=now)
    rows = (
        Job.objects.filter(state__in=(*_UNFINISHED, JobState.DEAD))
        .values("queue")
        .annotate(
            due=Count("id", filter=waiting),
            # A job that was put back is due since its pause ended, not since it was made.
            oldest=Min(Greatest("created_at", "lease_until"), filter=waiting),
            running=Count("id", filter=Q(state=JobState.RUNNING)),
            expired=Count("id", filter=expired),
            dead=Count("id", filter=Q(state=JobState.DEAD)),
        )
    )
    found: dict[str, dict[str, Any]] = {row["queue"]: dict(row) for row in rows}
    return [
        _describe(queue, found.get(queue), now) for queue in sorted({*found, *(each.value for each in Queue)})
    ]


def _describe(queue: str, row: dict[str, Any] | None, now: int) -> QueueMeasure:
    if row is None:
        return QueueMeasure(queue, 0, 0.0, 0, 0, 0)
    oldest = row["oldest"]
    return QueueMeasure(
        queue=queue,
        due=row["due"],
        oldest_due_s=max(0.0, (now - oldest) / _SECOND_US) if oldest is not None else 0.0,
        running=row["running"],
        expired=row["expired"],
        dead=row["dead"],
    )


@contextmanager
def measuring_attempt(lease: Lease, job: Job) -> Iterator[None]:
    """Counts and times the attempt that the block makes, traces it and names the job in its log lines.

    What became of it is read from the job's row afterwards, and only where somebody counts.
    """
    begun = time.perf_counter()
    parent = getattr(job, "traceparent", "")
    try:
        with (
            working_on(lease.job_id),
            span(f"job {job.kind}", kind="consumer", parent=parent, job=lease.job_id, attempt=lease.attempt),
        ):
            yield
    finally:
        if measures.is_measuring():
            seconds = time.perf_counter() - begun
            outcome = _find_outcome(lease)
            measures.count_attempt(job.kind, queue=job.queue, outcome=outcome, seconds=seconds)


def _find_outcome(lease: Lease) -> str:
    row = Job.objects.filter(pk=lease.job_id).values("state", "worker", "attempts", "error").first()
    if row is None or row["worker"] != lease.worker:
        return "lost"
    if row["state"] == JobState.QUEUED:
        # An attempt that the runner's end cut short is free.
        return "released" if row["attempts"] < lease.attempt else "retried"
    if row["state"] == JobState.RUNNING or row["attempts"] != lease.attempt:
        return "lost"
    return _OUTCOMES[JobState(row["state"])]
