"""What the queue says of itself, and what is counted of each attempt."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stack.accounts.models import Organisation
from stack.core import measures
from stack.core.clock import now_us
from stack.core.errors import BadInput
from stack.core.tracing import current_job
from stack.jobs import base
from stack.jobs.base import register_job
from stack.jobs.context import JobContext, RunnerStopping
from stack.jobs.measuring import QueueMeasure, measure_queues
from stack.jobs.models import Job, JobState
from stack.jobs.operations import enqueue
from stack.jobs.queues import Queue
from stack.jobs.work import Worker, serve_next
from tests.people import make_principal

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]
MINUTE_US = 60_000_000


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    measures.start_measuring(tmp_path, identify=lambda: "test")
    yield
    measures.stop_measuring()


def make_job(state: JobState, **columns: Any) -> Job:
    organisation, _ = Organisation.objects.get_or_create(name="Blue")
    return Job.objects.create(
        kind="ingest", state=state, organisation=organisation, **({"created_at": now_us()} | columns)
    )


def measure(queue: str) -> QueueMeasure:
    return next(each for each in measure_queues() if each.queue == queue)


def test_every_queue_is_there_when_nothing_waits() -> None:
    assert {each.queue for each in measure_queues()} == {queue.value for queue in Queue}
    assert measure("ingest") == QueueMeasure("ingest", 0, 0.0, 0, 0, 0)


def test_a_queue_says_what_waits_runs_and_failed() -> None:
    now = now_us()
    make_job(JobState.QUEUED, queue="ingest", created_at=now - 3 * MINUTE_US)
    make_job(JobState.QUEUED, queue="ingest", created_at=now - 9 * MINUTE_US, lease_until=now - MINUTE_US)
    make_job(JobState.QUEUED, queue="ingest", lease_until=now + MINUTE_US)
    make_job(JobState.RUNNING, queue="ingest", lease_until=now + MINUTE_US)
    make_job(JobState.RUNNING, queue="ingest", lease_until=now - 1)
    make_job(JobState.DEAD, queue="ingest")
    make_job(JobState.DONE, queue="ingest")
    make_job(JobState.QUEUED, queue="default")
    found = measure("ingest")
    assert (found.due, found.running, found.expired, found.dead) == (2, 2, 1, 1)
    # One that was put back with a pause is due since the pause ended.
    assert 179 < found.oldest_due_s < 190


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> str:
    # Loaded once in a process, so not into the copy that goes away.
    base.load_handlers()
    monkeypatch.setattr(base, "_jobs", dict(base._jobs))
    return "measured"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "done"),
        (BadInput("not that"), "failed"),
        (ValueError("unforeseen"), "retried"),
        (RunnerStopping(), "released"),
    ],
)
@pytest.mark.usefixtures("counted")
def test_an_attempt_is_counted_by_what_became_of_it(kind: str, error: Exception | None, outcome: str) -> None:
    seen = []

    @register_job(kind, queue=Queue.INTERACTIVE)
    def run(context: JobContext) -> None:
        seen.append(current_job())
        if error is not None:
            raise error

    blue = make_principal("ann", Organisation.objects.create(name="Blue"))
    job = enqueue(blue, kind=kind, arguments={})
    assert serve_next(Worker(), queues=(Queue.INTERACTIVE,))
    assert seen == [job.id]
    text = measures.render_measures([])[0].decode()
    labels = f'kind="measured",outcome="{outcome}",queue="interactive"'
    assert re.search(rf"stack_job_attempts_total\{{{labels}\}} 1\.0", text)
    assert 'stack_job_attempt_duration_seconds_count{kind="measured",queue="interactive"} 1.0' in text
