"""Reads of the queue of record; a principal sees the jobs of their organisation."""

from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from stack.accounts.principal import Principal
from stack.core.clock import now_us
from stack.core.errors import NotFound
from stack.jobs.models import Job, JobAttempt, JobError, JobState
from stack.jobs.records import AttemptRow, ErrorPage, JobPage, JobRow, RecordError

_SECOND = 1_000_000


def get_job(principal: Principal, job_id: int) -> JobRow | None:
    job = _visible(principal).filter(pk=job_id).first()
    return None if job is None else describe_job(job, job.failed_attempts.order_by("id"))


def list_jobs(
    principal: Principal,
    *,
    state: str | None = None,
    kind: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> JobPage:
    """Newest first; `after` is the `next` of the page before."""
    jobs = _visible(principal).order_by("-id")
    if state:
        jobs = jobs.filter(state=state)
    if kind:
        jobs = jobs.filter(kind=kind)
    if after:
        jobs = jobs.filter(pk__lt=_read_cursor(after))
    rows = [describe_job(job) for job in jobs[: limit + 1]]
    return JobPage(rows[:limit], str(rows[limit - 1].id) if len(rows) > limit else None)


def list_errors(
    principal: Principal, job_id: int, *, limit: int = 100, after: str | None = None
) -> ErrorPage:
    """A page of the faults of a job; raises `NotFound` for a job that the principal may not see."""
    errors = _errors_of(principal, job_id)
    rows = list(errors.filter(pk__gt=_read_cursor(after))[: limit + 1] if after else errors[: limit + 1])
    last = str(rows[limit - 1].pk) if len(rows) > limit else None
    return ErrorPage([_describe_error(row) for row in rows[:limit]], errors.count(), last)


def iterate_errors(principal: Principal, job_id: int) -> Iterator[RecordError]:
    """All faults kept of a job, for the download; raises `NotFound` at once, not at the first item."""
    errors = _errors_of(principal, job_id)
    return (_describe_error(row) for row in errors.iterator(chunk_size=1000))


def describe_job(job: Job, failed_attempts: Iterable[JobAttempt] = ()) -> JobRow:
    state = JobState(job.state)
    return JobRow(
        id=job.pk,
        kind=job.kind,
        state=state,
        phase=job.phase,
        unit=job.unit,
        done=job.done,
        total=job.total,
        counts=job.counts,
        result=job.result,
        error=job.error,
        attempts=job.attempts,
        cancel_requested=job.cancel_requested,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        user=job.user.get_username() if job.user is not None else "Stack",
        rate=(rate := _rate(job)),
        eta=(job.total - job.done) / rate
        if rate and job.total is not None and state == JobState.RUNNING
        else None,
        percent=_percent(job),
        queue=job.queue,
        priority=job.priority,
        arguments=job.arguments,
        failed_attempts=tuple(
            AttemptRow(each.number, each.at, each.worker, each.reason) for each in failed_attempts
        ),
    )


def _rate(job: Job) -> float | None:
    if job.rate is not None or job.started_at is None:
        return job.rate
    seconds = ((job.finished_at or now_us()) - job.started_at) / _SECOND
    return job.done / seconds if seconds > 0 else None


def _percent(job: Job) -> int | None:
    if job.state == JobState.DONE:
        return 100
    return min(99, job.done * 100 // job.total) if job.total else None


def _visible(principal: Principal) -> QuerySet[Job]:
    return Job.objects.select_related("user").filter(organisation_id=principal.organisation_id)


def _errors_of(principal: Principal, job_id: int) -> QuerySet[JobError]:
    if not _visible(principal).filter(pk=job_id).exists():
        raise NotFound(f"There is no job {job_id}")
    return JobError.objects.filter(job_id=job_id).order_by("id")


def _describe_error(row: JobError) -> RecordError:
    return RecordError(
        position=row.position,
        record=row.record,
        rule=row.rule,
        message=row.message,
        severity=row.severity,
        stix_id=row.stix_id,
        path=row.path,
    )


def _read_cursor(after: str) -> int:
    """A cursor that we did not give out starts at the beginning of an empty page, not with an error."""
    return int(after) if after.isdecimal() and len(after) < 19 else 0
