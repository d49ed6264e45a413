"""`/audit`: a table, an entry with what it changed, and the same rows as JSON and CSV."""

import csv
from io import StringIO

import pytest
from django.test import Client

from stack.accounts.models import Organisation, User
from stack.accounts.principal import Role
from stack.accounts.queries import principal_of_user
from stack.audit.queries import list_entries
from stack.core.acts import Act, Origin, acting_from, record_act
from tests.people import make_member

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def ann() -> User:
    return make_member("ann", Organisation.objects.create(name="Blue"), role=Role.ORGANISATION_ADMIN)


@pytest.fixture(autouse=True)
def acts(ann: User) -> None:
    actor = principal_of_user(ann)
    with acting_from(Origin("web", "203.0.113.9", "request-1")):
        before, after = {"role": "reader"}, {"role": "curator"}
        record_act(
            Act("member.change", actor, object_kind="member", object_id="7", before=before, after=after)
        )
        record_act(Act("key.create", actor, object_kind="key", object_id="4", after={"name": "=1+1"}))
        record_act(
            Act("sign-in.lock", actor, object_kind="user", object_id="=HYPERLINK(1)", is_security=True)
        )


@pytest.fixture
def page(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


def test_the_table_says_who_what_on_which_from_where(page: Client) -> None:
    text = page.get("/audit").content.decode()
    for word in ("member.change", "ann", "203.0.113.9", "done", "security"):
        assert word in text
    assert text.index("sign-in.lock") < text.index("member.change")


def test_an_entry_shows_what_was_before_and_after(page: Client) -> None:
    number = page.get("/audit.json?name=member").json()["rows"][0]["number"]
    text = page.get(f"/audit/{number}").content.decode()
    assert "<del>reader</del>" in text
    assert "<ins>curator</ins>" in text
    assert "request-1" in text
    assert page.get("/audit/4711").status_code == 404


def test_table_json_and_csv_hold_the_same_rows(page: Client) -> None:
    found = page.get("/audit.json?actor=ann&name=key").json()
    assert [row["name"] for row in found["rows"]] == ["key.create"]
    lines = list(csv.DictReader(StringIO(page.get("/audit.csv?actor=ann&name=key").getvalue().decode())))
    assert [line["name"] for line in lines] == ["key.create"]
    assert lines[0]["after"] == '{"name":"=1+1"}'


def test_no_cell_is_a_formula(page: Client) -> None:
    lines = csv.DictReader(StringIO(page.get("/audit.csv").getvalue().decode()))
    cells = [cell for line in lines for cell in line.values()]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]


def test_filters_are_the_address(page: Client) -> None:
    assert b"sign-in.lock" in page.get("/audit?security=true").content
    assert b"key.create</code>" not in page.get("/audit?security=true").content
    assert b"Nothing matches" in page.get("/audit?text=nowhere").content
    days = page.get("/audit.json?since=2000-01-01&until=2000-01-02").json()
    assert days["rows"] == []
    part = page.get("/audit?name=key", headers={"HX-Request": "true"}).content
    assert b"<html" not in part
    assert b"key.create" in part


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "99999-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_explained(page: Client, day: str) -> None:
    answer = page.get(f"/audit.json?until={day}")
    assert answer.status_code == 422
    assert "2026-11-23" in answer.json()["detail"]


def test_another_organisation_has_a_log_of_its_own(client: Client) -> None:
    red = Organisation.objects.create(name="Red")
    client.force_login(make_member("bob", red, role=Role.ORGANISATION_ADMIN))
    text = client.get("/audit").content.decode()
    assert "Nothing recorded yet" in text
    assert "member.change" not in text
    assert client.get("/audit.json").json()["rows"] == []
    assert client.get("/audit/1").status_code == 404


def test_an_analyst_may_not_open_it(client: Client, ann: User) -> None:
    client.force_login(make_member("eve", ann.organisation, role=Role.CURATOR))
    for path in ("/audit", "/audit.csv", "/audit.json", "/audit/1"):
        assert client.get(path).status_code == 403
    refusals = list_entries(principal_of_user(ann), name="access.refuse").rows
    assert [(row.actor, row.object_id) for row in refusals] == [
        ("eve", route) for route in ("/audit/<int:number>", *["/^audit\\.(?P<form>json|csv)$"] * 2, "/audit")
    ]
