"""Leases: which worker runs which job until when.

Every write of a worker is fenced by its name and attempt, so that one that was thought dead and wakes up
again cannot touch what the next one does. Times are microseconds since the epoch, UTC.
"""

import os
import secrets
import socket
from dataclasses import dataclass
from typing import Any

from django.db import router, transaction
from django.db.models import F, Q, QuerySet
from django.db.transaction import Atomic

from stack.core.clock import now_us
from stack.jobs.models import Job, JobState

LEASE_US = 30_000_000
ATTEMPTS = 5
_LONGEST_PAUSE_US = 60_000_000


class LeaseLost(Exception):
    """The lease ran out and another worker has the job, or may have it: stop at once and write nothing."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of `worker` to run a job, as its `attempt`, renewed for `duration_us` by every report."""

    job_id: int
    worker: str
    attempt: int
    duration_us: int = LEASE_US


def name_worker() -> str:
    """A name that no other worker has had or will have."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def in_transaction() -> Atomic:
    return transaction.atomic(using=router.db_for_write(Job))


def lease_next(worker: str, *, duration_us: int = LEASE_US) -> tuple[Lease, Job] | None:
    """The oldest job that is due, now leased to `worker`; None when there is nothing to do."""
    if not _due().exists():
        return None
    with in_transaction():
        _bury_exhausted()
        return _take(_due(), worker, duration_us)


def lease_job(job_id: int, worker: str, *, duration_us: int = LEASE_US) -> tuple[Lease, Job] | None:
    """That job, leased to `worker`; None when it is not due, for example because another worker has it."""
    with in_transaction():
        _bury_exhausted()
        return _take(_due().filter(pk=job_id), worker, duration_us)


def change_leased(lease: Lease, **columns: Any) -> None:
    """Writes columns of the job in the current transaction; raises `LeaseLost` when it is ours no more."""
    row = Job.objects.filter(pk=lease.job_id, worker=lease.worker, attempts=lease.attempt)
    if not row.filter(state=JobState.RUNNING).update(**columns):
        raise LeaseLost(f"job {lease.job_id} was taken over by another worker")


def renew(lease: Lease, **columns: Any) -> None:
    change_leased(lease, lease_until=now_us() + lease.duration_us, **columns)


def end_job(lease: Lease, state: JobState, **columns: Any) -> None:
    change_leased(lease, state=state, lease_until=0, finished_at=now_us(), rate=None, **columns)


def release(lease: Lease) -> None:
    """Gives the job back unfinished, because the runner stops: it is due at once and the attempt is free."""
    change_leased(
        lease, state=JobState.QUEUED, lease_until=0, attempts=F("attempts") - 1, rate=None, phase="waiting"
    )


def fail_attempt(lease: Lease, reason: str) -> None:
    """Puts the job back for a later attempt, each after a longer pause; the last one leaves it dead."""
    if lease.attempt >= ATTEMPTS:
        end_job(lease, JobState.DEAD, error=f"{reason} (attempt {lease.attempt} of {ATTEMPTS})")
        return
    pause_us = min(1_000_000 * 2**lease.attempt, _LONGEST_PAUSE_US)
    change_leased(
        lease,
        state=JobState.QUEUED,
        lease_until=now_us() + pause_us,
        error=reason,
        rate=None,
        phase="waiting",
    )


def sweep_expired() -> int:
    """Ends the jobs that no worker may take again: out of attempts, or cancelled while nobody ran them."""
    with in_transaction():
        return _bury_exhausted()


def _due() -> QuerySet[Job]:
    """Queued jobs whose time has come, and running ones whose lease ran out; not those asked to stop."""
    return (
        Job.objects.filter(state__in=(JobState.QUEUED, JobState.RUNNING), lease_until__lt=now_us())
        .exclude(Q(state=JobState.RUNNING) & (Q(attempts__gte=ATTEMPTS) | Q(cancel_requested=True)))
        .order_by("id")
    )


def _take(due: QuerySet[Job], worker: str, duration_us: int) -> tuple[Lease, Job] | None:
    # SQLite's transaction is IMMEDIATE, so this process is alone here; PostgreSQL locks the row.
    job = due.select_for_update(skip_locked=True).first()
    if job is None:
        return None
    now = now_us()
    job.state, job.worker, job.attempts = JobState.RUNNING, worker, job.attempts + 1
    job.lease_until, job.rate = now + duration_us, None
    job.started_at = job.started_at or now
    job.save(update_fields=["state", "worker", "attempts", "lease_until", "rate", "started_at"])
    return Lease(job.pk, worker, job.attempts, duration_us), job


def _bury_exhausted() -> int:
    now = now_us()
    expired = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now)
    cancelled = expired.filter(cancel_requested=True).update(
        state=JobState.CANCELLED, finished_at=now, lease_until=0, rate=None
    )
    return cancelled + expired.filter(attempts__gte=ATTEMPTS).update(
        state=JobState.DEAD,
        finished_at=now,
        lease_until=0,
        rate=None,
        error=f"The worker that ran it went away {ATTEMPTS} times without a result; "
        "look at its log for the cause, then retry the job.",
    )
