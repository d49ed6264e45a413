"""What every answer says to browsers, and what requests cannot make answers say."""

import csv
import io
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.cache import caches
from django.test import Client
from django.urls import get_resolver
from pytest_django import Settings

from stack.accounts.models import Invitation, RestrictedMarking, SharingGroup
from stack.accounts.roles import Role
from stack.config.security_headers import HEADERS
from stack.core.addresses import read_networks
from stack.jobs.models import Job, JobState
from stack.sharing.collections.models import Collection
from stack.store.models import Source
from tests.security.world import World, make_key
from tests.signing import make_person

pytestmark = pytest.mark.django_db
_STYLE = f"{configured.STATIC_URL}stack/mark.svg"


def _client(**more: Any) -> Client:
    return Client(raise_request_exception=False, **more)


def _signed_in(**more: Any) -> Client:
    client = _client(**more)
    client.force_login(make_person())
    return client


def _fail(*_: Any, **more: Any) -> None:
    raise RuntimeError("a secret of the inside")


def _ask_too_often(path: str) -> Any:
    policy = configured.LIMITS.policies["address"]
    caches["limits"].set(f"address:127.0.0.1:{int(time.time() // policy.seconds)}", policy.limit)
    return _client().get(path)


_ANSWERS: dict[str, tuple[int, Callable[[], Any]]] = {
    "a page": (200, lambda: _signed_in().get("/account")),
    "a list": (200, lambda: _signed_in().get("/sources")),
    "data of a page": (200, lambda: _signed_in().get("/sources.json")),
    "the sign-in": (200, lambda: _client().get("/sign-in")),
    "a redirect": (302, lambda: _client().get("/account")),
    "a file": (200, lambda: _client().get(_STYLE)),
    "no such file": (404, lambda: _client().get(f"{configured.STATIC_URL}nothing.css")),
    "a file that is sent to": (405, lambda: _client().post(_STYLE)),
    "no such page": (404, lambda: _client().get("/nothing")),
    "no such host": (400, lambda: _client().get("/", headers={"host": "evil.example"})),
    "no such host of the API": (400, lambda: _client().get("/api/v1/me", headers={"host": "evil.example"})),
    "no token against forged requests": (403, lambda: _client(enforce_csrf_checks=True).post("/sign-in")),
    "no such method": (405, lambda: _client().get("/sign-out")),
    "a probe": (200, lambda: _client().get("/healthz")),
    "nobody at the API": (401, lambda: _client().get("/api/v1/me")),
    "the API": (200, lambda: _signed_in().get("/api/v1/me")),
    "no such address of the API": (404, lambda: _client().get("/api/nothing")),
    "no such method of the API": (405, lambda: _signed_in().put("/api/v1/me")),
    "signing in for apps": (401, lambda: _client().get("/api/v1/auth/session")),
    "too many": (429, lambda: _ask_too_often("/sign-in")),
    "too many at the API": (429, lambda: _ask_too_often("/api/v1/me")),
}


@pytest.mark.parametrize("name", _ANSWERS)
def test_every_answer_carries_all_of_them(name: str) -> None:
    status, ask = _ANSWERS[name]
    answer = ask()
    assert answer.status_code == status
    assert [header for header in HEADERS if header not in answer.headers] == []
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Server"] == "Stack", "no version, and not that of the web server"
    assert "X-Powered-By" not in answer
    assert "X-Request-Id" in answer
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe-|\*|https?:|data:(?!;|$)", policy.replace("img-src 'self' data:", ""))
    kept = answer["Cache-Control"]
    assert kept == "public, max-age=31536000, immutable" if name == "a file" else "no-store" in kept


@pytest.mark.parametrize(
    ("path", "broken"),
    [("/", "stack.web.pages.home.render_page"), ("/api/v1/sources", "stack.store.queries.list_sources")],
)
def test_a_failure_tells_nothing_of_the_inside(
    path: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broken, _fail)
    answer = _signed_in().get(path)
    assert answer.status_code == 500
    assert [header for header in HEADERS if header not in answer.headers] == []
    for words in (b"secret of the inside", b"RuntimeError", b"Traceback", b".py", b"django"):
        assert words not in answer.content


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "testserver.evil.example",
        "testserver@evil.example",
        "testserver:80@evil.example",
        "testserver, evil.example",
        "evil.example:80",
        "testserver/evil.example",
        "testserver#.evil.example",
        "<script>alert(1)</script>",
        "testserver:evil",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/account", "/api/v1/me", "/nothing"])
def test_another_host_is_refused_and_not_repeated(host: str, path: str) -> None:
    answer = _client().get(path, headers={"host": host})
    assert answer.status_code == 400
    assert not host or host.encode() not in answer.content
    assert "evil" not in str(answer.headers)
    assert b"evil" not in answer.content


def test_what_claims_to_be_forwarded_names_no_host() -> None:
    headers = {
        "x-forwarded-host": "planted.example",
        "forwarded": "host=planted.example",
        "x-host": "planted.example",
    }
    client = _signed_in(headers=headers)
    for path in ("/account", "/sign-in", "/api/v1/openapi.json"):
        answer = client.get(path)
        assert b"planted.example" not in answer.content
        assert "planted.example" not in str(answer.headers)


@pytest.mark.parametrize(
    ("peer", "claim", "is_sent"),
    [
        ("10.0.0.1", "https", True),
        ("10.0.0.1", "http", False),
        ("10.0.0.1", "", False),
        ("203.0.113.9", "https", False),
    ],
)
def test_only_a_trusted_proxy_says_that_the_browser_came_over_tls(
    settings: Settings, peer: str, claim: str, is_sent: bool
) -> None:
    settings.TRUSTED_PROXIES = read_networks(["10.0.0.0/24"])
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    answer = _client().get("/sign-in", headers={"x-forwarded-proto": claim}, REMOTE_ADDR=peer)
    expected = "max-age=31536000; includeSubDomains" if is_sent else None
    assert answer.headers.get("Strict-Transport-Security") == expected
    assert answer.wsgi_request.is_secure() is is_sent


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Method-Override": "DELETE"},
        {"X-HTTP-Method": "DELETE"},
    ],
)
def test_a_method_is_not_overridden(headers: dict[str, str]) -> None:
    user = make_person(role=Role.PLATFORM_ADMIN)
    key_id, text = make_key(user)
    client = _client(headers={"Authorization": f"Bearer {text}", **headers})
    assert client.get("/api/v1/keys?_method=DELETE").status_code == 200
    assert client.post(f"/api/v1/keys/{key_id}", {"_method": "DELETE"}).status_code == 405
    assert client.get("/api/v1/me").status_code == 200, "the key was not revoked"


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "\u0130", "G" * 500])
@pytest.mark.parametrize("path", ["/sign-in", "/api/v1/me", _STYLE])
def test_other_methods_are_refused(method: str, path: str) -> None:
    answer = _client(headers={"X-Secret": "mine"}).generic(method, path)
    assert answer.status_code in {401, 403, 405}
    assert b"mine" not in answer.content


@pytest.mark.parametrize(
    "name",
    [
        "../config/settings.py",
        "..%2fconfig%2fsettings.py",
        "%2e%2e/config/settings.py",
        "..\\config\\settings.py",
        "....//config/settings.py",
        "/etc/passwd",
        "stack/../../web/urls.py",
        "stack/mark.svg/../../../urls.py",
        "stack/mark.svg%00.css",
        "stack",
        "",
        ".",
    ],
)
def test_only_static_files_are_served(name: str) -> None:
    for prefix in (configured.STATIC_URL, "/static/", "/static/../"):
        answer = _client().generic("GET", prefix + name)
        assert answer.status_code in {301, 302, 400, 404}
        for words in (b"SECRET", b"import ", b"root:"):
            assert words not in answer.content


def test_bodies_that_are_too_large_or_too_many_are_refused(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    client = _signed_in()
    assert client.post("/sign-in", {"username": "x" * 20_000}).status_code in {302, 400, 413}
    assert _client().post("/sign-in", {"username": "x" * 20_000}).status_code in {400, 413}
    fields = {f"field{number}": "x" for number in range(1100)}
    assert _client().post("/sign-in", fields).status_code in {400, 413}
    body = b'{"values":["' + b"x" * 20_000 + b'"]}'
    answer = client.post("/api/v1/lookup", body, content_type="application/json")
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "text/html", ""])
def test_a_body_that_a_form_of_another_site_can_send_does_nothing(media_type: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_person())
    for path in ("/api/v1/lookup", "/api/v1/keys", "/api/v1/ingest"):
        answer = client.generic("POST", path, b'{"name":"x","values":["x"]}', content_type=media_type)
        assert answer.status_code == 403, path


@pytest.mark.parametrize(
    "path", ["/api/v1/me", "/api/v1/search?q=<script>alert(1)</script>", "/sources.json"]
)
def test_json_is_json_and_nothing_that_a_browser_would_run(path: str) -> None:
    answer = _signed_in().get(path)
    assert answer["Content-Type"].partition(";")[0] in {"application/json", "application/problem+json"}
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_no_line_break_gets_into_a_header() -> None:
    client = _signed_in(headers={"X-Request-Id": "x\r\nSet-Cookie: planted=1"})
    for path in (
        "/sources.csv?x=%0d%0aSet-Cookie:planted=1",
        "/search.csv?q=%0d%0aSet-Cookie:planted=1",
        "/%0d%0aSet-Cookie:planted=1",
        "/sign-in?next=/%0d%0aSet-Cookie:planted=1",
        "/api/v1/export?q=x%0d%0aSet-Cookie:planted=1",
    ):
        answer = client.get(path)
        assert "planted" not in answer.cookies
        assert not [value for value in answer.headers.values() if "\n" in value or "\r" in value]


def test_the_name_of_a_download_is_stacks_own() -> None:
    client = _signed_in()
    for path in ('/sources.csv?filename=";x=evil.html', '/search.csv?q=";filename=evil.html', "/jobs.csv"):
        assert re.fullmatch(
            r'attachment; filename="stack-[a-z-]+\.csv"', client.get(path)["Content-Disposition"]
        )


_HOSTILE = [f'{start}HYPERLINK("https://evil.example";"x")' for start in ("=", "+", "-", "@", "\t=", "\r=")]
_FORMULA = re.compile(r"[=+\-@\t\r\n]")


def _make_all_hostile(world: World) -> None:
    """Names that spreadsheets would run, wherever a name is kept."""
    house = world.ours
    SharingGroup.objects.filter(pk=house.ids["group_id"]).update(name=_HOSTILE[0])
    RestrictedMarking.objects.update(name=_HOSTILE[1])
    Source.objects.filter(pk=house.ids["source_id"]).update(name=_HOSTILE[2])
    Invitation.objects.update(email=_HOSTILE[3])
    house.organisation.name = _HOSTILE[4]
    house.organisation.save()
    for person in house.people.values():
        for text in _HOSTILE:
            key_id, _ = make_key(person)
            person.api_keys.filter(pk=key_id).update(name=text)
        person.email = _HOSTILE[5]
        person.save()
    for text in _HOSTILE:
        Job.objects.create(
            kind=text[:20],
            arguments={"filename": text},
            unit="bytes",
            state=JobState.FAILED,
            error=text,
            created_at=1,
            organisation_id=house.organisation.pk,
            user=house.people[Role.PLATFORM_ADMIN],
        )


def _list_tables(patterns: Any, prefix: str = "") -> list[str]:
    found = []
    for each in patterns:
        text = prefix + str(each.pattern).removeprefix("^")
        if hasattr(each, "url_patterns"):
            found += _list_tables(each.url_patterns, text)
        elif "json|csv" in text or text.endswith(".csv"):
            found.append(text)
    return found


def _number_of_collection(world: World) -> int:
    return Collection.objects.get(uid=str(world.ours.ids["collection"])).pk


def test_no_cell_of_any_table_is_a_formula(world: World) -> None:
    _make_all_hostile(world)
    admin = world.ours.people[Role.PLATFORM_ADMIN]
    client = _client()
    client.force_login(admin)
    stix_type, uuid = str(world.ours.ids["stix_id"]).split("--")
    answer = client.post("/lookup", {"values": "\n".join(["evil.example", *_HOSTILE, "-1", "@x"])})
    lookup_id = answer["Location"].rpartition("/")[2]
    filled = 0
    for pattern in _list_tables(get_resolver().url_patterns):
        path = "/" + pattern.replace("(?P<form>json|csv)", "csv").replace("\\.", ".").rstrip("$")
        path = path.replace("(?P<stix_type>[a-z][a-z0-9-]{1,249})", stix_type)
        path = path.replace("(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", uuid)
        path = path.replace("(?P<tab>relations|history)", "history")
        path = path.replace(r"(?P<lookup_id>[\w-]{6,22})", lookup_id)
        path = re.sub(r"\(\?P<job_id>[^)]*\)|<int:job_id>", str(world.ours.ids["job_id"]), path)
        path = re.sub(r"\(\?P<collection_id>[^)]*\)", str(_number_of_collection(world)), path)
        path = re.sub(r"<int:organisation_id>", str(world.ours.organisation.pk), path)
        table = client.get(path)
        assert table.status_code == 200, path
        assert table["Content-Type"] == "text/csv; charset=utf-8", path
        rows = list(csv.reader(io.StringIO(table.getvalue().decode(), newline="")))
        cells = [cell for row in rows for cell in row]
        assert [cell for cell in cells if _FORMULA.match(cell) and not re.fullmatch(r"-?\d+", cell)] == [], (
            path
        )
        filled += any("HYPERLINK" in cell for cell in cells)
    assert filled >= 6, "hardly any table shows what was planted"
