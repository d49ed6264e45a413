from hashlib import sha256

import pytest
from django.test import Client

from stack.accounts.models import User
from tests.integration.api.conftest import State, assert_problem, client_of
from tests.integration.store.conftest import TLP_RED, encode, make_link, make_object, name_id

pytestmark = pytest.mark.django_db
RAT = make_object("malware", "rat", is_family=True)
ODD_ID = name_id("malware", "odd")
ODD = (
    b'{"type": "malware",  "spec_version":"2.1","id":"%s","created":"2024-01-01T00:00:00.000Z",\n'
    b' "modified":"2024-01-01T00:00:00.000Z","x_odd":1.50,"name":"\\u00e9","is_family":true}'
) % ODD_ID.encode()


def test_an_object_shows_its_columns_and_its_stix(api: Client, state: State) -> None:
    state("feed", RAT)
    state("partner", RAT)
    body = api.get(f"/api/v1/objects/{RAT['id']}").json()
    assert body.pop("stix") == RAT
    assert body == {
        "id": RAT["id"],
        "type": "malware",
        "name": "rat",
        "created": "2024-01-01T00:00:00Z",
        "modified": "2024-01-01T00:00:00Z",
        "revoked": False,
        "confidence": None,
        "score": None,
        "tlp": None,
        "sources": 2,
    }


def test_raw_is_byte_for_byte_what_came_and_is_not_sent_twice(api: Client, state: State) -> None:
    state("feed", ODD)
    address = f"/api/v1/objects/{name_id('malware', 'odd')}/raw"
    response = api.get(address)
    assert response.content == ODD
    assert response["Content-Type"] == "application/stix+json;version=2.1"
    assert response["ETag"] == f'"{sha256(ODD).hexdigest()}"'
    again = api.get(address, headers={"if-none-match": f'W/"x", {response["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert api.get(address, headers={"if-none-match": '"x"'}).status_code == 200


def test_the_detail_embeds_the_text_as_it_came(api: Client, state: State) -> None:
    state("feed", ODD)
    assert ODD in api.get(f"/api/v1/objects/{name_id('malware', 'odd')}").content


def test_every_version_is_listed_and_readable(api: Client, state: State) -> None:
    newer = RAT | {"modified": "2024-02-01T00:00:00.000Z", "name": "rat 2"}
    state("feed", RAT, newer)
    rows = api.get(f"/api/v1/objects/{RAT['id']}/versions").json()["items"]
    assert sorted((row["modified"], row["is_head"]) for row in rows) == [
        ("2024-01-01T00:00:00Z", False),
        ("2024-02-01T00:00:00Z", True),
    ]
    texts = {
        row["sha256"]: api.get(f"/api/v1/objects/{RAT['id']}/raw?version={row['id']}").content for row in rows
    }
    assert set(texts.values()) == {encode(RAT), encode(newer)}
    assert all(sha256(text).hexdigest() == digest for digest, text in texts.items())


def test_neighbours_come_in_pages(api: Client, state: State) -> None:
    tools = [make_object("tool", f"tool {n}") for n in range(3)]
    state("feed", RAT, *tools, *(make_link("uses", RAT, tool) for tool in tools))
    address = f"/api/v1/objects/{RAT['id']}/neighbours?kind=uses&direction=out&limit=2"
    first = api.get(address).json()
    second = api.get(f"{address}&after={first['next']}").json()
    assert (first["total"], second["next"]) == (3, None)
    rows = first["items"] + second["items"]
    assert {row["other"]["name"] for row in rows} == {"tool 0", "tool 1", "tool 2"}
    assert {(row["kind"], row["direction"], row["via"]["type"]) for row in rows} == {
        ("uses", "out", "relationship")
    }


def test_objects_are_listed_by_type_in_pages(api: Client, state: State) -> None:
    state("feed", RAT, *(make_object("tool", f"tool {n}") for n in range(3)))
    first = api.get("/api/v1/objects?type=tool&limit=2").json()
    second = api.get(f"/api/v1/objects?type=tool&limit=2&after={first['next']}").json()
    assert (first["total"], len(first["items"]), second["next"]) == (3, 2, None)
    assert {row["name"] for row in first["items"] + second["items"]} == {"tool 0", "tool 1", "tool 2"}
    assert api.get("/api/v1/objects?type=tool&type=malware").json()["total"] == 4


@pytest.mark.parametrize("part", ["", "/versions", "/neighbours", "/raw", "/raw?version=1"])
def test_what_may_not_be_seen_answers_as_what_never_was(
    api: Client, member: User, state: State, part: str
) -> None:
    secret = make_object("malware", "secret", is_family=True, object_marking_refs=[TLP_RED])
    state("feed", secret)
    assert api.get(f"/api/v1/objects/{secret['id']}{part.partition('?')[0]}").status_code == 200
    never = name_id("malware", "never there")
    hidden, absent = (
        client_of(member).get(f"/api/v1/objects/{stix_id}{part}") for stix_id in (secret["id"], never)
    )
    assert_problem(hidden, 404, "not-found")
    assert hidden.content.replace(secret["id"].encode(), b"") == absent.content.replace(never.encode(), b"")
    for response in (hidden, absent):
        del response.headers["X-Request-Id"]
        # They count the seconds that are left.
        del response.headers["RateLimit"]
        del response.headers["RateLimit-Reset"]
    assert hidden.headers == absent.headers


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("type=a%00b", "type[0]"),
        ("after=%00", "after"),
        ("limit=1&limit=2", "limit"),
        ("after=nonsense", None),
    ],
)
def test_bad_parameters_are_named(api: Client, query: str, field: str | None) -> None:
    body = assert_problem(api.get(f"/api/v1/objects?{query}"), 422, "bad-input")
    assert [error["field"] for error in body["errors"]] == ([field] if field else [])


@pytest.mark.parametrize("stix_id", ["malware", "malware--1", "Malware--" + RAT["id"][9:], RAT["id"] + "%0A"])
def test_what_is_no_id_is_bad_input(api: Client, stix_id: str) -> None:
    assert_problem(api.get(f"/api/v1/objects/{stix_id}"), 422, "bad-input")
