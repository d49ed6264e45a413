"""Who may see what comes in, over the REST API: stated with an ingest, decided anew, shown, and noted."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from stack.accounts.models import Organisation, SharingGroup, User
from stack.accounts.roles import Role
from stack.audit.models import AuditEntry
from stack.jobs.operations import run_inline
from stack.stix.markings import TLP_20_IDS
from tests.integration.api.conftest import State, assert_problem, client_of
from tests.integration.store.conftest import make_object
from tests.people import make_member

pytestmark = pytest.mark.django_db
TOOL: dict[str, Any] = make_object("tool", "wrench")
URL = f"/api/v1/objects/{TOOL['id']}"
STATEMENT: dict[str, Any] = {
    "type": "marking-definition",
    "spec_version": "2.1",
    "id": "marking-definition--8b1f9a3e-53c5-4a0b-8ed7-0d0b7ea1ff24",
    "created": "2024-01-01T00:00:00.000Z",
    "name": "For members",
    "definition_type": "statement",
    "definition": {"statement": "For members only"},
}
BUNDLE = json.dumps(
    {"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", "objects": [TOOL]}
).encode()


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, settings: Settings) -> None:
    settings.DATA = tmp_path


@pytest.fixture
def north(administrator: User) -> Organisation:
    return Organisation.objects.create(name="Northern CERT")


@pytest.fixture
def stranger(north: Organisation) -> User:
    return make_member("nora", north, role=Role.CURATOR)


def _ingest(api: Client, query: str = "", **form: Any) -> None:
    response = api.post(f"/api/v1/ingest?{query}", BUNDLE, content_type="application/json")
    assert response.status_code == 202, response.content
    assert run_inline(response.json()["id"]).state == "done"


def _put(api: Client, **body: Any) -> Any:
    return api.put(f"{URL}/handling", json.dumps(body), content_type="application/json")


def test_without_a_word_the_own_organisation_alone_sees_it(api: Client, stranger: User) -> None:
    _ingest(api)
    access = api.get(f"{URL}/access").json()
    assert (access["is_own"], access["everyone"], access["organisations"], access["markings"]) == (
        True, False, [], [],
    )  # fmt: skip
    assert access["words"].startswith("Only ")
    assert_problem(client_of(stranger).get(URL), 404, "not-found")
    assert_problem(client_of(stranger).get(f"{URL}/access"), 404, "not-found")


def test_an_ingest_says_who_may_see_it(api: Client, stranger: User) -> None:
    _ingest(api, "tlp=amber&share_with=org:Northern%20CERT")
    assert client_of(stranger).get(URL).json()["tlp"] == "amber"
    access = api.get(f"{URL}/access").json()
    assert [row["tlp"] for row in access["markings"]] == ["amber"]
    assert access["organisations"] == ["Northern CERT"]
    theirs = client_of(stranger).get(f"{URL}/access").json()
    assert (theirs["is_own"], theirs["organisations"]) == (False, [])


def test_a_form_carries_the_same_fields(api: Client, stranger: User) -> None:
    file = SimpleUploadedFile("b.json", BUNDLE)
    response = api.post("/api/v1/ingest", {"file": file, "tlp": "red", "share_with": ["everyone"]})
    assert run_inline(response.json()["id"]).state == "done"
    access = api.get(f"{URL}/access").json()
    assert (access["everyone"], access["markings"][0]["tlp"]) == (True, "red")
    assert client_of(stranger).get(URL).status_code == 200


def test_an_embargo_holds_the_others_off(api: Client, stranger: User) -> None:
    _ingest(api, "share_with=everyone&embargo_until=2999-01-31T09:00:00Z")
    assert_problem(client_of(stranger).get(URL), 404, "not-found")
    assert api.get(f"{URL}/access").json()["embargo_until"] == "2999-01-31T09:00:00Z"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("tlp=purple", "tlp"),
        ("share_with=Northern", "share_with"),
        ("share_with=org:Nobody", "share_with"),
        ("share_with=group:Others", "share_with"),
        ("markings=marking-definition--00000000-0000-4000-8000-000000000000", "markings"),
        ("markings=red", "markings"),
        ("embargo_until=2001-01-01T00:00:00Z", "embargo_until"),
        ("embargo_until=tomorrow", "embargo_until"),
    ],
)
def test_a_handling_that_cannot_be_names_its_field(
    api: Client, north: Organisation, query: str, field: str
) -> None:
    SharingGroup.objects.create(name="Others").organisations.add(north)
    response = api.post(f"/api/v1/ingest?{query}", BUNDLE, content_type="application/json")
    assert [fault["field"] for fault in assert_problem(response, 422, "bad-input")["errors"]] == [field]
    assert api.get("/api/v1/jobs").json()["items"] == []


def test_marking_anew_holds_at_once_both_ways(
    api: Client, administrator: User, stranger: User, state: State
) -> None:
    state("feed", TOOL, STATEMENT)
    group = SharingGroup.objects.create(name="Energy")
    group.organisations.set([administrator.organisation, stranger.organisation])
    other = client_of(stranger)
    assert other.get(URL).status_code == 404
    answer = _put(api, tlp="green", share_with=["group:Energy"], markings=[STATEMENT["id"]])
    assert answer.status_code == 200, answer.content
    assert {row["name"] for row in answer.json()["markings"]} == {"TLP:GREEN", "For members"}
    assert answer.json()["groups"] == ["Energy"]
    assert other.get(URL).status_code == 200
    assert _put(api).json()["markings"] == []
    assert other.get(URL).status_code == 404
    acts = AuditEntry.objects.filter(name="object.mark", object_id=TOOL["id"])
    assert acts.count() == 2


def test_only_who_may_mark_marks_and_only_what_is_their_own(
    api: Client, member: User, stranger: User, state: State
) -> None:
    state("feed", TOOL)
    assert_problem(_put(client_of(member), tlp="red"), 403, "not-allowed")
    absent = _put(client_of(stranger), tlp="green")
    assert_problem(absent, 404, "not-found")
    _put(api, share_with=["everyone"])
    assert_problem(_put(client_of(stranger), tlp="green"), 404, "not-found")
    assert_problem(_put(api, tlp="green", organisation_ids=[1]), 422, "bad-input")


def test_markings_that_can_be_chosen_are_listed(api: Client, stranger: User, state: State) -> None:
    state("feed", STATEMENT)
    ours = {row["id"]: row for row in api.get("/api/v1/markings").json()["items"]}
    assert set(TLP_20_IDS.values()) < set(ours)
    assert ours[STATEMENT["id"]]["name"] == "For members"
    theirs = {row["id"] for row in client_of(stranger).get("/api/v1/markings").json()["items"]}
    assert STATEMENT["id"] not in theirs


def _note(api: Client, content: str, **body: Any) -> Any:
    return api.post(f"{URL}/notes", json.dumps({"content": content} | body), content_type="application/json")


def test_a_note_inherits_what_its_object_is_marked(api: Client, state: State, stranger: User) -> None:
    state("feed", TOOL | {"object_marking_refs": [TLP_20_IDS["amber"]]})
    _put(api, share_with=["everyone"])
    made = _note(api, "Seen at a customer", abstract="Seen")
    assert made.status_code == 201, made.content
    assert made.json()["tlp"] == "amber"
    assert_problem(client_of(stranger).get(f"/api/v1/objects/{made.json()['id']}"), 404, "not-found")
    assert _note(api, "For all", share_with=["everyone"], tlp="clear").json()["tlp"] == "amber"
    mine = api.get(f"{URL}/notes").json()["items"]
    assert [row["content"] for row in mine] == ["Seen at a customer", "For all"]
    assert {row["author"] for row in mine} == {api.get(f"{URL}/access").json()["owner"]}
    theirs = client_of(stranger).get(f"{URL}/notes").json()["items"]
    assert [(row["content"], row["author"]) for row in theirs] == [("For all", "")]
    assert AuditEntry.objects.filter(name="note.create").count() == 2


def test_a_note_is_never_wider_than_its_object(api: Client, state: State, stranger: User) -> None:
    state("feed", TOOL)
    made = _note(api, "Shared too far", share_with=["everyone", "org:Northern CERT"]).json()
    access = api.get(f"/api/v1/objects/{made['id']}/access").json()
    assert (access["everyone"], access["organisations"]) == (False, [])
    assert_problem(client_of(stranger).get(f"/api/v1/objects/{made['id']}"), 404, "not-found")


def test_a_note_about_nothing_to_be_seen_is_refused_as_about_nothing(
    api: Client, stranger: User, state: State
) -> None:
    state("feed", TOOL)
    hidden = assert_problem(_note(client_of(stranger), "x"), 404, "not-found")
    absent = client_of(stranger).post(
        f"/api/v1/objects/{TOOL['id'][:-1]}0/notes", '{"content": "x"}', content_type="application/json"
    )
    assert hidden["detail"].replace(TOOL["id"], "") == absent.json()["detail"].replace(
        TOOL["id"][:-1] + "0", ""
    )
    assert_problem(_note(api, "  "), 422, "bad-input")
