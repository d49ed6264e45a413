"""`/jobs`: what runs, how far it is, what went wrong in it; cancel and retry."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import orjson
from django.http import HttpResponse, StreamingHttpResponse
from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.parameters import After, Limit, Name, RowId
from stack.api.rest.wire import instant
from stack.core.errors import NotFound
from stack.core.spreadsheets import defuse_cell
from stack.jobs import operations, queries
from stack.jobs.models import JobState
from stack.jobs.records import JobRow, RecordError

JOB_EXAMPLE: dict[str, Any] = {
    "id": 12,
    "kind": "ingest",
    "state": "running",
    "phase": "writing",
    "unit": "bytes",
    "done": 8_388_608,
    "total": 35_651_584,
    "percent": 23,
    "rate": 9_500_000.0,
    "eta": 2.9,
    "counts": {"total": 6000, "new": 5998, "known": 0, "updated": 0, "conflicting": 0, "rejected": 2},
    "result": {},
    "error": "",
    "attempts": 1,
    "cancel_requested": False,
    "created_at": "2026-11-23T09:30:00Z",
    "started_at": "2026-11-23T09:30:00.4Z",
    "finished_at": None,
    "user": "admin",
    "queue": "ingest",
    "priority": 0,
    "failed_attempts": [],
}
_ERROR_EXAMPLE: dict[str, Any] = {
    "position": 17,
    "record": "objects[17]",
    "stix_id": "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
    "path": "valid_from",
    "rule": "timestamp",
    "severity": "error",
    "message": "expected a timestamp such as 2026-01-31T12:00:00Z, got “yesterday”",
}
router = Router(tags=["jobs"])


class AttemptItem(BaseModel):
    """An attempt at a job that failed."""

    number: int
    at: datetime
    worker: str
    reason: str


class JobItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [JOB_EXAMPLE]})

    id: int
    kind: str
    state: JobState
    phase: str
    unit: str = Field(description="What `done`, `total` and `rate` count: bytes or objects")
    done: int
    total: int | None
    percent: int | None = Field(description="100 only when the job is done; null when the total is unknown")
    rate: float | None = Field(description="Units per second")
    eta: float | None = Field(description="Seconds left")
    counts: dict[str, int]
    result: dict[str, Any] = Field(description="What the job says at its end")
    error: str
    attempts: int
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    user: str
    queue: str
    priority: int = Field(description="Higher goes first")
    failed_attempts: list[AttemptItem] = Field(description="Oldest first; empty in lists")


class JobList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [JOB_EXAMPLE], "next": None}]})

    items: list[JobItem]
    next: str | None


class ErrorItem(BaseModel):
    """A fault of one record: which record, which field of it, and what was expected there."""

    position: int
    record: str
    stix_id: str
    path: str
    rule: str
    severity: str
    message: str


class ErrorList(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_ERROR_EXAMPLE], "total": 2, "next": None}]}
    )

    items: list[ErrorItem]
    total: int
    next: str | None


@router.get("/jobs", response=JobList, auth=Needs(Permission.READ))
def list_jobs(
    request: ApiRequest,
    state: JobState | None = None,
    kind: Name = None,
    limit: Limit = 50,
    after: After = None,
) -> JobList:
    """The jobs of your organisation, newest first."""
    page = queries.list_jobs(request.auth, state=state, kind=kind, limit=limit, after=after)
    return JobList(items=[job_item(row) for row in page.rows], next=page.next)


@router.get("/jobs/{job_id}", response=JobItem, auth=Needs(Permission.READ))
def get_job(request: ApiRequest, job_id: RowId) -> JobItem:
    """One job."""
    row = queries.get_job(request.auth, job_id)
    if row is None:
        raise NotFound(f"There is no job {job_id}")
    return job_item(row)


@router.get("/jobs/{job_id}/errors", response=ErrorList, auth=Needs(Permission.READ))
def list_job_errors(request: ApiRequest, job_id: RowId, limit: Limit = 100, after: After = None) -> ErrorList:
    """A page of the faults that a job met in its records."""
    page = queries.list_errors(request.auth, job_id, limit=limit, after=after)
    return ErrorList(items=[_error_item(row) for row in page.rows], total=page.total, next=page.next)


@router.get(
    "/jobs/{job_id}/errors/download",
    auth=Needs(Permission.READ),
    openapi_extra={
        "responses": {
            200: {
                "content": {
                    "application/x-ndjson": {"schema": {"type": "string"}, "example": '{"position":17}\n'},
                    "text/csv": {
                        "schema": {"type": "string"},
                        "example": "position,record\r\n17,objects[17]\r\n",
                    },
                }
            }
        }
    },
)
def download_job_errors(
    request: ApiRequest,
    job_id: RowId,
    form: Annotated[
        Literal["jsonl", "csv"], Query(alias="format", description="JSON lines or CSV")
    ] = "jsonl",
) -> StreamingHttpResponse:
    """All faults that were kept of a job, as a file."""
    errors = queries.iterate_errors(request.auth, job_id)
    lines = _write_csv(errors) if form == "csv" else _write_json_lines(errors)
    response = StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8" if form == "csv" else "application/x-ndjson"
    )
    response["Content-Disposition"] = f'attachment; filename="job-{job_id}-errors.{form}"'
    return response


@router.post("/jobs/{job_id}/cancel", response=JobItem, auth=Needs(Permission.INGEST))
def cancel_job(request: ApiRequest, job_id: RowId) -> JobItem:
    """Stops a job; what it has written stays. Jobs of others need the permission manage-jobs."""
    return job_item(operations.cancel(request.auth, job_id))


@router.post("/jobs/{job_id}/retry", response=JobItem, auth=Needs(Permission.INGEST))
def retry_job(request: ApiRequest, job_id: RowId) -> JobItem:
    """Queues a failed, dead or cancelled job again; it goes on from where it stopped."""
    return job_item(operations.retry(request.auth, job_id))


def job_item(row: JobRow) -> JobItem:
    """The job as the API shows it: its arguments stay inside, for they name files of the server."""
    return JobItem(
        id=row.id,
        kind=row.kind,
        state=row.state,
        phase=row.phase,
        unit=row.unit,
        done=row.done,
        total=row.total,
        percent=row.percent,
        rate=row.rate,
        eta=row.eta,
        counts=row.counts,
        result=row.result,
        error=row.error,
        attempts=row.attempts,
        cancel_requested=row.cancel_requested,
        created_at=instant(row.created_at),
        started_at=instant(row.started_at),
        finished_at=instant(row.finished_at),
        user=row.user,
        queue=row.queue,
        priority=row.priority,
        failed_attempts=[
            AttemptItem(number=each.number, at=instant(each.at), worker=each.worker, reason=each.reason)
            for each in row.failed_attempts
        ],
    )


def accept_job(row: JobRow, response: HttpResponse) -> JobItem:
    """The answer to a request that started a job: the job, and where to follow it."""
    response["Location"] = f"/api/v1/jobs/{row.id}"
    return job_item(row)


def _error_item(row: RecordError) -> ErrorItem:
    return ErrorItem(**msgspec.structs.asdict(row))


def _write_json_lines(errors: Iterable[RecordError]) -> Iterator[bytes]:
    for error in errors:
        yield orjson.dumps(msgspec.structs.asdict(error), option=orjson.OPT_APPEND_NEWLINE)


def _write_csv(errors: Iterable[RecordError]) -> Iterator[str]:
    line = _Line()
    writer = csv.writer(line)
    writer.writerow(ErrorItem.model_fields)
    yield line.text
    for error in errors:
        fields = msgspec.structs.asdict(error)
        writer.writerow([defuse_cell(fields[name]) for name in ErrorItem.model_fields])
        yield line.text


@dataclass(slots=True)
class _Line:
    """The file that `csv` writes to: it holds the last line."""

    text: str = ""

    def write(self, text: str) -> None:
        self.text = text
