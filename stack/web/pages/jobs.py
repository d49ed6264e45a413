"""`/jobs` and `/jobs/<id>`: what runs outside the requests, how far it is, what failed in it and why."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from stack.accounts.principal import Permission, Principal
from stack.core.errors import NotFound
from stack.jobs.models import JobState
from stack.jobs.operations import cancel, retry
from stack.jobs.queries import get_job, iterate_errors, list_errors, list_jobs
from stack.jobs.records import JobRow, RecordError
from stack.stix.timestamps import format_instant
from stack.web.access import needs
from stack.web.answers import Sheet, answer_csv, answer_json, render_page
from stack.web.jobs_shown import show_job
from stack.web.links import change_query, next_page
from stack.web.marking_picker import describe_job_handling

_PAGE = 50
_COLUMNS = ("id", "kind", "state", "file", "total", "done", "created", "started", "finished", "user", "error")
_ERROR_COLUMNS = ("position", "record", "id", "path", "rule", "severity", "message")


@needs(Permission.READ)
def show_jobs(request: HttpRequest, principal: Principal, form: str = "html") -> HttpResponseBase:
    state = request.GET.get("state", "")
    state = state if state in JobState.values else ""
    after = request.GET.get("after") or None
    if form == "csv":
        return answer_csv(Sheet(_COLUMNS, map(_write_job, _read_all(principal, state)), {}), "stack-jobs.csv")
    page = list_jobs(principal, state=state or None, limit=_PAGE, after=after)
    if form == "json":
        return answer_json(Sheet(_COLUMNS, map(_write_job, page.rows), {"next": page.next}))
    context = {
        "jobs": [show_job(job) for job in page.rows],
        "state": state,
        "states": [
            {"name": name, "url": change_query(request.GET, {"state": value}), "current": value == state}
            for value, name in (("", "All"), *((each.value, each.label) for each in JobState))
        ],
        "is_live": any(not job.is_finished for job in page.rows) and not after,
        "here": request.get_full_path(),
        "next_url": next_page(request.GET, page.next),
        "first_url": change_query(request.GET, {}) if after else "",
    }
    return render_page(request, "pages/jobs.html", "pages/jobs_list.html", context)


@needs(Permission.READ)
def show_one(request: HttpRequest, principal: Principal, job_id: int) -> HttpResponse:
    job = _find_job(principal, job_id)
    after = request.GET.get("after") or None
    errors = list_errors(principal, job_id, limit=_PAGE, after=after)
    context = {
        "each": show_job(job),
        "job": job,
        "handling_text": describe_job_handling(principal, job),
        "errors": errors,
        "errors_text": f"Showing {len(errors.rows):,} of {errors.total:,}",
        "here": request.get_full_path(),
        "next_url": next_page(request.GET, errors.next),
        "first_url": f"/jobs/{job_id}" if after else "",
    }
    return render_page(request, "pages/job.html", "pages/job_body.html", context)


@needs(Permission.READ)
def download_errors(request: HttpRequest, principal: Principal, job_id: int, form: str) -> HttpResponseBase:
    _find_job(principal, job_id)
    sheet = Sheet(_ERROR_COLUMNS, map(_write_error, iterate_errors(principal, job_id)), {"job": job_id})
    return answer_json(sheet) if form == "json" else answer_csv(sheet, f"stack-job-{job_id}-errors.csv")


@needs(Permission.INGEST)
@require_POST
def cancel_job(request: HttpRequest, principal: Principal, job_id: int) -> HttpResponse:
    job = cancel(principal, job_id)
    said = "The job is cancelled." if job.is_finished else "The job will stop after the batch it is in."
    messages.info(request, said, extra_tags="info")
    return HttpResponseRedirect(f"/jobs/{job_id}")


@needs(Permission.INGEST)
@require_POST
def retry_job(request: HttpRequest, principal: Principal, job_id: int) -> HttpResponse:
    retry(principal, job_id)
    messages.info(request, "The job is queued again and goes on from where it stopped.", extra_tags="info")
    return HttpResponseRedirect(f"/jobs/{job_id}")


def _find_job(principal: Principal, job_id: int) -> JobRow:
    job = get_job(principal, job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id}, or it is not one that you may see.")
    return job


def _read_all(principal: Principal, state: str) -> Iterator[JobRow]:
    after = None
    while True:
        page = list_jobs(principal, state=state or None, limit=500, after=after)
        yield from page.rows
        after = page.next
        if after is None:
            return


def _write_job(job: JobRow) -> tuple[Any, ...]:
    times = [
        None if at is None else format_instant(at) for at in (job.created_at, job.started_at, job.finished_at)
    ]
    return (
        job.id,
        job.kind,
        job.state,
        show_job(job)["title"],
        job.total,
        job.done,
        *times,
        job.user,
        job.error,
    )


def _write_error(error: RecordError) -> tuple[Any, ...]:
    return (
        error.position,
        error.record,
        error.stix_id,
        error.path,
        error.rule,
        error.severity,
        error.message,
    )
