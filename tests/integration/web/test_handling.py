"""Marking and sharing on the pages: picker, header of an object, marking anew, notes, restricted reads."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from stack.accounts.models import Organisation, RestrictedMarking, SharingGroup, User
from stack.accounts.queries import principal_of_user
from stack.accounts.roles import Role
from stack.audit.models import AuditEntry
from stack.jobs.operations import run_inline
from stack.stix.markings import TLP_20_IDS, TlpLevel
from stack.store.queries import get_object
from tests.e2e import bundles
from tests.integration.store.conftest import make_object
from tests.people import make_member

pytestmark = pytest.mark.django_db
TOOL: dict[str, Any] = make_object("tool", "wrench")
PAGE = "/o/" + TOOL["id"].replace("--", "/")
STATEMENT: dict[str, Any] = {
    "type": "marking-definition",
    "spec_version": "2.1",
    "id": "marking-definition--8b1f9a3e-53c5-4a0b-8ed7-0d0b7ea1ff24",
    "created": "2024-01-01T00:00:00.000Z",
    "name": "For members",
    "definition_type": "statement",
    "definition": {"statement": "For members only"},
}


@pytest.fixture
def curator(tmp_path: Path, settings: Settings) -> User:
    settings.DATA = tmp_path
    own = Organisation.objects.create(name="Analysts")
    north = Organisation.objects.create(name="Northern CERT")
    SharingGroup.objects.create(name="Energy").organisations.set([own, north])
    return make_member("ada", own, role=Role.CURATOR)


@pytest.fixture
def own(client: Client, curator: User) -> Client:
    client.force_login(curator)
    return client


@pytest.fixture
def stranger(curator: User) -> Client:
    client = Client()
    client.force_login(make_member("nora", Organisation.objects.get(name="Northern CERT")))
    return client


def _upload(client: Client, *objects: dict[str, Any], **form: Any) -> str:
    file = SimpleUploadedFile("f.json", bundles.write_bundle(*objects))
    answer = client.post("/ingest", {"file": file, **form})
    assert answer.status_code == 302, answer.content
    run_inline(int(answer["Location"].rsplit("/", 1)[1]))
    return answer["Location"]


def _text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_picker_offers_what_there_is_for_its_reader(own: Client, stranger: Client) -> None:
    _upload(own, STATEMENT)
    page = _text(own, "/ingest")
    for offered in ("amber+strict", STATEMENT["id"], "org:Northern CERT", "group:Energy"):
        assert f'value="{offered}"' in page
    assert 'value="org:Analysts"' not in page
    assert STATEMENT["id"] not in _text(stranger, "/ingest")


def test_the_picker_offers_no_level_that_would_be_refused(own: Client, curator: User) -> None:
    curator.memberships.update(tlp_ceiling=TlpLevel.AMBER)
    page = _text(own, "/ingest")
    assert 'value="amber"' in page
    assert 'value="amber+strict"' not in page
    assert 'value="red"' not in page


def test_a_form_without_a_choice_shares_with_nobody(own: Client, stranger: Client) -> None:
    job = _upload(own, TOOL, share_with=["org:Northern CERT"])
    assert stranger.get(PAGE).status_code == 404
    assert "Only Analysts sees this, marked as the file says." in _text(own, job)
    assert "Only Analysts sees this." in _text(own, PAGE)


def test_chosen_organisations_see_it_and_the_pages_say_so(own: Client, stranger: Client) -> None:
    job = _upload(own, TOOL, tlp="amber", sharing="chosen", share_with=["group:Energy"])
    said = "Analysts and the organisations of Energy see this: people cleared for TLP:AMBER."
    assert said in _text(own, job)
    assert said in _text(own, PAGE)
    theirs = _text(stranger, PAGE)
    assert "Analysts shares this with your organisation: people cleared for TLP:AMBER." in theirs
    assert "Energy" not in theirs
    assert f"{PAGE}/handling" not in theirs


def test_a_fault_in_the_form_keeps_what_was_filled_in(own: Client) -> None:
    _upload(own, TOOL)
    answer = own.post(
        f"{PAGE}/handling",
        {
            "tlp": "red",
            "sharing": "chosen",
            "share_with": "group:Energy",
            "embargo_until": "2001-01-01T00:00",
        },
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "expected a time to come" in page
    assert re.search(r'value="red" checked', page)
    assert re.search(r'value="group:Energy" checked', page)


def test_marking_anew_holds_at_once_and_fills_the_picker(own: Client, stranger: Client) -> None:
    _upload(own, TOOL, STATEMENT)
    chosen = {
        "tlp": "green",
        "markings": STATEMENT["id"],
        "sharing": "everyone",
        "embargo_until": "2999-01-31T09:00",
    }
    assert own.post(f"{PAGE}/handling", chosen)["Location"] == PAGE
    page = _text(own, PAGE)
    assert "Until 2999-01-31 09:00 UTC only Analysts sees this; from then on everyone on this Stack" in page
    assert "embargo until 2999-01-31 09:00 UTC" in page
    form = _text(own, f"{PAGE}/handling")
    part = own.get(f"{PAGE}/handling", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert f'href="{PAGE}">Leave it' in form
    assert f'href="{PAGE}">Leave it' not in part
    assert 'name="tlp"' in part
    for checked in ("green", "everyone", STATEMENT["id"]):
        assert f'value="{checked}" checked' in form
    assert 'value="2999-01-31T09:00"' in form
    assert stranger.get(PAGE).status_code == 404
    own.post(f"{PAGE}/handling", {"tlp": "green", "sharing": "everyone"})
    assert stranger.get(PAGE).status_code == 200


def test_what_others_state_is_not_ours_to_mark(own: Client, stranger: Client) -> None:
    _upload(own, TOOL, sharing="everyone")
    other = Client()
    other.force_login(make_member("ned", Organisation.objects.get(name="Northern CERT"), role=Role.CURATOR))
    assert other.get(f"{PAGE}/handling").status_code == 404
    assert other.post(f"{PAGE}/handling", {"tlp": "red"}).status_code == 404
    assert stranger.post(f"{PAGE}/handling", {"tlp": "red"}).status_code == 403
    assert "Everyone on this Stack sees this." in _text(own, PAGE)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("picker=ingest", "Only Analysts sees this, marked as the file says."),
        ("picker=mark&tlp=amber", "Only Analysts sees this: people cleared for TLP:AMBER."),
        ("tlp=green&sharing=everyone", "Everyone on this Stack sees this: people cleared for TLP:GREEN."),
        ("sharing=chosen&share_with=org:Nobody", "there is no organisation"),
        ("tlp=red&sharing=everyone", "TLP:RED is meant for named people"),
        ("embargo_until=2999-01-01", "The embargo changes nothing"),
    ],
)
def test_the_outcome_is_said_in_words(own: Client, query: str, said: str) -> None:
    assert said in _text(own, f"/handling?{query}")


def test_a_note_is_shown_as_text_and_inherits(own: Client, stranger: Client) -> None:
    _upload(own, TOOL, tlp="amber", sharing="everyone")
    answer = own.post(f"{PAGE}/notes/add", {"content": "<script>alert(1)</script>", "abstract": "Seen"})
    assert answer["Location"] == f"{PAGE}/notes"
    page = _text(own, f"{PAGE}/notes")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "TLP:AMBER" in page
    assert "1 note" in page
    theirs = _text(stranger, f"{PAGE}/notes")
    assert "Seen" not in theirs
    assert "0 notes" in theirs
    outcome = _text(own, f"/handling?picker=note&about={TOOL['id']}&sharing=everyone&tlp=clear")
    assert "Everyone on this Stack sees this: people cleared for TLP:AMBER." in outcome


def test_an_empty_note_is_sent_back_with_what_was_chosen(own: Client) -> None:
    _upload(own, TOOL)
    answer = own.post(f"{PAGE}/notes/add", {"content": " ", "abstract": "kept", "tlp": "red"})
    assert answer.status_code == 422
    assert 'value="kept"' in answer.content.decode()
    assert 'value="red" checked' in answer.content.decode()


def test_opening_what_is_restricted_leaves_a_trace(own: Client, curator: User) -> None:
    red = make_object("tool", "red", object_marking_refs=[TLP_20_IDS["red"]])
    marked = make_object("tool", "marked", object_marking_refs=[STATEMENT["id"]])
    _upload(own, TOOL, STATEMENT, red, marked)
    restricted = RestrictedMarking.objects.create(marking_id=STATEMENT["id"], name="For members")
    curator.memberships.get().granted_markings.add(restricted)
    for each in (TOOL, red, marked):
        path = "/o/" + each["id"].replace("--", "/")
        _text(own, path)
        own.get(f"{path}/stix.json")
    acts = AuditEntry.objects.filter(name="object.read").values_list("object_id", flat=True)
    assert sorted(acts) == sorted([red["id"], marked["id"]] * 2)
    assert "object.read" not in AuditEntry.objects.filter(object_id=TOOL["id"]).values_list("name", flat=True)


def test_lists_show_how_many_markings_there_are_beside_tlp(own: Client, curator: User) -> None:
    marked = make_object("tool", "marked", object_marking_refs=[TLP_20_IDS["green"], STATEMENT["id"]])
    _upload(own, STATEMENT, marked)
    row = get_object(principal_of_user(curator), marked["id"])
    assert row is not None
    assert (row.tlp, row.statements) == ("green", 1)
