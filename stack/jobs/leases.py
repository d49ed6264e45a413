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
from django.db.models import F
from django.db.transaction import Atomic

from stack.core.clock import now_us
from stack.jobs.models import Job, JobAttempt, JobState
from stack.jobs.outcomes import note_outcome
from stack.jobs.queues import Queue
from stack.jobs.waking import wake

LEASE_US = 30_000_000
ATTEMPTS = 5
_LONGEST_PAUSE_US = 60_000_000
_LONGEST_REASON = 2_000


class LeaseLost(Exception):
    """The lease ran out and another worker has the job, or may have it: stop at once and write nothing."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of `worker` to run a job, as its `attempt`, renewed for `duration_us` by every report."""

    job_id: int
    worker: str
    attempt: int
    duration_us: int = LEASE_US
    queue: Queue = Queue.DEFAULT


def name_worker() -> str:
    """A name that no other worker has had or will have."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def in_transaction() -> Atomic:
    return transaction.atomic(using=router.db_for_write(Job))


def change_leased(lease: Lease, **columns: Any) -> None:
    """Writes columns of the job in the current transaction; raises `LeaseLost` when it is ours no more."""
    row = Job.objects.filter(pk=lease.job_id, worker=lease.worker, attempts=lease.attempt)
    if not row.filter(state=JobState.RUNNING).update(**columns):
        raise LeaseLost(f"job {lease.job_id} was taken over by another worker")


def renew(lease: Lease, **columns: Any) -> None:
    change_leased(lease, lease_until=now_us() + lease.duration_us, **columns)


def end_job(lease: Lease, state: JobState, **columns: Any) -> None:
    change_leased(lease, state=state, lease_until=0, finished_at=now_us(), rate=None, **columns)
    note_outcome(state.value)


def release(lease: Lease) -> None:
    """Gives the job back unfinished: due at once, behind what others wait for, and the attempt is free."""
    now = now_us()
    with in_transaction():
        change_leased(
            lease,
            state=JobState.QUEUED,
            lease_until=0,
            leased_at=now,
            woken_at=now,
            attempts=F("attempts") - 1,
            rate=None,
            phase="waiting",
        )
        wake(lease.job_id, lease.queue)
    note_outcome("released")


def fail_job(lease: Lease, reason: str) -> None:
    """Ends the job for good: another attempt would fail alike."""
    with in_transaction():
        end_job(lease, JobState.FAILED, error=clean_reason(reason))
        _keep_reason(lease, reason)


def fail_attempt(lease: Lease, reason: str) -> None:
    """Puts the job back for a later attempt, each after a longer pause; the last one leaves it dead."""
    with in_transaction():
        if lease.attempt >= ATTEMPTS:
            error = f"{clean_reason(reason)} (attempt {lease.attempt} of {ATTEMPTS})"
            end_job(lease, JobState.DEAD, error=error)
        else:
            pause_us = min(1_000_000 * 2**lease.attempt, _LONGEST_PAUSE_US)
            change_leased(
                lease,
                state=JobState.QUEUED,
                lease_until=now_us() + pause_us,
                error=clean_reason(reason),
                rate=None,
                phase="waiting",
            )
            note_outcome("retried")
        _keep_reason(lease, reason)


def clean_reason(reason: str) -> str:
    """As PostgreSQL takes it, and short enough to be read."""
    return reason.replace("\0", "\ufffd")[:_LONGEST_REASON]


def _keep_reason(lease: Lease, reason: str) -> None:
    JobAttempt.objects.create(
        job_id=lease.job_id,
        number=lease.attempt,
        at=now_us(),
        worker=lease.worker,
        reason=clean_reason(reason),
    )
