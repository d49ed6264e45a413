"""What commands ask for, wherever the answer comes from: the data folder here, or a server elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from stack.cli.backend.records import (
    AnswerView,
    ErrorView,
    JobView,
    SearchQuestion,
    SearchView,
    SourceView,
    UploadFile,
)

OnProgress = Callable[[JobView], None]

LOOKUP_BATCH = 1000
"""Values asked for at once: few enough that answers appear while input still comes."""


class Backend(Protocol):
    """Every method raises a `StackError` that says what failed."""

    def ingest(self, file: UploadFile, *, on_progress: OnProgress) -> JobView:
        """Take a file in and follow its job to the end."""

    def look_up(self, values: Sequence[str]) -> list[AnswerView]:
        """One answer per value, in order."""

    def search(self, question: SearchQuestion) -> SearchView: ...

    def list_jobs(self, *, state: str | None, kind: str | None, limit: int) -> list[JobView]:
        """Newest first."""

    def get_job(self, job_id: int) -> JobView: ...

    def cancel_job(self, job_id: int) -> JobView: ...

    def retry_job(self, job_id: int, *, on_progress: OnProgress) -> JobView:
        """Queue the job again and follow it to its end."""

    def iterate_errors(self, job_id: int) -> Iterator[ErrorView]: ...

    def list_sources(self) -> list[SourceView]: ...

    def remove_source(self, source: SourceView, *, on_progress: OnProgress) -> JobView:
        """Take back all that the source said, and follow that job to its end."""
