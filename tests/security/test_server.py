"""A real `stack serve`: requests that two servers would read differently, and many at the same moment."""

import http.client
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from urllib.parse import urlencode, urlsplit

import pytest

from tests.integration.cli.conftest import CommandLine, Servers

_HOST = b"Host: 127.0.0.1\r\n"
_HIDDEN = b"GET /hidden HTTP/1.1\r\n" + _HOST + b"\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("server") / "data"
    servers = Servers()
    try:
        yield urlsplit(servers(CommandLine(folder)).address).port or 0
    finally:
        servers.end_all()


def _send(port: int, request: bytes) -> list[int]:
    """The statuses of all answers until it hangs up or, after the first, is silent for a second."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            connection.sendall(request)
            while piece := connection.recv(65_536):
                answer += piece
                connection.settimeout(1)
        except (TimeoutError, ConnectionError):
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", answer)]


def _post(path: bytes, headers: bytes, body: bytes) -> bytes:
    return b"POST " + path + b" HTTP/1.1\r\n" + _HOST + headers + b"\r\n" + body


@pytest.mark.parametrize("path", [b"/sign-in", b"/api/v1/lookup"])
@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
    ],
)
def test_a_length_beside_chunks_hides_no_second_request(port: int, path: bytes, headers: bytes) -> None:
    statuses = _send(port, _post(path, headers, b"0\r\n\r\n" + _HIDDEN))
    assert len(statuses) <= 1, "what follows is not answered as a request"
    assert statuses[0] in {400, 403, 411}


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: 0x5\r\n",
        b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
        b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b" Transfer-Encoding: chunked\r\n",
        b"X: a\r\n b\r\n",
        b"X\x00: a\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(port: int, headers: bytes) -> None:
    assert _send(port, _post(b"/sign-in", headers, b"0\r\n\r\n" + _HIDDEN)) == [400]


@pytest.mark.parametrize(
    ("request_line", "headers", "statuses"),
    [
        (b"GET /sign-in HTTP/1.1", _HOST + b"Host: evil.example\r\n", {400}),
        (b"GET /sign-in HTTP/1.1", b"", {400}),
        (b"GET /sign-in HTTP/1.1", b"Host: evil.example\r\n", {400}),
        (b"GET /sign-in\x00 HTTP/1.1", _HOST, {400}),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1", _HOST, {414}),
        (b"GET /sign-in HTTP/1.1", _HOST + b"X-A: " + b"a" * 3_000_000 + b"\r\n", {431}),
        (b"GET /sign-in HTTP/1.1", _HOST + b"".join(b"X-%d: a\r\n" % n for n in range(2000)), {431}),
        (b"GET /static/../../settings.py HTTP/1.1", _HOST, {404}),
        (b"GET /static/%2e%2e/%2e%2e/settings.py HTTP/1.1", _HOST, {404}),
    ],
)
def test_hosts_sizes_and_paths(port: int, request_line: bytes, headers: bytes, statuses: set[int]) -> None:
    found = _send(port, request_line + b"\r\n" + headers + b"Connection: close\r\n\r\n")
    # Who still sends when the answer comes may lose it.
    assert set(found) <= statuses


def test_of_twenty_tries_at_once_exactly_five_are_looked_at(port: int) -> None:
    page = _ask(port, "GET", "/sign-in")
    [cookie] = re.findall(r"csrftoken=(\w+)", page.cookie)
    barrier = Barrier(20)

    def sign_in(number: int) -> int:
        barrier.wait()
        name = "Nobody" if number % 2 else "nobody"
        form = {"username": name, "password": "this is not the password", "csrfmiddlewaretoken": cookie}
        return _ask(port, "POST", "/sign-in", body=urlencode(form), cookie=f"csrftoken={cookie}").status

    with ThreadPoolExecutor(20) as threads:
        statuses = sorted(threads.map(sign_in, range(20)))
    assert statuses == [422] * 5 + [429] * 15


class _Answer:
    def __init__(self, status: int, cookie: str) -> None:
        self.status, self.cookie = status, cookie


def _ask(port: int, method: str, path: str, *, body: str = "", cookie: str = "") -> _Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return _Answer(answer.status, answer.headers.get("Set-Cookie", ""))
