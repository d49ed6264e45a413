"""No redirect leaves Stack, wherever its target is taken from."""

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from stack.accounts.roles import Role
from stack.accounts.sign_in.adapters import AccountAdapter
from stack.accounts.sign_in.redirects import is_own_path
from tests.signing import PASSWORD, add_app, make_code, make_person, sign_in

pytestmark = pytest.mark.django_db
_HERE = "http://testserver"
EVIL = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example//",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\x00//evil.example",
    "//evil.example%2f@testserver",
    "http://testserver@evil.example/",
    "http://testserver:80@evil.example/",
    "http://testserver.evil.example/",
    "//testserver",
    "http://testserver/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "evil.example",
    "@evil.example",
    "?next=//evil.example",
    "/%0d%0aSet-Cookie:planted=1",
    "/x\r\nSet-Cookie: planted=1",
    "%2f%2fevil.example",
    "/%2fevil.example",
    "/%5cevil.example",
    "/.//evil.example",
    "/..//evil.example",
]


def _stays(location: str) -> bool:
    """Whether a browser that follows the header stays.

    It drops what cannot be seen, turns backslashes, and takes many slashes for two.
    """
    seen = "".join(character for character in location if character > " ").replace("\\", "/")
    parts = urlsplit(urljoin(_HERE, re.sub(r"^(\w+:)?/{2,}", r"\1//", seen)))
    return (parts.scheme, parts.netloc) == ("http", "testserver")


def _leads_out(answer: Any) -> bool:
    location = answer.headers.get("Location") or answer.headers.get("HX-Redirect", "")
    return not _stays(location) or bool(set("\r\n") & set(location)) or "planted" in answer.cookies


def test_the_check_of_these_tests_sees_what_leads_out() -> None:
    assert [url for url in EVIL[:18] if _stays(url)] == []
    assert _stays("/search?q=//evil.example")
    assert _stays("")


@pytest.mark.parametrize("url", EVIL)
def test_a_path_of_ones_own_is_nothing_that_leads_out(url: str) -> None:
    assert not is_own_path(url) or _stays(url)
    assert AccountAdapter().is_safe_url(url) is is_own_path(url)


def test_signing_in() -> None:
    make_person()
    for url in EVIL:
        client = Client()
        answer = sign_in(client, next=url)
        assert answer.status_code == 302, url
        assert not _leads_out(answer), url
        assert not _leads_out(client.get("/sign-in", {"next": url})), url
        assert not _leads_out(client.post("/sign-in", {"next": url})), url


@pytest.mark.parametrize(
    "url", ["//evil.example", "/\\evil.example", "/\n/evil.example", "https:evil.example"]
)
def test_the_second_step_leads_where_the_first_may(url: str) -> None:
    secret = add_app(make_person())
    client = Client()
    assert not _leads_out(sign_in(client, next=url))
    answer = client.post("/sign-in/second-factor", {"code": make_code(secret), "next": url})
    assert answer.status_code == 302
    assert not _leads_out(answer)


def test_confirming_and_acting_for_another() -> None:
    client = Client()
    user = make_person()
    client.force_login(user)
    for url in EVIL:
        confirmed = client.post("/confirm", {"password": PASSWORD, "next": url})
        assert confirmed.status_code == 302, url
        assert not _leads_out(confirmed), url
        sent = {"organisation": user.organisation_id, "next": url}
        assert not _leads_out(client.post("/account/organisation", sent)), url


def test_signing_out() -> None:
    for url in EVIL[:5]:
        assert Client().post("/sign-out", {"next": url}).headers["Location"] == "/sign-in"


@pytest.mark.parametrize(
    "referer", [f"{_HERE}//evil.example/", "https://evil.example/account", "//evil.example"]
)
@pytest.mark.parametrize("htmx", ["", "true"])
def test_the_page_that_one_came_from_is_looked_at_too(referer: str, htmx: str) -> None:
    client = Client(headers={"Referer": referer, "HX-Current-URL": referer, "HX-Request": htmx})
    assert not _leads_out(client.post("/account/keys", {"name": "x"}))
    user = make_person(role=Role.ORGANISATION_ADMIN)
    client.force_login(user)
    session = client.session
    session["stack_began"] -= 3600
    session.save()
    asked = client.post("/account/keys", {"name": "x"})
    assert "/confirm" in (asked.headers.get("Location") or asked.headers.get("HX-Redirect", ""))
    assert not _leads_out(asked)
    assert "evil" not in str(asked.headers)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/search",
        "//evil.example/..",
        "/%2fevil.example/search",
        "/\\evil.example",
        "//evil.example/sign-in/oidc",
        "/search//evil.example",
        "/account?next=//evil.example",
        "//evil.example/%2f..",
    ],
)
def test_an_address_that_looks_like_a_host(path: str) -> None:
    for client in (Client(), Client(headers={"HX-Request": "true"})):
        answer = client.generic("GET", path)
        if answer.status_code in {301, 302}:
            assert not _leads_out(answer)
        assert b'href="//evil' not in answer.content
        assert b"http://evil" not in answer.content
