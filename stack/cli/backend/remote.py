"""A server elsewhere, asked through its REST API with the key in `STACK_TOKEN`."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from stack.cli.backend.base import OnProgress
from stack.cli.backend.http import Client, Upload
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
from stack.core.errors import BadInput

_SPOOL_BYTES = 8_388_608
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
_PAGE = 1000


class RemoteBackend:
    """The same answers as `LocalBackend`, from what the server's principal may see."""

    def __init__(self, address: str, token: str) -> None:
        self._client = Client(address, token)

    def ingest(self, file: UploadFile, *, on_progress: OnProgress) -> JobView:
        query = {
            "filename": file.name,
            "source": file.source,
            "format": file.format,
            "mapping": file.mapping,
            "tlp": file.handling.tlp,
            "markings": file.handling.markings,
            "share_with": file.handling.share_with,
            "embargo_until": file.handling.embargo_until,
        }
        with open_input(file) as (stream, size):

            def show(sent: int) -> None:
                on_progress(_describe_sending(sent, size))

            job = _view_job(self._client.upload("/ingest", Upload(stream, size, show), query))
        return self._follow(job, on_progress)

    def look_up(self, values: Sequence[str]) -> list[AnswerView]:
        body = self._client.post("/lookup", {"values": list(values)})
        return [
            AnswerView(
                **row
                | {
                    "objects": [ObjectView(**found) for found in row["objects"]],
                    "known_good": [KnownGoodView(**held) for held in row.get("known_good", ())],
                }
            )
            for row in body["answers"]
        ]

    def search(self, question: SearchQuestion) -> SearchView:
        page = self._client.get(
            "/search",
            {
                "q": question.query,
                "type": question.types,
                "facet": question.facets,
                "filter": [
                    f"{name}:{value}" for name, values in question.filters.items() for value in values
                ],
                "sort": question.sort,
                "limit": question.limit,
                "after": question.after,
            },
        )
        return SearchView(
            total=page["total"],
            total_is_exact=page["total_is_exact"],
            hits=[HitView(ObjectView(**hit["object"]), hit["snippet"]) for hit in page["hits"]],
            facets={name: [FacetView(**row) for row in rows] for name, rows in page["facets"].items()},
            next=page["next"],
            reading=page["reading"],
        )

    def list_jobs(self, *, state: str | None, kind: str | None, limit: int) -> list[JobView]:
        page = self._client.get("/jobs", {"state": state, "kind": kind, "limit": min(limit, _PAGE)})
        return [_view_job(row) for row in page["items"]]

    def get_job(self, job_id: int) -> JobView:
        return _view_job(self._client.get(f"/jobs/{job_id}"))

    def cancel_job(self, job_id: int) -> JobView:
        return _view_job(self._client.post(f"/jobs/{job_id}/cancel"))

    def retry_job(self, job_id: int, *, on_progress: OnProgress) -> JobView:
        return self._follow(_view_job(self._client.post(f"/jobs/{job_id}/retry")), on_progress)

    def iterate_errors(self, job_id: int) -> Iterator[ErrorView]:
        after: str | None = None
        while True:
            page = self._client.get(f"/jobs/{job_id}/errors", {"limit": _PAGE, "after": after})
            yield from (ErrorView(**row) for row in page["items"])
            after = page["next"]
            if after is None:
                return

    def list_sources(self) -> list[SourceView]:
        return [SourceView(**row) for row in self._client.get("/sources")["items"]]

    def remove_source(self, source: SourceView, *, on_progress: OnProgress) -> JobView:
        return self._follow(_view_job(self._client.delete(f"/sources/{source.id}")), on_progress)

    def _follow(self, job: JobView, on_progress: OnProgress) -> JobView:
        """Poll until the job has ended; an interruption asks the server to cancel it."""
        pause = _FIRST_PAUSE
        try:
            while not job.is_finished:
                on_progress(job)
                time.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 1.5)
                job = self.get_job(job.id)
        except KeyboardInterrupt:
            self.cancel_job(job.id)
            raise
        return job


@contextmanager
def open_input(file: UploadFile) -> Iterator[tuple[IO[bytes], int]]:
    """The file and its size; standard input is kept aside first, because its length is told beforehand."""
    if file.path is not None:
        try:
            stream = open(file.path, "rb")  # noqa: PTH123, SIM115 - closed below
        except OSError as error:
            raise BadInput(f"{file.path}: {error.strerror}", remedy="Check the path.") from None
        with stream:
            yield stream, os.fstat(stream.fileno()).st_size
        return
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        while piece := sys.stdin.buffer.read(1_048_576):
            spool.write(piece)
        size = spool.tell()
        spool.seek(0)
        yield spool, size


def _describe_sending(sent: int, size: int) -> JobView:
    """The upload as a job that is not one yet, so that progress looks the same."""
    percent = min(99, sent * 100 // size) if size else None
    return JobView(
        id=0, kind="ingest", state="running", phase="sending", unit="bytes", done=sent, total=size,
        percent=percent, rate=None, eta=None, counts={}, result={}, error="", attempts=0,
        cancel_requested=False, created_at="", started_at=None, finished_at=None, user="",
    )  # fmt: skip


def _view_job(row: dict[str, Any]) -> JobView:
    attempts = [AttemptView(**each) for each in row.get("failed_attempts", ())]
    return JobView(**row | {"failed_attempts": attempts})
