"""Exports in other formats and outputs over REST."""

import json
from typing import Any

import pytest
from django.test import Client

from stack.accounts.models import User
from tests.integration.api.conftest import State, assert_problem, client_of
from tests.integration.sharing.outputs.conftest import make_ioc
from tests.integration.store.conftest import TLP_RED

pytestmark = pytest.mark.django_db
_DRAFT = {"title": "Proxies", "format": "list", "options": {"kind": "domain"}, "query": "*"}


def _read(response: Any) -> str:
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content).decode()


def test_every_format_is_exported_and_what_is_lost_is_told(api: Client, state: State) -> None:
    state(
        "feed",
        make_ioc("bad", confidence=90),
        make_ioc("unsure", confidence=10),
        make_ioc("old", revoked=True),
    )
    response = api.get("/api/v1/export?format=hosts&min_confidence=50&known_good=keep")
    assert "0.0.0.0 bad.example\n" in _read(response)
    assert response["Content-Type"] == "text/plain;charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="stack-export.hosts.txt"'
    report = api.get("/api/v1/export/losses?format=hosts&min_confidence=50&known_good=keep").json()
    assert (report["items"], report["entries"], report["cursor"]) == (3, 1, "")
    assert {row["why"] for row in report["left_out"]} == {"revoked", "with a confidence below 50"}
    assert {
        "type": "indicator",
        "property": "confidence",
        "why": "the format has no place for it",
        "count": 1,
    } in (report["losses"])
    names = {row["name"] for row in api.get("/api/v1/export/formats").json()["items"]}
    for name in sorted(names):
        _read_bytes(api.get(f"/api/v1/export?format={name}&known_good=keep"))


def _read_bytes(response: Any) -> bytes:
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def test_nothing_above_the_ceiling_leaves(api: Client, state: State) -> None:
    state("feed", make_ioc("open"), make_ioc("secret", object_marking_refs=[TLP_RED]))
    assert "secret" in _read(api.get("/api/v1/export?format=jsonl"))
    assert "secret" not in _read(api.get("/api/v1/export?format=jsonl&tlp_ceiling=amber"))


def test_known_good_values_are_left_out_of_what_blocks(api: Client, state: State) -> None:
    known = make_ioc("x", pattern="[domain-name:value IN ('google.com', 'bad.example')]")
    state("feed", known)
    blocked = _read(api.get("/api/v1/export?format=list&option=kind:domain"))
    assert "bad.example" in blocked
    assert "\ngoogle.com" not in blocked
    assert "left out: 1 known to be good by the list" in blocked
    assert "google.com" in _read(api.get("/api/v1/export?format=csv"))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("format=pdf", "format"),
        ("format=list&option=kind", "option[0]"),
        ("format=list&option=kind:names", "options.kind"),
        ("format=csv&since=x", "since"),
        ("q=a&collection=1", "collection"),
        ("min_confidence=101", "min_confidence"),
        ("known_good=maybe", "known_good"),
    ],
)
def test_a_wrong_request_is_told_by_its_field(api: Client, query: str, field: str) -> None:
    problem = assert_problem(api.get(f"/api/v1/export?{query}"), 422, "bad-input")
    assert problem["errors"][0]["field"] == field


def test_an_output_from_its_making_to_its_end(api: Client, administrator: User, state: State) -> None:
    made = api.post("/api/v1/outputs", json.dumps(_DRAFT), content_type="application/json")
    assert made.status_code == 201, made.content
    output = made.json()
    assert output["path"] == f"/outputs/{output['uid']}/list.txt"
    address = f"/api/v1/outputs/{output['id']}"
    changed = api.patch(
        address, json.dumps({"min_confidence": 80, "tlp_ceiling": "green"}), "application/json"
    )
    assert (changed.json()["min_confidence"], changed.json()["tlp_ceiling"]) == (80, "green")
    assert changed.json()["options"] == {"kind": "domain"}
    again = api.patch(address, json.dumps({"tlp_ceiling": None}), "application/json")
    assert again.json()["tlp_ceiling"] is None
    assert api.get("/api/v1/outputs").json()["items"] == [again.json()]
    refused = api.post(f"{address}/keys", json.dumps({"name": "x"}), content_type="application/json")
    assert_problem(refused, 403, "not-allowed")
    assert api.delete(address).status_code == 204
    assert_problem(api.get(address), 404, "not-found")


def test_an_output_needs_something_to_put_out(api: Client) -> None:
    for draft, field in (
        ({**_DRAFT, "query": ""}, "query"),
        ({**_DRAFT, "query": "(", "format": "list"}, None),
        ({**_DRAFT, "format": "pdf"}, "format"),
        ({**_DRAFT, "options": {"kind": "x"}}, "options.kind"),
        ({**_DRAFT, "title": " "}, "title"),
    ):
        response = api.post("/api/v1/outputs", json.dumps(draft), content_type="application/json")
        problem = assert_problem(response, 422, "bad-input")
        assert field is None or problem["errors"][0]["field"] == field


def test_who_may_not_share_makes_no_outputs(member: User) -> None:
    client = client_of(member)
    response = client.post("/api/v1/outputs", json.dumps(_DRAFT), content_type="application/json")
    assert_problem(response, 403, "not-allowed")
    assert client.get("/api/v1/outputs").json()["items"] == []
