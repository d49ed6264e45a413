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
from stack.jobs.outcomes import noting_outcome
from stack.jobs.queues import Queue

_SECOND_US = 1_000_000
_UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


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


def count_expired(*, seconds: float) -> int:
    """Running jobs whose lease ran out longer ago than that: a sweep takes them back within seconds."""
    over = now_us() - int(seconds * _SECOND_US)
    return Job.objects.filter(state=JobState.RUNNING, lease_until__lt=over).count()


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
    """Counts and times the attempt that the block makes, traces it and names the job in its log lines."""
    begun = time.perf_counter()
    attempt = span(
        f"job {job.kind}",
        kind="consumer",
        parent=job.traceparent,
        job=lease.job_id,
        attempt=lease.attempt,
    )
    with working_on(lease.job_id), noting_outcome() as noted, attempt as current:
        try:
            yield
        finally:
            current.describe(outcome=noted.outcome)
            seconds = time.perf_counter() - begun
            measures.count_attempt(job.kind, queue=job.queue, outcome=noted.outcome, seconds=seconds)
