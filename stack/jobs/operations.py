"""Writes to the queue of record: enqueue, cancel, retry, and running a job in the caller's own process."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from stack.accounts.principal import Permission, Principal
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import Conflict, NotFound
from stack.core.tracing import current_traceparent
from stack.jobs.base import find_job
from stack.jobs.execution import run_leased
from stack.jobs.leases import in_transaction, name_worker
from stack.jobs.models import Job, JobState
from stack.jobs.queries import describe_job
from stack.jobs.queues import Priority, Queue
from stack.jobs.records import UNFINISHED, JobRow
from stack.jobs.sweeping import reclaim_expired
from stack.jobs.turns import lease_job
from stack.jobs.waking import wake

_FOLLOW_EVERY_S = 0.2
_SHOW_EVERY_S = 0.1


def enqueue(
    principal: Principal,
    *,
    kind: str,
    arguments: Mapping[str, Any],
    unit: str = "objects",
    priority: Priority = Priority.NORMAL,
) -> JobRow:
    """Writes the job in the caller's transaction, so that it exists exactly when what caused it does."""
    queue, now = find_job(kind).queue, now_us()
    job = Job.objects.create(
        kind=kind,
        queue=queue,
        priority=priority,
        arguments=dict(arguments),
        unit=unit,
        created_at=now,
        woken_at=now,
        traceparent=current_traceparent(),
        organisation_id=principal.organisation_id,
        user_id=principal.user_id,
    )
    wake(job.pk, queue)
    return describe_job(job)


def cancel(principal: Principal, job_id: int) -> JobRow:
    """Ends a waiting job at once and asks a running one to stop; what it has written stays."""
    with in_transaction():
        job = _lock_job(principal, job_id)
        if job.state not in UNFINISHED:
            raise Conflict(f"Job {job_id} has ended already ({job.state})")
        before = job.state
        if job.state == JobState.QUEUED:
            job.state, job.finished_at = JobState.CANCELLED, now_us()
        job.cancel_requested = True
        job.save(update_fields=["state", "finished_at", "cancel_requested"])
        _record("job.cancel", principal, job, before)
    return describe_job(job)


def retry(principal: Principal, job_id: int) -> JobRow:
    """Queues a failed, dead or cancelled job again, to go on from its last checkpoint."""
    with in_transaction():
        job = _lock_job(principal, job_id)
        if job.state in UNFINISHED or job.state == JobState.DONE:
            raise Conflict(
                f"Job {job_id} cannot be tried again: it is {job.state}",
                remedy="Only a failed, dead or cancelled job can.",
            )
        before = job.state
        job.state, job.phase, job.error, job.attempts = JobState.QUEUED, "", "", 0
        job.cancel_requested, job.finished_at, job.lease_until = False, None, 0
        job.woken_at = now_us()
        job.save()
        _record("job.retry", principal, job, before)
        wake(job.pk, Queue(job.queue))
    return describe_job(job)


def run_inline(job_id: int, on_progress: Callable[[JobRow], None] | None = None) -> JobRow:
    """Runs the job in this process and returns it ended; `on_progress` is called a few times a second.

    When a runner was faster, follows it instead; when that runner dies, takes over. Interrupting it
    (`KeyboardInterrupt`) cancels the job, which `retry` then continues.
    """
    worker = name_worker()
    shown_at = 0.0

    def show() -> None:
        nonlocal shown_at
        if on_progress is not None and time.monotonic() - shown_at >= _SHOW_EVERY_S:
            shown_at = time.monotonic()
            on_progress(_read(job_id))

    while not (row := _read(job_id)).is_finished:
        leased = lease_job(job_id, worker)
        if leased is not None:
            run_leased(*leased, on_progress=show, tries_again=False)
        else:
            reclaim_expired()
            show()
            time.sleep(_FOLLOW_EVERY_S)
    return row


def _read(job_id: int) -> JobRow:
    return describe_job(Job.objects.select_related("user").get(pk=job_id))


def _record(name: str, principal: Principal, job: Job, before: str) -> None:
    record_act(
        Act(
            name=name,
            actor=principal,
            object_kind="job",
            object_id=str(job.pk),
            before={"state": before},
            after={"kind": job.kind, "state": job.state, "cancel_requested": job.cancel_requested},
        )
    )


def _lock_job(principal: Principal, job_id: int) -> Job:
    """The job, if the principal may see it; their own they may change, others' with the permission."""
    job = (
        Job.objects.select_for_update(of=("self",))
        .filter(pk=job_id, organisation_id=principal.organisation_id)
        .first()
    )
    if job is None:
        raise NotFound(f"There is no job {job_id}")
    if job.user_id is None or job.user_id != principal.user_id:
        principal.require(Permission.MANAGE_JOBS)
    return job
