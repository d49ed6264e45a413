"""What a page of somebody else can make a browser send: it changes nothing here."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from ninja.operation import Operation

from stack.accounts.roles import Role
from stack.api.rest.openapi import PREFIX
from tests.security.rest import OPERATIONS, client_with_session, name_of
from tests.security.rest_samples import SAMPLES
from tests.security.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_world")]
_TOKEN = "t" * 32
_BOUNDARY = "part"
_CONTENTS = {
    "application/json": b"{}",
    "application/x-www-form-urlencoded": b"name=x&csrfmiddlewaretoken=" + b"u" * 32,
    f"multipart/form-data; boundary={_BOUNDARY}": (
        b'--part\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n{}\r\n--part--\r\n'
    ),
    "text/plain": b'{"name":"x"}',
    "application/octet-stream": b"{}",
    "": b"",
}
_UNSAFE = [operation for operation in OPERATIONS if operation.methods != ["GET"]]


def _address(operation: Operation, world: World) -> str:
    known = world.ours.ids | {"restriction_id": world.marking.pk}
    return PREFIX + operation.path.format(**known) + f"?{SAMPLES[name_of(operation)].query}"


@pytest.mark.parametrize("operation", _UNSAFE, ids=name_of)
def test_a_session_without_its_token_changes_nothing(operation: Operation, world: World) -> None:
    client = client_with_session(world.ours.people[Role.PLATFORM_ADMIN], enforces_csrf=True)
    address = _address(operation, world)
    client.cookies["csrftoken"] = _TOKEN
    for media_type, content in _CONTENTS.items():
        with CaptureQueriesContext(connection) as queries:
            for headers in ({}, {"x-csrftoken": "u" * 32}, {"x-csrftoken": ""}):
                response: Any = client.generic(
                    operation.methods[0], address, content, content_type=media_type, headers=headers
                )
                assert response.status_code == 403, (media_type, headers, response.content)
                assert response.json()["type"] == "urn:stack:problem:cross-site-request"
        writes = [
            query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
        ]
        assert writes == []


def test_the_token_of_a_browser_does_not_help_a_page_of_another_origin(world: World) -> None:
    client = client_with_session(world.ours.people[Role.ORGANISATION_ADMIN], enforces_csrf=True)
    client.cookies["csrftoken"] = _TOKEN
    headers = {"x-csrftoken": _TOKEN}
    for origin, status in (("https://evil.example", 403), ("null", 403), ("http://testserver", 201)):
        response = client.post(
            f"{PREFIX}/keys",
            {"name": "x"},
            content_type="application/json",
            headers=headers | {"origin": origin},
        )
        assert response.status_code == status, origin


def test_a_token_in_the_address_is_no_token(world: World) -> None:
    client = client_with_session(world.ours.people[Role.ORGANISATION_ADMIN], enforces_csrf=True)
    client.cookies["csrftoken"] = _TOKEN
    address = f"{PREFIX}/keys?csrfmiddlewaretoken={_TOKEN}&X-CSRFToken={_TOKEN}"
    assert client.post(address, {"name": "x"}, content_type="application/json").status_code == 403


@pytest.mark.parametrize("path", sorted({operation.path for operation in OPERATIONS}))
def test_other_methods_are_refused_before_anything_is_done(path: str, world: World) -> None:
    possible = {method for operation in OPERATIONS if operation.path == path for method in operation.methods}
    client = client_with_session(world.ours.people[Role.PLATFORM_ADMIN], enforces_csrf=True)
    known = world.ours.ids | {"restriction_id": world.marking.pk}
    for method in {"HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "CONNECT", "BREW"} - possible:
        with CaptureQueriesContext(connection) as queries:
            response: Any = client.generic(method, PREFIX + path.format(**known))
        assert response.status_code == 405
        assert set(response["Allow"].split(", ")) == possible
        # Whose session it is, the limits ask whatever the address; nothing else is read or written.
        asked = [query["sql"] for query in queries if 'FROM "django_session"' not in query["sql"]]
        assert [sql for sql in asked if not sql.startswith('SELECT "accounts_user"')] == []
        assert "Access-Control-Allow-Origin" not in response


@pytest.mark.parametrize(
    "headers",
    [
        {"x-http-method-override": "DELETE"},
        {"x-http-method": "DELETE"},
        {"x-method-override": "DELETE"},
    ],
)
def test_a_method_cannot_be_overridden(headers: dict[str, str], world: World) -> None:
    client = client_with_session(world.ours.people[Role.PLATFORM_ADMIN])
    for address, status in ((f"/jobs/{world.ours.ids['job_id']}", 200), ("/sources/1?_method=DELETE", 405)):
        assert client.get(PREFIX + address, headers=headers).status_code == status
    body = {"_method": "DELETE"}
    posted = client.post(f"{PREFIX}/sources/{world.ours.ids['source_id']}", body, headers=headers)
    assert posted.status_code == 405


def test_no_answer_lets_scripts_of_other_origins_read_it(world: World) -> None:
    client = client_with_session(world.ours.people[Role.READER])
    for path in ("/me", "/openapi.json", "/nowhere"):
        response = client.get(PREFIX + path, headers={"origin": "https://evil.example"})
        assert not [name for name in response.headers if name.startswith("Access-Control-")]
    assert Client().get(f"{PREFIX}/me").status_code == 401
