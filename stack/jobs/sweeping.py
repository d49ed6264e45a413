"""What was left behind: jobs whose worker disappeared, and jobs that no worker was told of.

Any number of processes may sweep at the same time: each takes the rows that no other has locked.
"""

from django.conf import settings

from stack.core.clock import now_us
from stack.jobs.leases import ATTEMPTS, in_transaction
from stack.jobs.models import Job, JobAttempt, JobState
from stack.jobs.queues import Queue
from stack.jobs.waking import count_messages, send_wake_up

_BATCH = 100
_MESSAGES_KEPT = 1_000
"""Messages of a queue that are kept under way at most: each one leads a worker to whichever job is next."""


def sweep_jobs() -> None:
    """One round. Nothing depends on how often it is done but the delay after a loss."""
    reclaim_expired()
    if settings.JOBS.runner == "celery":
        wake_forgotten()


def reclaim_expired() -> int:
    """Takes jobs back from workers that disappeared: queued again, dead after the last attempt, or cancelled
    where somebody had asked for that. Returns how many."""
    expired = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now_us())
    if not expired.exists():
        return 0
    with in_transaction():
        jobs = list(expired.order_by("id").select_for_update(skip_locked=True)[:_BATCH])
        for job in jobs:
            _reclaim(job)
    return len(jobs)


def _reclaim(job: Job) -> None:
    now = now_us()
    job.lease_until, job.rate, job.woken_at = 0, None, 0
    if job.cancel_requested:
        job.state, job.finished_at = JobState.CANCELLED, now
    else:
        reason = f"the worker {job.worker} disappeared (lease ran out)"
        JobAttempt.objects.create(
            job_id=job.pk, number=job.attempts, at=now, worker=job.worker, reason=reason
        )
        if job.attempts >= ATTEMPTS:
            job.state, job.finished_at = JobState.DEAD, now
            job.error = (
                f"At the last of {ATTEMPTS} attempts {reason}. "
                "Look at the workers' logs for the cause, then retry the job."
            )
        else:
            job.state, job.phase, job.error = JobState.QUEUED, "waiting", reason
    job.save(update_fields=["state", "phase", "error", "lease_until", "rate", "woken_at", "finished_at"])


def wake_forgotten() -> int:
    """Sends wake-ups for due jobs that wait without one, as after a loss of Redis; returns how many."""
    return sum(_wake_queue(queue) for queue in Queue)


def _wake_queue(queue: Queue) -> int:
    now = now_us()
    due = Job.objects.filter(state=JobState.QUEUED, queue=queue, lease_until__lte=now)
    count = due.order_by()[:_MESSAGES_KEPT].count()
    missing = count - count_messages(queue) if count else 0
    if missing <= 0:
        return 0
    forgotten = due.filter(woken_at__lte=now - int(settings.JOBS.wake_again_s * 1_000_000)).order_by("id")
    with in_transaction():
        rows = forgotten.select_for_update(skip_locked=True).values_list("pk", flat=True)
        ids = list(rows[:missing])
        Job.objects.filter(pk__in=ids).update(woken_at=now)
    sent = 0
    for job_id in ids:
        if not send_wake_up(job_id, queue):
            break
        sent += 1
    return sent
