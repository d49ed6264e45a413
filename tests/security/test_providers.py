"""A service that is hostile: whatever it does, asking ends in time, within limits, and in words."""

import gzip
import socket
import time
import tracemalloc
from collections.abc import Callable
from functools import cache

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.analysis.asking.models import Call
from stack.analysis.asking.records import Outcome
from tests.http_servers import Answer as HttpAnswer
from tests.http_servers import raw_server
from tests.integration.analysis.asking.conftest import KEY, Scorer, Service, ask, service, set_up
from tests.people import make_principal

__all__ = ["service"]
pytestmark = pytest.mark.django_db
_MIB = 1024 * 1024
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def principal(db: None) -> Principal:
    return make_principal("ada", Organisation.objects.create(name="Analysts"), role=Role.PLATFORM_ADMIN)


def hang(connection: socket.socket) -> None:
    connection.settimeout(20)
    connection.recv(1)


def drip(connection: socket.socket) -> None:
    connection.sendall(_HEAD + b"Content-Length: 1000\r\n\r\n")
    for _ in range(400):
        connection.sendall(b" ")
        time.sleep(0.05)


def flood(connection: socket.socket) -> None:
    connection.sendall(_HEAD + b"Content-Length: 2147483648\r\n\r\n")
    for _ in range(2048):
        connection.sendall(b"[" * _MIB)


def flood_unannounced(connection: socket.socket) -> None:
    connection.sendall(_HEAD + b"Connection: close\r\n\r\n")
    for _ in range(2048):
        connection.sendall(b"[" * _MIB)


@cache
def _squeeze() -> bytes:
    """64 MB of zeros, as 64 kB."""
    return gzip.compress(b"0" * (64 * _MIB))


def bomb(connection: socket.socket) -> None:
    connection.sendall(_HEAD + b"Content-Encoding: gzip\r\n")
    connection.sendall(b"Content-Length: %d\r\n\r\n" % len(_squeeze()) + _squeeze())


def send_headers(connection: socket.socket) -> None:
    connection.sendall(_HEAD)
    for number in range(100_000):
        connection.sendall(b"X-%d: %s\r\n" % (number, b"a" * 50))


def send_no_http(connection: socket.socket) -> None:
    connection.sendall(b"\x00\xff\x00 SSH-2.0 hello\r\n\r\n")


def break_off(connection: socket.socket) -> None:
    connection.sendall(_HEAD + b'Content-Length: 500\r\n\r\n{"score": 1')


def nest(connection: socket.socket) -> None:
    body = b'{"score": 1, "x": ' + b"[" * 40_000 + b"]" * 40_000 + b"}"
    connection.sendall(_HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


@pytest.mark.parametrize(
    "attack",
    [hang, drip, flood, flood_unannounced, bomb, send_headers, send_no_http, break_off, nest],
)
def test_an_attack_ends_within_limits(
    principal: Principal,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    attack: Callable[[socket.socket], None],
) -> None:
    monkeypatch.setattr(Scorer, "wall_s", 0.6)
    _squeeze()
    with raw_server(attack) as base:
        set_up(principal, service, options={"url": base})
        tracemalloc.start()
        begun = time.monotonic()
        asked = ask(principal)
        took = time.monotonic() - begun
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert asked.outcome is Outcome.FAILED
    assert asked.message.startswith("Tested")
    assert asked.message.isprintable()
    assert took < 6  # ten times what it may take, as others use this machine too
    assert peak < 24 * _MIB
    assert not Call.objects.exclude(body=b"").exists() or attack is nest


@pytest.mark.parametrize(
    "where",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "file:///etc/passwd",
        "//127.0.0.1:22/",
        "https://elsewhere.example/",
    ],
)
@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_leads_nowhere(principal: Principal, service: Service, where: str, status: int) -> None:
    service.before = lambda asked: HttpAnswer(status, b"", {"Location": where})
    set_up(principal, service)
    asked = ask(principal)
    assert asked.outcome is Outcome.FAILED
    assert len(service.asked) == 1
    assert where not in asked.message


@pytest.mark.parametrize(
    "body",
    [
        {"score": "a lot"},
        {"score": None},
        {"score": {"__proto__": 1}},
        [],
        "score",
        b"\xff\xfe{}",
        b'{"score": NaN}',
        b'{"score": 1' + b" " * 5000,
        b'{"score": 1, "score": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_lie_is_told_as_such(principal: Principal, service: Service, body: object) -> None:
    set_up(principal, service)
    service.body = body
    asked = ask(principal)
    assert asked.outcome is Outcome.FAILED
    assert "otherwise than it documents" in asked.message
    assert len(asked.message) <= 500


@pytest.mark.parametrize("body", [b'{"score": 1' + b"0" * 400 + b"}", b'{"score": 1' + b"0" * 308 + b"}"])
def test_a_number_without_measure_makes_no_evidence(
    principal: Principal, service: Service, body: bytes
) -> None:
    set_up(principal, service)
    service.body = body
    asked = ask(principal)
    assert asked.outcome is Outcome.FAILED
    assert asked.answer is None


@pytest.mark.parametrize(
    "retry_after", ["99999999999999999999", "-5", "soon", "Fri, 31 Dec 9999 23:59:59 GMT"]
)
def test_a_retry_after_has_bounds(principal: Principal, service: Service, retry_after: str) -> None:
    set_up(principal, service)
    service.status, service.headers = 429, {"Retry-After": retry_after}
    asked = ask(principal)
    assert asked.outcome is Outcome.LIMITED
    assert asked.retry_at is not None
    assert 0 < asked.retry_at - asked.ended_at <= 86_400_000_000


def test_the_words_of_a_refusal_are_cut_and_plain(principal: Principal, service: Service) -> None:
    set_up(principal, service)
    evil = "<script>alert(1)</script>\u202egnp.exe\x1b[31m " + KEY + " " + "x" * 10_000
    service.status, service.body = 403, evil.encode()
    asked = ask(principal)
    assert asked.outcome is Outcome.UNAUTHORISED
    assert len(asked.message) < 320
    assert "<script>" not in asked.message
    assert "\u202e" not in asked.message
    assert KEY not in asked.message


def test_a_credential_cut_by_the_end_of_a_quote_does_not_show(principal: Principal, service: Service) -> None:
    """Its first half, at the end of what is read of a refusal, is as secret as all of it."""
    set_up(principal, service)
    for lead in range(150, 162):
        service.status, service.body = 403, (" " * 4_090 + "y" * lead + KEY + " more").encode()
        assert KEY[:8] not in ask(principal).message
