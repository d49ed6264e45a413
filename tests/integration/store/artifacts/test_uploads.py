"""An upload from REST to the store, with its bytes in a folder or in a bucket in between."""

import io
import json
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from stack.accounts.models import Organisation
from stack.accounts.operations import create_key
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.ingest import pace
from stack.ingest.operations import IngestArguments, accept_upload
from stack.jobs.execution import run_leased
from stack.jobs.models import Job, JobState
from stack.jobs.operations import enqueue, retry, run_inline
from stack.jobs.queries import get_job
from stack.jobs.records import JobRow
from stack.jobs.turns import lease_job
from stack.store.artifacts.models import Artifact
from stack.store.artifacts.queries import open_artifact
from stack.store.queries.objects import count_by_type
from tests.integration.ingest.samples import make_bundle, make_tool
from tests.integration.ingest.test_resume import interrupt
from tests.integration.store.artifacts.conftest import exchange, list_kept, sealed_bytes
from tests.people import make_principal
from tests.service_fixtures import OwnService

pytestmark = pytest.mark.django_db(databases="__all__")
BUNDLE = make_bundle(*[make_tool(n) for n in range(29)], make_tool(29, name=17))


@pytest.fixture
def api(principal: Principal) -> Client:
    key = create_key(principal, name="test").key
    return Client(raise_request_exception=False, headers={"authorization": f"Bearer {key}"})


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_SMALLEST", 5)
    monkeypatch.setattr(pace, "_LARGEST", 5)
    monkeypatch.setattr(pace.Pace, "FIRST_BATCH", 5)


def upload(principal: Principal, data: bytes = BUNDLE) -> JobRow:
    return accept_upload(principal, chunks=[data], filename="tools.json", source="feed")


@pytest.mark.parametrize("way", ["multipart/form-data", "application/octet-stream"])
def test_what_rest_takes_in_is_in_the_store_and_gone_from_the_storage(
    principal: Principal, storage: str, api: Client, way: str
) -> None:
    if way == "multipart/form-data":
        response = api.post("/api/v1/ingest", {"file": io.BytesIO(BUNDLE)})
    else:
        response = api.post("/api/v1/ingest?filename=tools.json", BUNDLE, content_type=way)
    assert response.status_code == 202, response.content
    row = Artifact.objects.get()
    assert (row.job_id, row.size) == (response.json()["id"], len(BUNDLE))
    assert row.organisation_id == principal.organisation_id
    with open_artifact(row.name) as file:
        assert file.read() == BUNDLE
    ended = run_inline(response.json()["id"])
    assert (ended.state, ended.result["new"], ended.result["rejected"]) == (JobState.DONE, 29, 1)
    assert count_by_type(principal) == {"tool": 29}
    assert list_kept() == set()
    assert not Artifact.objects.exists()


def test_an_ingest_that_was_killed_goes_on_from_its_checkpoint(
    principal: Principal, storage: str, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = upload(principal)
    interrupt(job, monkeypatch, in_batch=4)
    stopped = get_job(principal, job.id)
    assert stopped is not None
    assert stopped.counts["total"] == 15
    assert len(list_kept()) == 1
    ended = run_inline(job.id)
    assert (ended.result["total"], ended.result["new"], ended.result["known"]) == (30, 29, 0)
    assert list_kept() == set()


def test_a_storage_that_is_away_puts_the_job_back_and_nothing_is_lost(
    principal: Principal, own_s3: OwnService
) -> None:
    job = upload(principal)
    own_s3.kill()
    leased = lease_job(job.id, "worker")
    assert leased is not None
    run_leased(*leased)
    waiting = get_job(principal, job.id)
    assert waiting is not None
    assert waiting.state == JobState.QUEUED
    own_s3.start()
    Job.objects.filter(pk=job.id).update(lease_until=0)
    assert run_inline(job.id).result["new"] == 29


def test_a_storage_that_is_away_when_the_upload_is_done_with_is_no_reason_to_fail(
    principal: Principal, own_s3: OwnService, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = upload(principal)
    finish = Job.objects.all().__class__.update

    def kill_at_the_end(rows: object, **columns: object) -> int:
        if columns.get("state") == JobState.DONE:
            own_s3.kill()
        return finish(rows, **columns)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Job.objects.all().__class__, "update", kill_at_the_end)
        ended = run_inline(job.id)
    assert (ended.state, ended.error) == (JobState.DONE, "")
    assert Artifact.objects.get().job_id is None, "the sweep may have it"


def test_rest_says_that_files_cannot_be_kept_now(
    principal: Principal, own_s3: OwnService, api: Client
) -> None:
    own_s3.kill()
    response = api.post("/api/v1/ingest", BUNDLE, content_type="application/octet-stream")
    assert response.status_code == 503
    assert "storage of files" in response.json()["detail"]
    assert not Job.objects.exists()


def test_an_upload_that_was_altered_fails_its_job_and_is_kept(principal: Principal, storage: str) -> None:
    job = upload(principal)
    [name] = list_kept()
    sealed = sealed_bytes(name)
    exchange(name, sealed[:-1] + bytes((sealed[-1] ^ 1,)))
    failed = run_inline(job.id)
    assert (failed.state, list_kept()) == (JobState.FAILED, {name})
    assert "altered" in failed.error
    exchange(name, sealed)
    retry(principal, job.id)
    assert run_inline(job.id).result["new"] == 29


def test_what_is_no_input_is_not_kept_and_a_retry_says_so(principal: Principal, storage: str) -> None:
    job = upload(principal, b"<html>")
    assert run_inline(job.id).state == JobState.FAILED
    assert list_kept() == set()
    retry(principal, job.id)
    again = run_inline(job.id)
    assert "The upload tools.json is not kept any more" in again.error


def test_a_job_that_was_queued_before_uploads_were_sealed_still_runs(
    principal: Principal, settings: Settings, tmp_path: Path
) -> None:
    settings.DATA = tmp_path
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "0123-ab").write_bytes(BUNDLE)
    arguments = {
        "file": "tools.json",
        "source": "feed",
        "received": "2026-01-01T00:00:00.000Z",
        "upload": "0123-ab",
        "path": "",
        "format": None,
        "mapping": None,
    }
    job = enqueue(principal, kind="ingest", arguments=arguments, unit="bytes")
    assert run_inline(job.id).result["new"] == 29
    assert list((tmp_path / "uploads").iterdir()) == []
    assert "artifact" in IngestArguments.__struct_fields__


def test_another_organisation_has_its_own_files(principal: Principal, storage: str) -> None:
    other = make_principal("eve", Organisation.objects.create(name="Others"), role=Role.PLATFORM_ADMIN)
    jobs = [upload(principal), upload(other)]
    owners = {row.organisation_id: row.job_id for row in Artifact.objects.all()}
    assert owners == {
        principal.organisation_id: jobs[0].id,
        other.organisation_id: jobs[1].id,
    }
    assert run_inline(jobs[0].id).result["new"] == 29
    assert len(list_kept()) == 1
    assert json.loads(json.dumps(jobs[1].arguments))["artifact"] in list_kept()
