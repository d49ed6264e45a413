"""`GET /audit`: an organisation's own entries, paged and filtered, for whoever may read them."""

from typing import Any

import pytest
from django.test import Client

from stack.accounts.models import Organisation
from stack.accounts.operations import create_key
from stack.accounts.principal import Principal, Role
from stack.core.acts import Act, Origin, acting_from, record_act
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def ann(database: str) -> Principal:
    return make_principal("ann", Organisation.objects.create(name="Blue"), role=Role.ORGANISATION_ADMIN)


@pytest.fixture
def bob(ann: Principal) -> Principal:
    return make_principal("bob", Organisation.objects.create(name="Red"), role=Role.ORGANISATION_ADMIN)


@pytest.fixture(autouse=True)
def acts(ann: Principal, bob: Principal) -> None:
    with acting_from(Origin("cli", request_id="earlier")):
        for number in range(5):
            for actor in (ann, bob):
                after = {"n": number}
                record_act(Act("note.create", actor, object_kind="note", object_id=str(number), after=after))


def ask(client: Client, principal: Principal, query: str = "") -> Any:
    key = create_key(principal, name="reader").key
    return client.get(f"/api/v1/audit{query}", headers={"Authorization": f"Bearer {key}"})


def test_entries_come_newest_first_with_all_they_say(client: Client, ann: Principal) -> None:
    (item,) = ask(client, ann, "?name=note&limit=1").json()["items"]
    assert item["at"].endswith("Z")
    assert (
        item.items()
        >= {
            "number": 5,
            "sequence": None,
            "name": "note.create",
            "actor": "ann",
            "face": "cli",
            "request_id": "earlier",
            "object_kind": "note",
            "object_id": "4",
            "before": {},
            "after": {"n": 4},
            "result": "done",
            "is_security": False,
        }.items()
    )


def test_pages_hold_every_entry_once(client: Client, ann: Principal) -> None:
    numbers, after = [], ""
    while True:
        page = ask(client, ann, f"?name=note&limit=2{after}").json()
        numbers += [item["object_id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert numbers == ["4", "3", "2", "1", "0"]


def test_nothing_of_another_organisation_is_shown_or_found(client: Client, ann: Principal) -> None:
    for query in ("", "?actor=bob", "?q=bob", "?object_kind=note&limit=1000"):
        assert "bob" not in {item["actor"] for item in ask(client, ann, query).json()["items"]}


def test_times_narrow(client: Client, ann: Principal) -> None:
    assert ask(client, ann, "?name=note&since=2000-01-01T00:00:00Z").json()["items"]
    assert ask(client, ann, "?until=2000-01-01T00:00:00Z").json()["items"] == []
    assert ask(client, ann, "?since=yesterday").status_code == 422


@pytest.mark.parametrize("role", [Role.READER, Role.PARTNER, Role.ANALYST, Role.CURATOR])
def test_others_are_refused_and_that_is_recorded(client: Client, ann: Principal, role: Role) -> None:
    blue = Organisation.objects.get(pk=ann.organisation_id)
    assert ask(client, make_principal("eve", blue, role=role)).status_code == 403
    (refusal,) = ask(client, ann, "?name=access.refuse").json()["items"]
    assert (refusal["actor"], refusal["result"], refusal["object_id"]) == ("eve", "refused", "/api/v1/audit")
    assert refusal["address"] == "127.0.0.1"
