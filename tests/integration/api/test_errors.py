"""Whatever goes wrong, the answer is a problem, never a page and never a traceback."""

import pytest
from django.test import Client, override_settings

from tests.integration.api.conftest import assert_problem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/objects", "/api/v1/jobs/"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_addresses(address: str, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert_problem(client.generic(method, address), 404, "not-found")


def test_a_name_that_stack_does_not_answer_to(api: Client) -> None:
    answer = api.get("/api/v1/version", headers={"Host": "evil.example"})
    assert_problem(answer, 400, "malformed")
    assert "STACK_ALLOWED_HOSTS" in answer.json()["remedy"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/api/v1/objects/nonsense", "such as malware--"),
        ("/api/v1/objects?type=_", "such as malware"),
        ("/api/v1/search?q=a%00b", "without the character NUL"),
    ],
)
def test_a_value_of_another_form_is_answered_with_an_example(api: Client, address: str, said: str) -> None:
    answer = api.get(address)
    assert_problem(answer, 422, "bad-input")
    assert said in answer.json()["detail"]
    assert "pattern" not in answer.json()["detail"]


def test_the_wrong_method_names_the_right_ones(api: Client) -> None:
    response = api.put("/api/v1/lookup")
    assert_problem(response, 405, "method-not-allowed")
    assert set(response["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize(
    ("body", "kind", "status", "problem"),
    [
        (b'{"values": [', "application/json", 400, "malformed"),
        (b'{"values": []}', "text/plain", 415, "unsupported-media-type"),
        (b"", "application/json", 422, "bad-input"),
        (b"[]", "application/json", 422, "bad-input"),
        (b'{"values": "x"}', "application/json", 422, "bad-input"),
        (b'{"values": [1]}', "application/json", 422, "bad-input"),
        (b'{"value": ["x"]}', "application/json", 422, "bad-input"),
    ],
)
def test_bodies_that_cannot_be_used(api: Client, body: bytes, kind: str, status: int, problem: str) -> None:
    assert_problem(api.generic("POST", "/api/v1/lookup", body, content_type=kind), status, problem)


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_json_body_above_the_limit_is_refused(api: Client) -> None:
    response = api.post("/api/v1/lookup", {"values": ["x" * 1000]}, content_type="application/json")
    assert_problem(response, 413, "too-large")


@override_settings(UPLOAD_LIMIT_BYTES=1_048_576)
def test_an_upload_above_the_limit_is_refused_before_it_is_read() -> None:
    response = Client().generic("POST", "/api/v1/ingest", b"", CONTENT_LENGTH="1048577")
    assert "STACK_UPLOAD_LIMIT_MB" in assert_problem(response, 413, "too-large")["remedy"]


def test_a_body_of_unknown_length_is_refused(api: Client) -> None:
    response = api.post("/api/v1/ingest", headers={"transfer-encoding": "chunked"})
    assert_problem(response, 411, "length-required")


def test_what_nobody_foresaw_tells_nothing(
    api: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr("stack.store.queries.list_sources", fail)
    body = assert_problem(api.get("/api/v1/sources"), 500, "unexpected")
    assert "swordfish" not in str(body)
    assert "swordfish" in caplog.text


def test_answers_stay_out_of_shared_caches(api: Client) -> None:
    assert api.get("/api/v1/version")["Cache-Control"] == "private, no-store"
