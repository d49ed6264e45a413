"""A job that is interrupted goes on behind its last batch: nothing is lost, doubled or counted twice."""

from pathlib import Path

import pytest

from stack.accounts.principal import Principal
from stack.ingest import pace, pipeline
from stack.ingest.operations import accept_file
from stack.jobs import operations
from stack.jobs.execution import run_leased
from stack.jobs.models import JobState
from stack.jobs.operations import cancel, retry, run_inline
from stack.jobs.queries import get_job, list_errors
from stack.jobs.records import JobRow
from stack.jobs.turns import lease_job
from stack.store.queries.objects import count_by_type
from stack.store.queries.versions import list_versions
from tests.integration.ingest.conftest import Ingest
from tests.integration.ingest.samples import make_bundle, make_tool

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def job(principal: Principal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobRow:
    """Thirty objects, the last a bad one, in batches of five."""
    monkeypatch.setattr(pace, "_SMALLEST", 5)
    monkeypatch.setattr(pace, "_LARGEST", 5)
    monkeypatch.setattr(pace.Pace, "FIRST_BATCH", 5)
    path = tmp_path / "tools.json"
    path.write_bytes(make_bundle(*[make_tool(n) for n in range(29)], make_tool(29, name=17)))
    return accept_file(principal, path=path, source="feed")


def interrupt(job: JobRow, monkeypatch: pytest.MonkeyPatch, *, in_batch: int) -> None:
    """Runs the job until the transaction of a batch breaks, as when the machine stops."""
    batches = 0
    record_faults = pipeline.Pipeline._record_faults

    def break_off(*arguments: object) -> None:
        nonlocal batches
        batches += 1
        record_faults(*arguments)  # type: ignore[arg-type]  # whatever it takes
        if batches == in_batch:
            raise SystemExit

    leased = lease_job(job.id, "doomed", duration_us=-1)
    assert leased is not None
    with monkeypatch.context() as patch:
        patch.setattr(pipeline.Pipeline, "_record_faults", break_off)
        with pytest.raises(SystemExit):
            run_leased(*leased)


def test_a_killed_ingest_goes_on_and_counts_everything_once(
    job: JobRow, principal: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(job, monkeypatch, in_batch=4)
    stopped = get_job(principal, job.id)
    assert stopped is not None
    assert stopped.counts["total"] == 15, "what the broken batch wrote went with it"
    ended = run_inline(job.id)
    assert ended.attempts == 2
    assert (ended.result["total"], ended.result["new"], ended.result["rejected"]) == (30, 29, 1)
    assert count_by_type(principal) == {"tool": 29}
    assert [version.times_received for version in list_versions(principal, make_tool(3)["id"])] == [1]
    assert len(list_errors(principal, job.id).rows) == 1


def test_an_input_that_changed_between_two_attempts_is_read_from_its_start(
    job: JobRow, principal: Principal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    interrupt(job, monkeypatch, in_batch=4)
    (tmp_path / "tools.json").write_bytes(make_bundle(*[make_tool(n) for n in range(12)]))
    ended = run_inline(job.id)
    assert (ended.result["total"], ended.result["known"]) == (12, 12)


def test_a_cancelled_ingest_keeps_what_is_in_and_a_retry_goes_on(
    job: JobRow, principal: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_SHOW_EVERY_S", 0)

    def stop_after_two_batches(row: JobRow) -> None:
        if row.counts.get("total", 0) >= 10 and not row.cancel_requested:
            cancel(principal, job.id)

    stopped = run_inline(job.id, on_progress=stop_after_two_batches)
    assert stopped.state == JobState.CANCELLED
    assert 10 <= stopped.counts["total"] < 30
    assert count_by_type(principal)["tool"] == stopped.counts["total"]
    retry(principal, job.id)
    ended = run_inline(job.id)
    assert (ended.result["total"], ended.result["new"]) == (30, 29)


def test_a_file_that_went_away_fails_with_its_name(ingest: Ingest, job: JobRow, tmp_path: Path) -> None:
    (tmp_path / "tools.json").unlink()
    ended = run_inline(job.id)
    assert ended.state == JobState.FAILED
    assert "tools.json" in ended.error
