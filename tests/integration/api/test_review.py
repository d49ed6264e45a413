"""A review over REST: from the document's bytes to a report, and who is told when two change it."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client
from pytest_django import Settings

from stack.accounts.models import User
from stack.jobs.operations import run_inline
from tests.integration.api.conftest import assert_problem, client_of

pytestmark = pytest.mark.django_db
_TEXT = b"The loader calls hxxps://evil[.]example/gate.php and 198.51.100[.]7. Missed: c2.evil-host."


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, settings: Settings) -> None:
    settings.DATA = tmp_path


@pytest.fixture
def review(api: Client) -> str:
    """The address of a review that is read."""
    answer: Any = api.post(
        "/api/v1/reviews?filename=report.txt&source=Vendor&tlp=amber",
        _TEXT,
        content_type="application/octet-stream",
    )
    assert answer.status_code == 202, answer.content
    assert answer.json()["state"] == "reading"
    run_inline(answer.json()["job_id"])
    return str(answer["Location"])


def _send(client: Client, method: str, path: str, body: Any) -> Any:
    return client.generic(method, path, _encode(body), content_type="application/json")


def _encode(body: Any) -> bytes:
    return orjson.dumps(body)


def test_review_goes_from_bytes_to_a_report(api: Client, review: str) -> None:
    detail: Any = api.get(review).json()
    assert (detail["state"], detail["tlp"], detail["revision"]) == ("open", "amber", 1)
    finds: Any = api.get(f"{review}/finds").json()["items"]
    assert [find["value"] for find in finds] == ["https://evil.example/gate.php", "198.51.100.7"]
    part: Any = api.get(f"{review}/parts/1").json()
    assert part["text"] == _TEXT.decode()
    assert [part["text"][span["start"] : span["end"]] for span in part["spans"]][1] == "198.51.100[.]7"
    changed: Any = _send(
        api,
        "PATCH",
        review,
        {
            "revision": 1,
            "title": "A loader returns",
            "published_at": "2026-01-31T12:00:00Z",
            "subjects": [{"type": "malware", "name": "EvilLoader"}],
            "labels": ["loader"],
        },
    ).json()
    assert (changed["title"], changed["revision"]) == ("A loader returns", 2)
    start = part["text"].index("c2.evil-host")
    missed: Any = _send(
        api,
        "POST",
        f"{review}/finds",
        {"revision": 2, "part": 1, "start": start, "end": start + 12, "kind": "domain"},
    )
    assert missed.status_code == 201, missed.content
    decided: Any = _send(
        api,
        "POST",
        f"{review}/decisions",
        {
            "revision": 3,
            "decisions": [
                {"find_ids": [finds[0]["id"]], "decision": "accepted", "valid_until": "2030-01-01T00:00:00Z"},
                {"find_ids": [finds[1]["id"]], "decision": "rejected"},
            ],
        },
    ).json()
    assert decided["finds"] == {"open": 0, "accepted": 2, "rejected": 1, "set_aside": 0}
    committed: Any = _send(api, "POST", f"{review}/commit", {"revision": 4}).json()
    assert committed["counts"] == {"new": 10}
    report: Any = api.get(f"/api/v1/objects/{committed['report_id']}/raw").json()
    assert (report["name"], report["published"]) == ("A loader returns", "2026-01-31T12:00:00.000Z")
    indicators = [
        api.get(f"/api/v1/objects/{ref}/raw").json()
        for ref in report["object_refs"]
        if ref.startswith("indicator")
    ]
    assert {each.get("valid_until") for each in indicators} == {"2030-01-01T00:00:00.000Z", None}
    document: Any = api.get(f"{review}/document")
    assert document.getvalue() == _TEXT
    assert document["Content-Type"] == "application/octet-stream"
    assert document["Content-Disposition"].startswith("attachment")


def test_who_changes_an_older_revision_gets_409(api: Client, review: str) -> None:
    assert _send(api, "PATCH", review, {"revision": 1, "title": "First"}).status_code == 200
    answer = _send(api, "PATCH", review, {"revision": 1, "title": "Second"})
    assert_problem(answer, 409, "conflict")
    assert api.get(review).json()["title"] == "First"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("", {"title": "x"}, "revision"),
        ("", {"revision": 1, "published_at": 5}, "published_at"),
        ("", {"revision": 1, "url": "javascript:alert(1)"}, "url"),
        ("/decisions", {"revision": 1, "decisions": []}, "decisions"),
        ("/decisions/bulk", {"revision": 1, "decision": "open"}, "decision"),
        ("/finds", {"revision": 1, "part": 0, "start": 0, "end": 1}, "part"),
        ("/finds", {"revision": 1, "part": 1, "start": 5, "end": 2}, "start"),
    ],
)
def test_what_cannot_be_names_its_field(
    api: Client, review: str, path: str, body: dict[str, Any], field: str
) -> None:
    answer: Any = _send(api, "POST" if path else "PATCH", review + path, body)
    assert answer.status_code == 422, answer.content
    assert field in str(answer.json()["errors"])
    assert api.get(review).json()["revision"] == 1


def test_who_is_not_cleared_does_not_see_the_review(api: Client, review: str, member: User) -> None:
    other = client_of(member)
    assert other.get(review).status_code == 404
    assert other.get("/api/v1/reviews").json()["items"] == []
    assert api.get("/api/v1/reviews").json()["items"][0]["tlp"] == "amber"


def test_empty_document_is_refused(api: Client) -> None:
    answer: Any = api.post("/api/v1/reviews?filename=x", b"", content_type="application/octet-stream")
    assert_problem(answer, 422, "bad-input")
