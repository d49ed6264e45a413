"""From an upload to the store: the API accepts, a job works it through, its faults can be downloaded."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from stack.accounts.models import User
from stack.accounts.principal import Principal
from stack.jobs.models import JobError
from stack.jobs.operations import run_inline
from stack.store import queries
from tests.integration.api.conftest import State, assert_problem, client_of
from tests.integration.store.conftest import make_object

pytestmark = pytest.mark.django_db
GOOD = make_object("tool", "wrench")
BAD = make_object("tool", "=broken", created="yesterday")
BUNDLE = json.dumps(
    {"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", "objects": [GOOD, BAD]}
).encode()


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, settings: Settings) -> None:
    settings.DATA = tmp_path


def _accepted(response: Any) -> dict[str, Any]:
    assert response.status_code == 202, response.content
    job: dict[str, Any] = response.json()
    assert response["Location"] == f"/api/v1/jobs/{job['id']}"
    assert (job["kind"], job["state"]) == ("ingest", "queued")
    return job


@pytest.mark.parametrize("body", [BUNDLE, gzip.compress(BUNDLE)], ids=["plain", "gzip"])
def test_the_bare_body_becomes_a_job_that_fills_the_store(
    api: Client, principal: Principal, body: bytes
) -> None:
    job = _accepted(
        api.post("/api/v1/ingest?filename=b.json&source=Partner", body, content_type="application/json")
    )
    run_inline(job["id"])
    ended = api.get(f"/api/v1/jobs/{job['id']}").json()
    assert (ended["state"], ended["percent"]) == ("done", 100)
    assert (ended["counts"]["new"], ended["counts"]["rejected"]) == (1, 1)
    assert "path" not in json.dumps(ended)
    assert queries.get_text(principal, GOOD["id"]) == json.dumps(GOOD).encode()
    [source] = api.get("/api/v1/sources").json()["items"]
    assert (source["name"], source["objects"]) == ("Partner", 1)


def test_a_form_takes_the_file_and_its_fields(api: Client) -> None:
    file = SimpleUploadedFile("values.csv", b"ioc,what\n203.0.113.7,bad\n")
    mapping = json.dumps({"value": "ioc", "description": "what"})
    job = _accepted(
        api.post("/api/v1/ingest", {"file": file, "format": "csv", "source": "S", "mapping": mapping})
    )
    result = run_inline(job["id"]).result
    assert (result["file"], result["source"], result["format"]) == ("values.csv", "S", "csv")


def test_faults_are_listed_and_downloaded(api: Client) -> None:
    job = _accepted(api.post("/api/v1/ingest", BUNDLE, content_type="application/octet-stream"))
    run_inline(job["id"])
    address = f"/api/v1/jobs/{job['id']}/errors"
    page = api.get(address).json()
    assert page["total"] == len(page["items"]) >= 1
    assert {(row["position"], row["stix_id"]) for row in page["items"]} == {(1, BAD["id"])}
    lines = b"".join(api.get(f"{address}/download").streaming_content).splitlines()  # type: ignore[attr-defined]
    assert [json.loads(line) for line in lines] == page["items"]
    JobError.objects.update(message="=cmd()")
    response = api.get(f"{address}/download?format=csv")
    assert response["Content-Disposition"] == f'attachment; filename="job-{job["id"]}-errors.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))  # type: ignore[attr-defined]
    assert {row["message"] for row in rows} == {"'=cmd()"}
    assert rows[0]["stix_id"] == BAD["id"]


@pytest.mark.parametrize(
    ("query", "body", "named"),
    [
        ("", b"", "body"),
        ("?format=nonsense", b"{}", ""),
        ("?mapping=%7B%22nothing%22:1%7D", b"a,b", "mapping"),
    ],
)
def test_what_cannot_be_taken_in_is_a_problem(api: Client, query: str, body: bytes, named: str) -> None:
    response = api.post(f"/api/v1/ingest{query}", body, content_type="application/octet-stream")
    problem = assert_problem(response, 422, "bad-input")
    assert not named or [error["field"] for error in problem["errors"]] == [named]


def test_a_form_without_a_file_or_without_an_end_is_a_problem(api: Client) -> None:
    assert_problem(api.post("/api/v1/ingest", {"source": "x"}), 422, "bad-input")
    broken = api.generic("POST", "/api/v1/ingest", b"x", content_type="multipart/form-data")
    assert_problem(broken, 400, "malformed")


def test_jobs_are_listed_cancelled_and_tried_again_by_who_may(api: Client, member: User) -> None:
    theirs, ours = (
        _accepted(client.post("/api/v1/ingest", BUNDLE, content_type="application/json"))["id"]
        for client in (client_of(member), api)
    )
    assert [
        job["id"] for job in api.get("/api/v1/jobs?state=queued&kind=ingest&limit=1").json()["items"]
    ] == [ours]
    assert_problem(client_of(member).post(f"/api/v1/jobs/{ours}/cancel"), 403, "not-allowed")
    assert client_of(member).post(f"/api/v1/jobs/{theirs}/cancel").json()["state"] == "cancelled"
    assert_problem(api.post(f"/api/v1/jobs/{theirs}/cancel"), 409, "conflict")
    assert api.post(f"/api/v1/jobs/{theirs}/retry").json()["state"] == "queued"
    assert_problem(api.get("/api/v1/jobs/999999"), 404, "not-found")
    assert_problem(api.get("/api/v1/jobs/999999/errors/download"), 404, "not-found")
    assert_problem(api.get(f"/api/v1/jobs/{2**63}"), 422, "bad-input")


def test_a_source_is_taken_back_as_a_job(api: Client, member: User, state: State) -> None:
    state("feed", GOOD)
    [source] = api.get("/api/v1/sources").json()["items"]
    address = f"/api/v1/sources/{source['id']}"
    assert_problem(client_of(member).delete(address), 403, "not-allowed")
    response = api.delete(address)
    assert response.status_code == 202
    run_inline(response.json()["id"])
    assert api.get("/api/v1/sources").json()["items"] == []
    assert_problem(api.get(f"/api/v1/objects/{GOOD['id']}"), 404, "not-found")
    assert_problem(api.delete(address), 404, "not-found")
