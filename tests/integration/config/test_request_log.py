"""Each request has an id and an origin, and leaves one line that holds no secret."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import URLResolver, get_resolver
from pytest_django.fixtures import Settings

from stack.accounts.models import Organisation
from stack.accounts.operations import create_key
from stack.config.log_redaction import redact_secrets
from stack.config.request_log import RequestLogMiddleware
from stack.core.acts import Origin, current_origin
from stack.core.addresses import read_networks
from tests.people import make_principal

pytestmark = pytest.mark.django_db


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())

    @property
    def last(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.texts[-1])
        return found


@pytest.fixture
def lines(settings: Settings) -> Iterator[Lines]:
    settings.ACCESS_LOG = "stderr"
    handler = Lines()
    logger = logging.getLogger("stack.access")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


@pytest.fixture
def bearer() -> dict[str, str]:
    principal = make_principal("ann", Organisation.objects.create(name="Blue"))
    return {"Authorization": f"Bearer {create_key(principal, name='k').key}"}


def origin_of(**headers: str) -> Origin:
    """The origin that a view sees of a request with these WSGI variables."""
    seen: list[Origin] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(current_origin())
        return HttpResponse()

    RequestLogMiddleware(view)(RequestFactory().get("/api/v1/lookup", **headers))  # type: ignore[arg-type]
    return seen[0]


def test_the_origin_of_a_request_is_open_while_it_is_answered(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = read_networks(["10.0.0.0/8"])
    behind = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.66, 203.0.113.9"}
    origin = origin_of(**behind, HTTP_X_REQUEST_ID="proxy-4711")
    assert (origin.face, origin.address, origin.request_id) == ("api", "203.0.113.9", "proxy-4711")
    assert current_origin().face == "process"


@pytest.mark.parametrize("claimed", ["short", "x" * 65, "with space", "a\r\nb12345678", "ümläut-12345"])
def test_an_odd_request_id_is_replaced(settings: Settings, claimed: str) -> None:
    settings.TRUSTED_PROXIES = read_networks(["10.0.0.0/8"])
    origin = origin_of(REMOTE_ADDR="10.0.0.1", HTTP_X_REQUEST_ID=claimed)
    assert origin.request_id != claimed
    assert len(origin.request_id) == 24


def test_a_stranger_chooses_neither_address_nor_id() -> None:
    origin = origin_of(
        REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR="203.0.113.9", HTTP_X_REQUEST_ID="chosen-by-me"
    )
    assert origin.address == "198.51.100.7"
    assert origin.request_id != "chosen-by-me"


def test_every_answer_carries_its_id(client: Client) -> None:
    ids = {client.get(path)["X-Request-Id"] for path in ("/healthz", "/nowhere", "/api/v1/nowhere", "/")}
    assert len(ids) == 4


def test_a_line_says_who_asked_for_which_route(client: Client, lines: Lines, bearer: dict[str, str]) -> None:
    answer = client.get("/api/v1/jobs/4711?state=secret-word", headers=bearer)
    line = lines.last
    assert line["request_id"] == answer["X-Request-Id"]
    assert (line["principal"], line["method"], line["status"]) == ("ann", "GET", 404)
    assert line["key_id"] is not None
    assert line["route"] == "/api/v1/jobs/<job_id>"
    assert line["bytes"] == len(answer.content)
    assert line["address"] == "127.0.0.1"
    assert isinstance(line["latency_ms"], float)


def test_no_secret_stands_in_a_line(client: Client, lines: Lines, bearer: dict[str, str]) -> None:
    secret = bearer["Authorization"].removeprefix("Bearer ")
    client.get(f"/sign-in/{secret}")
    client.get(f"/{secret}")
    client.get(f"/search?q={secret}", headers=bearer)
    client.post("/api/v1/lookup", {"values": [secret]}, content_type="application/json", headers=bearer)
    client.cookies["sessionid"] = secret
    client.get("/")
    client.generic(secret, "/")
    assert len(lines.texts) == 6
    assert secret not in "".join(lines.texts)


def test_a_streamed_answer_is_logged_at_its_end_with_its_size(lines: Lines) -> None:
    def stream(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse([b"abc", b"defg"])

    response = RequestLogMiddleware(stream)(RequestFactory().get("/export"))
    assert lines.texts == []
    assert isinstance(response, StreamingHttpResponse)
    assert response.getvalue() == b"abcdefg"
    assert lines.last["bytes"] == 7


def test_nothing_is_logged_where_it_is_off(client: Client, lines: Lines, settings: Settings) -> None:
    settings.ACCESS_LOG = "off"
    client.get("/healthz")
    assert lines.texts == []


def test_a_token_in_any_address_is_cut_out_of_other_logs_too() -> None:
    """Django itself writes the path of what it refuses; every route with a token in it is covered."""
    token = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"
    routes = [route for route in _walk(get_resolver().url_patterns) if re.search(r"<(str:)?token>", route)]
    assert len(routes) >= 2
    for route in routes:
        path = "/" + re.sub(r"<(str:)?token>", token, route)
        assert token not in redact_secrets(f"Gone: {path}"), route


def _walk(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for each in patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, route)
        else:
            yield route


def test_names_that_scanners_ask_for_fill_no_log() -> None:
    handlers = logging.getLogger("django.security.DisallowedHost").handlers
    # None at all would be the last resort of `logging`, which writes the traceback.
    assert logging.NullHandler in {type(each) for each in handlers}
