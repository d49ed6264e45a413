"""Floods: of requests, of keys, of tries to sign in; by one and by many, on every way in."""

import json
import time
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from stack.accounts.limits.policies import LimitSettings, list_policies
from stack.accounts.models import User
from stack.accounts.operations import create_key
from stack.accounts.queries import principal_of_user
from tests.signing import PASSWORD, add_app, list_acts, make_code, make_person, sign_in

pytestmark = pytest.mark.django_db
_WRONG = "this is not the password"


@pytest.fixture(autouse=True)
def few(settings: Settings) -> None:
    """Numbers that a test can reach; those of signing in are the real ones."""
    policies = list_policies(reads=5, writes=4, expensive=3, anonymous=6)
    settings.LIMITS = LimitSettings(is_on=True, policies=policies)


@pytest.fixture
def usual(few: None, settings: Settings) -> None:
    """The numbers as they come."""
    settings.LIMITS = LimitSettings(is_on=True, policies=list_policies())


def _make_key(user: User) -> str:
    return create_key(principal_of_user(user), name="test").key


def _bearer(text: str, address: str = "192.0.2.1") -> Client:
    return Client(
        headers={"Authorization": f"Bearer {text}"}, REMOTE_ADDR=address, raise_request_exception=False
    )


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _statuses(client: Client, path: str, times: int, **more: Any) -> list[int]:
    return [client.get(path, **more).status_code for _ in range(times)]


def test_a_key_has_so_many_reads_and_is_told() -> None:
    client = _bearer(_make_key(make_person()))
    answers = [client.get("/api/v1/version") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0"]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"read";q=5;w=60'}
    assert answers[0]["RateLimit"].startswith('"read";r=4;t=')
    assert answers[0]["RateLimit-Limit"] == "5"
    refused = answers[-1]
    assert 1 <= int(refused["Retry-After"]) <= 120
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:stack:problem:too-many"
    assert refused.json()["remedy"].startswith("Wait ")


def test_kinds_are_counted_apart() -> None:
    client = _bearer(_make_key(make_person()))
    assert _statuses(client, "/api/v1/version", 6)[-1] == 429
    assert _statuses(client, "/api/v1/search", 4) == [200] * 3 + [429]
    writes = [client.post("/api/v1/jobs/1/cancel").status_code for _ in range(5)]
    assert writes == [404] * 4 + [429]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/search"),
        ("GET", "/api/v1/export"),
        ("POST", "/api/v1/lookup"),
        ("POST", "/api/v1/ingest"),
    ],
)
def test_what_costs_much_has_a_limit_of_its_own(method: str, path: str) -> None:
    client = _bearer(_make_key(make_person()))
    answer = client.generic(method, path, b'{"values":[]}', content_type="application/json")
    assert answer["RateLimit-Policy"] == '"expensive";q=3;w=60'


def test_keys_count_apart_and_together() -> None:
    user = make_person()
    clients = [_bearer(_make_key(user)) for _ in range(5)]
    statuses = [_statuses(client, "/api/v1/version", 5) for client in clients]
    assert statuses == [[200] * 5] * 4 + [[429] * 5], "all keys of a user together have four times as many"
    assert _signed_in(user).get("/account").status_code == 200, "the owner still has the pages"


def test_no_address_helps_a_key_to_more() -> None:
    text = _make_key(make_person())
    statuses = [
        _bearer(text, f"198.51.100.{number}").get("/api/v1/version").status_code for number in range(6)
    ]
    assert statuses == [200] * 5 + [429]


def test_one_does_not_use_up_what_another_has() -> None:
    assert _statuses(_bearer(_make_key(make_person())), "/api/v1/version", 6)[-1] == 429
    assert _bearer(_make_key(make_person("wren"))).get("/api/v1/version").status_code == 200


def test_pages_count_whoever_is_signed_in_and_say_so_as_a_page() -> None:
    client = _signed_in(make_person())
    answers = [client.get("/account") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert b"Too many requests" in answers[-1].content
    assert int(answers[-1]["Retry-After"]) >= 1
    data = client.get("/jobs.json")
    assert (data.status_code, data["Content-Type"]) == (429, "application/problem+json")


def test_the_session_counts_for_rest_as_well() -> None:
    client = _signed_in(make_person())
    statuses = [client.get(path).status_code for path in ("/account", "/api/v1/version") * 3]
    assert statuses == [200] * 5 + [429]


@pytest.mark.parametrize("path", ["/sign-in", "/join/x", "/sign-in/x", "/api/v1/openapi.json", "/nothing"])
def test_strangers_count_by_address(path: str) -> None:
    statuses = _statuses(Client(REMOTE_ADDR="192.0.2.1"), path, 7)
    assert 429 not in statuses[:6]
    assert statuses[6] == 429
    assert Client(REMOTE_ADDR="192.0.2.2").get(path).status_code != 429


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/sign-in", {"Cookie": "sessionid=0123456789abcdefghijklmnopqrstuv"}),
        ("/sign-in", {"Authorization": "Bearer x"}),
        ("/api/v1/auth/session", {"Authorization": "Bearer x"}),
        ("/api/v1/auth/session", {"X-Session-Token": "x"}),
        ("/sign-in", {"X-Forwarded-For": "203.0.113.9"}),
    ],
)
def test_nothing_that_a_stranger_sends_makes_them_somebody(path: str, headers: dict[str, str]) -> None:
    client = Client(headers=headers, REMOTE_ADDR="192.0.2.1")
    if "Cookie" in headers:
        client.cookies["sessionid"] = headers["Cookie"].partition("=")[2]
    assert _statuses(client, path, 7)[-1] == 429


def test_an_ipv6_customer_is_one_address() -> None:
    statuses = [Client(REMOTE_ADDR=f"2001:db8::{n}").get("/sign-in").status_code for n in range(1, 8)]
    assert statuses[-1] == 429
    assert Client(REMOTE_ADDR="2001:db8:0:1::1").get("/sign-in").status_code == 200


def test_probes_always_get_their_answer() -> None:
    _statuses(Client(), "/sign-in", 8)
    assert [Client().get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_every_request_of_an_address_counts_even_with_keys(settings: Settings) -> None:
    address = settings.LIMITS.policies["address"]
    caches["limits"].set(_counter_of(address.name, "192.0.2.1", address.seconds), address.limit)
    for path in ("/api/v1/version", "/sign-in"):
        answer = _bearer("x").get(path)
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) >= 1


def _counter_of(policy: str, subject: str, seconds: int) -> str:
    return f"{policy}:{subject}:{int(time.time() // seconds)}"


def test_a_key_that_failed_too_often_is_not_even_looked_at(django_assert_num_queries: Any) -> None:
    good = _make_key(make_person())
    expired = _bearer("stk_0123456789ab_" + "0" * 48)
    statuses = _statuses(expired, "/api/v1/version", 62)
    assert statuses == [401] * 60 + [429] * 2
    with django_assert_num_queries(0):
        expired.get("/api/v1/version")
    assert _bearer(good).get("/api/v1/version").status_code == 200, "others work on from there"


def test_guessing_keys_ends_for_the_whole_address(settings: Settings) -> None:
    policy = settings.LIMITS.policies["failed-keys"]
    caches["limits"].set(_counter_of(policy.name, "192.0.2.1", policy.seconds), policy.limit - 2)
    statuses = [
        _bearer(f"stk_{number:012x}_{number:048x}").get("/api/v1/version").status_code for number in range(4)
    ]
    assert statuses == [401, 401, 429, 429]
    assert _bearer("stk_000000000009_x", "192.0.2.2").get("/api/v1/version").status_code == 401


def test_limits_can_be_off_but_never_those_of_signing_in(settings: Settings) -> None:
    settings.LIMITS = LimitSettings(is_on=False, policies=settings.LIMITS.policies)
    client = _bearer(_make_key(make_person()))
    assert _statuses(client, "/api/v1/version", 8) == [200] * 8
    assert "RateLimit" not in client.get("/api/v1/version")
    statuses = [sign_in(Client(), "nobody", _WRONG).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def _app(address: str = "192.0.2.1", name: str = "robin", password: str = _WRONG) -> Any:
    return Client(REMOTE_ADDR=address).post(
        "/api/v1/auth/login",
        json.dumps({"username": name, "password": password}),
        content_type="application/json",
    )


@pytest.mark.asvs("6.3.1")
@pytest.mark.usefixtures("usual")
@pytest.mark.parametrize("name", ["robin", "nobody"])
def test_apps_are_limited_as_pages_are(name: str) -> None:
    make_person("robin")
    answers = [_app(name=name) for _ in range(4)] + [
        sign_in(Client(REMOTE_ADDR="192.0.2.1"), name.upper(), _WRONG)
    ]
    assert 429 not in [answer.status_code for answer in answers]
    refused = _app(name=name)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "300"
    assert refused.json()["errors"][0]["code"] == "too_many_login_attempts"


@pytest.mark.asvs("6.1.1", "6.3.1")
def test_one_stranger_does_not_lock_the_owner_out() -> None:
    make_person()
    stranger = [sign_in(Client(REMOTE_ADDR="192.0.2.1"), "robin", _WRONG).status_code for _ in range(6)]
    assert stranger == [422] * 5 + [429]
    assert sign_in(Client(REMOTE_ADDR="192.0.2.2")).status_code == 302
    [lock] = list_acts("sign-in.lock")
    assert lock["after"] == {"reason": "too many failures: sign-in"}
    assert lock["is_security"]


@pytest.mark.usefixtures("usual")
def test_signing_in_forgets_the_failures_of_the_name_but_not_those_of_the_address() -> None:
    make_person()
    make_person("wren")
    for _ in range(3):
        for _ in range(4):
            sign_in(Client(), "robin", _WRONG)
        assert sign_in(Client()).status_code == 302
    [address] = _list_counters("sign-in-address")
    assert caches["limits"].get(address) == 12


def _list_counters(policy: str) -> list[str]:
    return [key for key in list(caches["limits"]._cache) if key.startswith(f"{policy}:")]  # type: ignore[attr-defined]


@pytest.mark.asvs("6.3.1")
@pytest.mark.usefixtures("usual")
def test_guessing_second_factors_locks_for_longer_each_time() -> None:
    user = make_person()
    secret = add_app(user)
    waits = []
    for address in range(2):
        client = Client(REMOTE_ADDR=f"198.51.100.{address}")
        sign_in(client)
        statuses = []
        for number in range(11):
            answer = client.post("/sign-in/second-factor", {"code": f"{number:06}"})
            statuses.append(answer.status_code)
        assert statuses == [422] * 10 + [429]
        waits.append(answer["Retry-After"])
        assert client.post("/sign-in/second-factor", {"code": make_code(secret)}).status_code == 429
        caches["limits"].delete(f"second-factor:user-{user.pk}:locked")
    assert waits == ["60", "120"]


@pytest.mark.usefixtures("usual")
def test_a_try_that_is_refused_is_not_counted_against_the_others() -> None:
    make_person()
    for _ in range(60):
        sign_in(Client(REMOTE_ADDR="192.0.2.1"), "robin", _WRONG)
    assert sign_in(Client(REMOTE_ADDR="192.0.2.1"), "wren", _WRONG).status_code == 422
    assert sign_in(Client(REMOTE_ADDR="192.0.2.2"), "robin", PASSWORD).status_code == 302


@pytest.mark.asvs("6.3.1")
@pytest.mark.usefixtures("usual")
def test_confirming_who_one_is_is_limited() -> None:
    client = Client()
    make_person()
    sign_in(client)
    answers = [client.post("/confirm", {"password": _WRONG}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert answers[-1]["Retry-After"] == "300"


def test_nobody_signs_in_while_nothing_can_be_counted(settings: Settings) -> None:
    make_person()
    settings.CACHES = settings.CACHES | {
        "limits": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1",
        }
    }
    assert sign_in(Client()).status_code == 503
    assert _app(password=PASSWORD).status_code == 503
    assert Client().get("/sign-in").status_code == 200
