"""Ids of another organisation, wherever one can be said, answer as ids that never existed."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from ninja.operation import Operation

from stack.accounts.models import Membership
from stack.accounts.roles import Role
from stack.api.rest.openapi import PREFIX
from tests.acts import undone
from tests.security.rest import OPERATIONS, ask, client_with_session, name_of, needs_of
from tests.security.rest_samples import SAMPLES, Sample
from tests.security.world import UNKNOWN_MARKING, UNKNOWN_NUMBER, UNKNOWN_OBJECT, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_world")]
_POSITIONS = [
    pytest.param(operation, name, id=f"{name_of(operation)}-{name}")
    for operation in OPERATIONS
    for name in re.findall(r"{(\w+)}", operation.path)
    if name != "restriction_id"  # of nobody's: restrictions are the platform's
]
# What a platform administrator manages in every organisation; all else of others is closed to them too.
_OF_THE_PLATFORM = {"organisation_id", "member_id", "invitation_id", "group_id", "root"}


def _strip(response: Any, *said: object) -> tuple[int, dict[str, str], str]:
    """Status, headers and text without what was asked for, which an answer may repeat, and its length."""
    # How many requests are left, each request tells anew.
    headers = {name: str(value) for name, value in response.items() if not name.startswith("RateLimit")}
    assert headers.pop("X-Request-Id")
    headers.pop("Content-Length", None)
    text = response.getvalue().decode()
    for each in said:
        word = re.compile(rf"(?<![\w-]){re.escape(str(each))}(?![\w-])")
        text = word.sub("…", text)
        headers = {name: word.sub("…", value) for name, value in headers.items()}
    return response.status_code, headers, text


@pytest.mark.asvs("8.2.2", "8.4.1")
@pytest.mark.parametrize(("operation", "name"), _POSITIONS)
def test_an_id_of_others_in_the_path_is_an_unknown_id(operation: Operation, name: str, world: World) -> None:
    theirs = world.theirs.ids[name]
    unknown = UNKNOWN_OBJECT if name == "stix_id" else UNKNOWN_NUMBER
    for role in (Role.READER, Role.ORGANISATION_ADMIN, Role.PLATFORM_ADMIN):
        if role is Role.PLATFORM_ADMIN and name in _OF_THE_PLATFORM:
            continue
        person = world.ours.people[role]
        answers = []
        for number in (theirs, unknown):
            with undone():
                response = ask(client_with_session(person), operation, world, person, **{name: number})
                answers.append(_strip(response, number))
        assert answers[0] == answers[1]
        may = needs_of(operation).permissions <= role.permissions
        assert answers[0][0] == (404 if may else 403)


@pytest.mark.asvs("8.2.2")
@pytest.mark.parametrize(
    "address",
    [
        "/members?organisation_id={organisation_id}",
        "/lookup?value={name}.example",
        "/lookup?value={stix_id}",
        "/search?q={name}",
        "/search?q=id:%22{stix_id}%22",
        "/search?q=source:{source}&facet=source",
        "/search?q=&filter=source:{source}",
        "/search?q=&filter=label:{name}",
        "/export?q={name}",
        "/objects/{our_stix_id}/raw?version={version}",
        "/jobs?kind={name}",
        "/suggest?q={name}",
        "/suggest?q=for+{name}",
        "/audit?q={name}",
        "/audit?object_kind=member&object_id={member_id}",
        "/audit?actor=w-platform-admin",
        "/members?after={member_id}&limit=1000&organisation_id={organisation_id}",
    ],
)
def test_a_name_or_id_of_others_in_a_query_is_an_unknown_one(address: str, world: World) -> None:
    client = client_with_session(world.ours.people[Role.ORGANISATION_ADMIN])
    house = world.theirs
    theirs = house.ids | {
        "name": "wren",
        "source": "%22Wren+feed%22",
        "group": "Wren+circle",
        "version": house.version,
    }
    unknown = dict.fromkeys(theirs, UNKNOWN_NUMBER) | {
        "name": "xenn",
        "source": "%22Xenn+feed%22",
        "group": "Xenn+circle",
        "stix_id": UNKNOWN_OBJECT,
        "marking_id": UNKNOWN_MARKING,
    }
    answers = []
    for known in (theirs, unknown):
        response: Any = client.get(PREFIX + address.format(**known, our_stix_id=world.ours.ids["stix_id"]))
        said = [known[name] for name in re.findall(r"{(\w+)}", address) if name in known]
        status, headers, text = _strip(response, *said, "Wren feed", "Xenn feed")
        answers.append((status, headers, re.sub(r"bundle--[0-9a-f-]{36}", "bundle", text)))
    assert answers[0] == answers[1]


_BODIES: list[tuple[str, str, Callable[[Any], object]]] = [
    (
        "POST",
        "/members",
        lambda said: {"username": "n", "role": "reader", "organisation_id": said["organisation_id"]},
    ),
    ("POST", "/lookup", lambda said: {"values": ["lark.example", said["value"], said["stix_id"]]}),
    ("PATCH", "/members/{member_id}", lambda said: {"granted_markings": [said["marking"]]}),
    ("PUT", "/objects/{stix_id}/handling", lambda said: {"share_with": [f"group:{said['group']}"]}),
    ("PUT", "/objects/{stix_id}/handling", lambda said: {"markings": [said["marking_id"]]}),
    (
        "POST",
        "/objects/{stix_id}/notes",
        lambda said: {"content": "x", "share_with": [f"group:{said['group']}"]},
    ),
    ("POST", "/objects/{stix_id}/notes", lambda said: {"content": "x", "markings": [said["marking_id"]]}),
    ("POST", "/keys", lambda said: {"name": "x", "member_id": said["member_id"]}),
]


@pytest.mark.asvs("8.2.2", "8.4.1")
@pytest.mark.parametrize(("method", "path", "make_body"), _BODIES, ids=lambda each: str(each)[:20])
def test_an_id_of_others_in_a_body_is_an_unknown_one(
    method: str, path: str, make_body: Callable[[Any], object], world: World
) -> None:
    client = client_with_session(world.ours.people[Role.ORGANISATION_ADMIN])
    theirs = world.theirs.ids | {
        "value": "wren.example",
        "marking": world.marking.marking_id,
        "group": "Wren circle",
    }
    unknown = dict.fromkeys(theirs, UNKNOWN_NUMBER) | {
        "stix_id": UNKNOWN_OBJECT,
        "marking_id": UNKNOWN_MARKING,
        "value": "xenn.example",
        "group": "Xenn circle",
        "marking": world.marking.marking_id[:-2] + "99",
    }
    answers = []
    for said in (theirs, unknown):
        with undone():
            response: Any = client.generic(
                method,
                PREFIX + path.format(**world.ours.ids),
                json.dumps(make_body(said)),
                content_type="application/json",
            )
            answers.append(_strip(response, *said.values()))
    assert answers[0] == answers[1]
    assert "Traceback" not in answers[0][2]


@pytest.mark.parametrize("said", ["share_with=group:{}+circle", "markings={}"])
def test_what_comes_in_cannot_name_what_is_of_others(said: str, world: World) -> None:
    client = client_with_session(world.ours.people[Role.ORGANISATION_ADMIN])
    answers = []
    for name, marking in (("Wren", world.theirs.ids["marking_id"]), ("Xenn", UNKNOWN_MARKING)):
        value = name if "circle" in said else str(marking)
        response: Any = client.generic(
            "POST",
            f"{PREFIX}/ingest?{said.format(value)}",
            b'{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d"}',
            content_type="application/octet-stream",
        )
        answers.append(_strip(response, value))
    assert answers[0] == answers[1]
    assert answers[0][0] == 422


@pytest.mark.asvs("8.4.1")
@pytest.mark.parametrize("role", Role)
def test_no_list_tells_of_others(role: Role, world: World) -> None:
    """The directory of organisations names them all, so that one can share; nothing else says a word."""
    person = world.ours.people[role]
    client: Client = client_with_session(person)
    for operation in OPERATIONS:
        if operation.methods != ["GET"] or name_of(operation) == "list_organisations":
            continue
        if role is Role.PLATFORM_ADMIN and name_of(operation) == "list_groups":
            continue
        text = ask(client, operation, world, person).text_sent.decode(errors="replace").lower()
        for word in ("wren", "w-spare", "w-reader"):
            assert word not in text, name_of(operation)
    for address in ("/keys?everyone=true", "/search?q=wren", "/export", "/objects", "/sources", "/jobs"):
        response: Any = client.get(PREFIX + address)
        assert "w-spare" not in response.getvalue().decode()
        assert str(world.theirs.ids["stix_id"]) not in response.getvalue().decode()


_INTRUDERS: dict[str, Any] = {
    "id": 1,
    "org": 1,
    "organisation": 1,
    "organisation_id": 1,
    "role": "platform-admin",
    "is_staff": True,
    "is_superuser": True,
    "is_active": True,
    "user": 1,
    "user_id": 1,
    "owner": "l-platform-admin",
    "tlp_ceiling": "red",
    "permissions": ["administer"],
    "scopes": ["administer"],
    "key_id": 1,
    "password": "correct horse battery staple",
    "created_at": 0,
}
_WITH_BODY = [
    operation for operation in OPERATIONS if SAMPLES.get(name_of(operation), Sample()).body is not None
]


@pytest.mark.asvs("8.2.3")
@pytest.mark.parametrize("operation", _WITH_BODY, ids=name_of)
def test_what_a_body_does_not_take_is_refused_by_name(operation: Operation, world: World) -> None:
    document: Any = Client().get(f"{PREFIX}/openapi.json").json()
    described = document["paths"][operation.path][operation.methods[0].lower()]["requestBody"]["content"]
    name = described["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert document["components"]["schemas"][name]["additionalProperties"] is False
    known = document["components"]["schemas"][name]["properties"]
    client = client_with_session(world.ours.people[Role.PLATFORM_ADMIN])
    address = PREFIX + operation.path.format(**world.ours.ids)
    for intruder, value in _INTRUDERS.items():
        if intruder in known:
            continue
        body = json.dumps(SAMPLES[name_of(operation)].body | {intruder: value})
        response: Any = client.generic(operation.methods[0], address, body, content_type="application/json")
        assert response.status_code == 422, (intruder, response.content)
        assert [error["field"] for error in response.json()["errors"]] == [intruder]


@pytest.mark.asvs("8.2.3")
@pytest.mark.parametrize(
    ("method", "path", "body", "statuses"),
    [
        ("POST", "/members", {"username": "n", "role": "platform-admin"}, {403}),
        ("POST", "/members", {"username": "n", "role": "reader", "tlp_ceiling": "red"}, {403}),
        ("PATCH", "/members/{member_id}", {"role": "platform-admin"}, {403}),
        ("PATCH", "/members/{member_id}", {"tlp_ceiling": "red"}, {403}),
        ("PATCH", "/members/{own}", {"role": "reader"}, {403}),
        ("PATCH", "/members/{above}", {"role": "reader"}, {403}),
        ("DELETE", "/members/{above}", None, {403}),
        ("POST", "/members/{above}/disable", None, {403}),
        ("POST", "/invitations", {"role": "platform-admin"}, {403}),
        ("POST", "/invitations", {"role": "reader", "tlp_ceiling": "red"}, {403}),
        ("POST", "/keys", {"name": "k", "scopes": ["administer"]}, {422}),
        ("POST", "/organisations", {"name": "Robin"}, {403}),
        ("POST", "/groups", {"name": "Robins", "organisation_ids": [1]}, {403}),
    ],
)
def test_fields_that_are_taken_do_not_lift_anybody(
    method: str, path: str, body: object, statuses: set[int], world: World
) -> None:
    person = world.ours.people[Role.ORGANISATION_ADMIN]
    Membership.objects.filter(user=person).update(tlp_ceiling=2)
    above = Membership.objects.get(user=world.ours.people[Role.PLATFORM_ADMIN]).pk
    own = Membership.objects.get(user=person).pk
    address = PREFIX + path.format(**world.ours.ids, own=own, above=above)
    content = "" if body is None else json.dumps(body)
    before = list(Membership.objects.order_by("id").values_list("user_id", "role", "tlp_ceiling"))
    response: Any = client_with_session(person).generic(
        method, address, content, content_type="application/json"
    )
    assert response.status_code in statuses, response.content
    assert list(Membership.objects.order_by("id").values_list("user_id", "role", "tlp_ceiling")) == before
