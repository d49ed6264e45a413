"""Whose turn it is: a worker serves the organisation that has the fewest jobs running.

Between two that have as many, the higher priority goes first, then the one that was served longest ago, then
the older job. So the thousand imports of one organisation never stand in front of what another one waits for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from django.db import connections, router
from django.db.models import Count, OuterRef, QuerySet, Subquery

from stack.accounts.frequent import read_frequent
from stack.accounts.models import Organisation
from stack.core.clock import now_us
from stack.jobs.base import list_kinds
from stack.jobs.leases import LEASE_US, Lease, in_transaction
from stack.jobs.models import Job, JobState
from stack.jobs.queues import Queue
from stack.jobs.sweeping import reclaim_expired

ALL_QUEUES = tuple(Queue)
_ROUNDS = 5
_WAITED_US = 2_000_000
_ASK_EVERY_S = 1.0
_LOOK = (
    "SELECT EXISTS (SELECT 1 FROM jobs_job WHERE state = %s AND lease_until < %s), "
    "EXISTS (SELECT 1 FROM jobs_job WHERE state = %s AND queue IN (QUEUES))"
)


def lease_next(
    worker: str, *, queues: Sequence[Queue] = ALL_QUEUES, duration_us: int = LEASE_US
) -> tuple[Lease, Job] | None:
    """The job of these queues whose turn it is, now leased to `worker`; None when nothing is due."""
    is_expired, is_waiting = _look(queues)
    if is_expired:
        reclaim_expired()
    elif not is_waiting:
        return None
    for _ in range(_ROUNDS):
        firsts = _rank(queues)
        if not firsts:
            return None
        for job_id in firsts:
            if taken := lease_job(job_id, worker, duration_us=duration_us):
                return taken
    # Others were quicker each time: they are at work, and this one looks again soon.
    return None


def lease_job(job_id: int, worker: str, *, duration_us: int = LEASE_US) -> tuple[Lease, Job] | None:
    """That job, leased to `worker`; None when it is not due, for example because another worker has it."""
    with in_transaction():
        # SQLite's transaction is IMMEDIATE, so this process is alone here; PostgreSQL locks the row.
        job = find_due(now_us()).filter(pk=job_id).select_for_update(skip_locked=True).first()
        if job is None:
            return None
        now = now_us()
        job.state, job.worker, job.attempts = JobState.RUNNING, worker, job.attempts + 1
        job.lease_until, job.leased_at, job.rate = now + duration_us, now, None
        job.started_at = job.started_at or now
        job.save(
            update_fields=["state", "worker", "attempts", "lease_until", "leased_at", "rate", "started_at"]
        )
    return Lease(job.pk, worker, job.attempts, duration_us, Queue(job.queue)), job


def find_due(until: int) -> QuerySet[Job]:
    """The jobs that wait and whose time has come by `until`."""
    return Job.objects.filter(state=JobState.QUEUED, lease_until__lte=until)


@dataclass(slots=True)
class Slice:
    """How long a run may go on: after `seconds` it gives its place to another organisation's job that waits,
    and after `longest_seconds` it gives it back in any case, so that no run is endless."""

    job: Job
    queues: Sequence[Queue]
    seconds: float
    longest_seconds: float
    begun: float
    asked: float = 0.0

    @classmethod
    def begin(cls, job: Job, *, queues: Sequence[Queue], seconds: float, longest_seconds: float) -> "Slice":
        return cls(job, queues, seconds, longest_seconds, monotonic())

    def is_over(self) -> bool:
        """Asks the database at most once a second."""
        now = monotonic()
        if now - self.begun < self.seconds or now - self.asked < _ASK_EVERY_S:
            return False
        self.asked = now
        return now - self.begun > self.longest_seconds or is_awaited(self.job, queues=self.queues)


def is_awaited(job: Job, *, queues: Sequence[Queue]) -> bool:
    """Whether this running job should give its place: another organisation waits that has fewer jobs running,
    or its own has something more urgent. What has waited for two seconds shows that no worker is free."""
    before = now_us() - _WAITED_US
    waiting = find_due(before).filter(created_at__lte=before, leased_at__lte=before)
    running = _count_running()
    mine = running.get(job.organisation_id, 0)
    return any(
        other.priority > job.priority
        if other.organisation_id == job.organisation_id
        else running.get(other.organisation_id, 0) < mine
        for other in _list_firsts(waiting, queues)
    )


def _look(queues: Sequence[Queue]) -> tuple[bool, bool]:
    """Whether a lease has run out, and whether jobs wait in these queues: what idle workers ask."""
    connection = connections[router.db_for_write(Job)]
    marks = ",".join(["%s"] * len(queues))
    values = [JobState.RUNNING.value, now_us(), JobState.QUEUED.value, *(queue.value for queue in queues)]
    [(is_expired, is_waiting)] = read_frequent(connection, _LOOK.replace("QUEUES", marks), values)
    return bool(is_expired), bool(is_waiting)


def _rank(queues: Sequence[Queue]) -> list[int]:
    """The first due job of each organisation and queue, best first."""
    # A kind that only a newer version knows waits for one of its workers, as while Stack is updated.
    known = find_due(now_us()).filter(kind__in=list_kinds())
    firsts = list(_list_firsts(known, queues))
    if len(firsts) < 2:
        return [job.pk for job in firsts]
    running = _count_running()
    firsts.sort(
        key=lambda job: (running.get(job.organisation_id, 0), -job.priority, _last_served(job), job.pk)
    )
    return [job.pk for job in firsts]


def _list_firsts(waiting: QuerySet[Job], queues: Sequence[Queue]) -> Iterator[Job]:
    """Of each organisation the one of `waiting` that goes first, in each queue: a probe of the index each."""
    ids = []
    for queue in queues:
        first = (
            waiting.filter(queue=queue, organisation_id=OuterRef("pk"))
            .order_by("-priority", "id")
            .values("pk")[:1]
        )
        found = Organisation.objects.order_by().values_list(Subquery(first), flat=True)
        ids += [each for each in found if each is not None]
    yield from Job.objects.filter(pk__in=ids) if ids else ()


def _last_served(job: Job) -> int:
    """When a worker last took a job of this organisation from this queue, or had it given back."""
    served = Job.objects.filter(organisation_id=job.organisation_id, queue=job.queue).order_by("-leased_at")
    return next(iter(served.values_list("leased_at", flat=True)[:1]), 0)


def _count_running() -> dict[int, int]:
    """Jobs that run now, by organisation."""
    running = Job.objects.filter(state=JobState.RUNNING).order_by()
    return dict(running.values_list("organisation_id").annotate(Count("pk")))
