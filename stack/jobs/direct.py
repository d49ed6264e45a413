"""Work that a request does itself, in one transaction, and that is a job all the same: one that is done."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from stack.accounts.principal import Principal
from stack.core.clock import now_us
from stack.jobs.base import find_job
from stack.jobs.context import fit_columns
from stack.jobs.models import Job, JobError, JobState
from stack.jobs.records import ERRORS_KEPT, RecordError


class DirectWork:
    """Keeps what the handler says until `write_down`. It is done whole, or not at all."""

    is_watched = False

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.checkpoint: Mapping[str, Any] = {}
        self.counts: Mapping[str, int] = {}
        self._began_at = now_us()
        self._said: dict[str, Any] = {}
        self._errors: list[RecordError] = []

    def report(
        self,
        *,
        phase: str | None = None,
        done: int | None = None,
        total: int | None = None,
        unit: str | None = None,
        counts: Mapping[str, int] | None = None,
        checkpoint: Mapping[str, Any] | None = None,
        durable: bool = False,
    ) -> None:
        said = {"phase": phase, "done": done, "total": total, "unit": unit}
        self._said |= {name: value for name, value in said.items() if value is not None}
        self.counts = self.counts if counts is None else counts

    def show_progress(self) -> None:
        """Who waits for the answer sees nothing before it."""

    def add_errors(self, errors: Iterable[RecordError]) -> int:
        before = len(self._errors)
        self._errors += islice(errors, ERRORS_KEPT - before)
        return len(self._errors) - before

    @property
    def seconds(self) -> float:
        return (now_us() - self._began_at) / 1_000_000

    def write_down(self, *, kind: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> int:
        """The job of that kind, done, with its faults, in the caller's transaction; returns its number."""
        job = Job.objects.create(
            kind=kind,
            queue=find_job(kind).queue,
            state=JobState.DONE,
            arguments=dict(arguments),
            counts=dict(self.counts),
            result=dict(result),
            attempts=1,
            created_at=self._began_at,
            started_at=self._began_at,
            finished_at=now_us(),
            organisation_id=self.principal.organisation_id,
            user_id=self.principal.user_id,
            **self._said,
        )
        if self._errors:
            JobError.objects.bulk_create(
                [JobError(job_id=job.pk, **fit_columns(error)) for error in self._errors]
            )
        return job.pk
