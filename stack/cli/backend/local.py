"""The data folder of this machine, as its administrator. Needs Django to be set up before it is imported.

Ingest, look-up and search are imported where they are used: together they cost a command 300 ms.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from django.conf import settings

from stack.accounts import queries as account_queries
from stack.cli.backend.base import OnProgress
from stack.cli.backend.records import (
    AnswerView,
    AttemptView,
    ErrorView,
    FacetView,
    HitView,
    JobView,
    KnownGoodView,
    ObjectView,
    SearchQuestion,
    SearchView,
    SourceView,
    UploadFile,
)
from stack.core.errors import BadInput, NotFound
from stack.jobs import operations as job_operations
from stack.jobs import queries as job_queries
from stack.jobs.records import JobRow
from stack.store import queries as store_queries
from stack.store.records import ObjectRow

if TYPE_CHECKING:
    from stack.ingest.base import CsvMapping

_CHUNK = 1_048_576
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LocalBackend:
    """Runs jobs in this process, unless a runner was faster; then it follows that one."""

    def __init__(self) -> None:
        self._principal = account_queries.local_principal()

    def ingest(self, file: UploadFile, *, on_progress: OnProgress) -> JobView:
        from stack.ingest.handling import HandlingDraft, read_handling
        from stack.ingest.operations import accept_file, accept_upload

        mapping = read_mapping(file.mapping)
        handling = read_handling(self._principal, HandlingDraft(**asdict(file.handling)))
        # Where Celery runs the jobs, a worker may read it that does not see the files of this machine.
        if file.path is None or settings.JOBS.runner == "celery":
            row = accept_upload(
                self._principal,
                chunks=read_chunks(file.path),
                filename=file.name,
                source=file.source,
                format=file.format,
                mapping=mapping,
                handling=handling,
            )
        else:
            row = accept_file(
                self._principal,
                path=Path(file.path),
                source=file.source,
                format=file.format,
                mapping=mapping,
                handling=handling,
            )
        return self._run(row, on_progress)

    def look_up(self, values: Sequence[str]) -> list[AnswerView]:
        from stack.search.lookup import look_up

        return [
            AnswerView(
                input=answer.input,
                value=answer.value,
                kind=answer.kind,
                known=answer.known,
                note=answer.note,
                objects=[view_object(row) for row in answer.objects],
                more=answer.more,
                networks=list(answer.networks),
                known_good=[
                    KnownGoodView(each.list_name, each.title, each.version, each.category, each.matched)
                    for each in answer.known_good
                ],
            )
            for answer in look_up(self._principal, values)
        ]

    def search(self, question: SearchQuestion) -> SearchView:
        from stack.search.indexer import ensure_fresh
        from stack.search.queries import search_objects

        is_fresh = ensure_fresh()
        page = search_objects(
            self._principal,
            query=question.query,
            types=question.types,
            filters=question.filters,
            sort=question.sort,
            limit=question.limit,
            after=question.after,
            facets=question.facets,
        )
        return SearchView(
            total=page.total,
            total_is_exact=page.total_is_exact,
            hits=[HitView(view_object(hit.row), hit.snippet) for hit in page.hits],
            facets={
                name: [FacetView(row.value, row.count, row.label) for row in rows]
                for name, rows in page.facets.items()
            },
            next=page.next,
            reading=page.reading,
            is_fresh=is_fresh,
        )

    def list_jobs(self, *, state: str | None, kind: str | None, limit: int) -> list[JobView]:
        page = job_queries.list_jobs(self._principal, state=state, kind=kind, limit=limit)
        return [_view_job(row) for row in page.rows]

    def get_job(self, job_id: int) -> JobView:
        row = job_queries.get_job(self._principal, job_id)
        if row is None:
            raise NotFound(f"There is no job {job_id}", remedy="“stack job list” shows the jobs.")
        return _view_job(row)

    def cancel_job(self, job_id: int) -> JobView:
        return _view_job(job_operations.cancel(self._principal, job_id))

    def retry_job(self, job_id: int, *, on_progress: OnProgress) -> JobView:
        return self._run(job_operations.retry(self._principal, job_id), on_progress)

    def iterate_errors(self, job_id: int) -> Iterator[ErrorView]:
        for error in job_queries.iterate_errors(self._principal, job_id):
            yield ErrorView(**msgspec.structs.asdict(error))

    def list_sources(self) -> list[SourceView]:
        return [
            SourceView(
                id=row.id,
                name=row.name,
                kind=row.kind,
                reliability=row.reliability,
                statements=row.statements,
                objects=row.objects,
                first_received=format_instant(row.first_received),
                last_received=format_instant(row.last_received),
            )
            for row in store_queries.list_sources(self._principal)
        ]

    def remove_source(self, source: SourceView, *, on_progress: OnProgress) -> JobView:
        from stack.store.removal import queue_removal

        row = queue_removal(self._principal, source_id=source.id, name=source.name)
        return self._run(row, on_progress)

    def _run(self, row: JobRow, on_progress: OnProgress) -> JobView:
        try:
            ended = job_operations.run_inline(row.id, lambda job: on_progress(_view_job(job)))
        except KeyboardInterrupt:
            # When a runner has the job, the interruption has only ended the watching of it.
            current = job_queries.get_job(self._principal, row.id)
            if current is not None and not current.is_finished:
                job_operations.cancel(self._principal, row.id)
            raise
        return _view_job(ended)


def read_chunks(path: str | None) -> Iterator[bytes]:
    """The bytes of a file, or of standard input."""
    if path is None:
        yield from iter(lambda: sys.stdin.buffer.read(_CHUNK), b"")
        return
    try:
        with Path(path).open("rb") as file:
            yield from iter(lambda: file.read(_CHUNK), b"")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}", remedy="Check the path.") from None


def read_mapping(text: str | None) -> "CsvMapping | None":
    """The CSV mapping of `--mapping`, which is JSON."""
    from stack.ingest.base import CsvMapping

    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=CsvMapping)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadInput(
            f"--mapping: {error}", remedy='Write it as JSON, for example {"value": "ioc"} (docs/cli.md).'
        ) from None


def format_instant(microseconds: int | None) -> str | None:
    return None if microseconds is None else _format(microseconds)


def _format(microseconds: int) -> str:
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.isoformat().replace("+00:00", "Z")


def read_instant(text: str) -> int:
    """An RFC 3339 time as microseconds since the epoch."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


def view_object(row: ObjectRow) -> ObjectView:
    return ObjectView(
        id=row.stix_id,
        type=row.type,
        name=row.name,
        created=format_instant(row.created),
        modified=format_instant(row.modified),
        revoked=row.revoked,
        confidence=row.confidence,
        score=row.score,
        tlp=row.tlp or None,
        sources=row.sources,
    )


def _view_job(row: JobRow) -> JobView:
    return JobView(
        id=row.id,
        kind=row.kind,
        state=str(row.state),
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
        created_at=_format(row.created_at),
        started_at=format_instant(row.started_at),
        finished_at=format_instant(row.finished_at),
        user=row.user,
        queue=row.queue,
        priority=row.priority,
        failed_attempts=[
            AttemptView(each.number, _format(each.at), each.worker, each.reason)
            for each in row.failed_attempts
        ],
    )
