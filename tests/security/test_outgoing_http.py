"""Attacks on the client for outgoing requests, by real servers on loopback."""

import gzip
import logging
import socket
import time
import zlib
from collections.abc import Iterator

import pytest

from stack.core.errors import BadInput
from stack.core.http.client import HttpLimits, open_client
from stack.core.http.errors import (
    AddressRefused,
    BrokenAnswer,
    HttpFailure,
    TimedOut,
    TooLarge,
    Unreachable,
)
from tests.http_servers import Answer, Asked, allowing, raw_server, serve

pytestmark = pytest.mark.usefixtures("loopback_allowed")

_QUICK = HttpLimits(connect_s=1, read_s=0.3, total_s=0.8, most_bytes=1_000_000)


def get(url: str, limits: HttpLimits = _QUICK, **headers: str) -> bytes:
    with open_client(limits=limits) as client:
        return client.send("GET", url, headers=headers).body


def test_loopback_is_refused_unless_it_is_allowed() -> None:
    with serve(lambda asked: Answer(body=b"secret")) as url:
        assert get(url) == b"secret"
        with allowing(""), pytest.raises(AddressRefused):
            get(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:7f00:1]"])
def test_other_spellings_of_loopback_are_refused(host: str) -> None:
    with allowing(""), pytest.raises((AddressRefused, BadInput)):
        get(f"http://{host}/")


def test_the_connection_goes_to_the_address_that_was_judged() -> None:
    hosts: list[str] = []

    def answer(asked: Asked) -> Answer:
        hosts.append(asked.headers["host"])
        return Answer(body=b"ok")

    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    with serve(answer) as url:
        port = url.rpartition(":")[2]
        with allowing("127.0.0.1", resolve=lambda name, port: next(answers)):
            assert get(f"http://rebound.example:{port}/") == b"ok"
            with pytest.raises(AddressRefused):
                get(f"http://rebound.example:{port}/")
    assert hosts == [f"rebound.example:{port}"]


def test_a_redirect_is_not_followed_unless_asked_for() -> None:
    with serve(lambda asked: Answer(302, headers={"Location": "/other"})) as url, open_client() as client:
        assert client.send("GET", url).status == 302


def test_a_redirect_to_a_private_address_is_refused() -> None:
    with (
        serve(
            lambda asked: Answer(302, headers={"Location": "http://169.254.169.254/latest/meta-data"})
        ) as url,
        pytest.raises(AddressRefused),
    ):
        get(url, HttpLimits(most_redirects=3))


def test_redirects_end() -> None:
    with (
        serve(lambda asked: Answer(302, headers={"Location": "/again"})) as url,
        pytest.raises(BrokenAnswer, match="redirects more than 3"),
    ):
        get(url, HttpLimits(most_redirects=3))


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://x/", "http://[", "//user:pw@127.0.0.1/"])
def test_a_redirect_to_what_is_no_address_is_refused(target: str) -> None:
    with (
        serve(lambda asked: Answer(302, headers={"Location": target})) as url,
        pytest.raises((BrokenAnswer, BadInput)),
    ):
        get(url, HttpLimits(most_redirects=3))


def test_credentials_stay_with_the_origin_that_they_were_meant_for() -> None:
    seen: list[Asked] = []

    def other(asked: Asked) -> Answer:
        seen.append(asked)
        return Answer(body=b"there")

    with serve(other) as there:

        def first(asked: Asked) -> Answer:
            if asked.path == "/first":
                return Answer(302, headers={"Location": "/second", "Set-Cookie": "a=b"})
            seen.append(asked)
            return Answer(302, headers={"Location": f"{there}/x"})

        with serve(first) as url:
            secret = {"authorization": "Bearer t", "auth-key": "k", "cookie": "c=d", "accept": "text/csv"}
            assert get(f"{url}/first", HttpLimits(most_redirects=3), **secret) == b"there"
    assert seen[0].headers["auth-key"] == "k"
    assert seen[0].headers["cookie"] == "c=d"  # what the server tried to set is not kept
    assert not {"authorization", "auth-key", "cookie"} & set(seen[1].headers)
    assert seen[1].headers["accept"] == "text/csv"


def test_a_url_with_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(BadInput) as caught:
        get("https://user:hunter2@feeds.example/")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["ftp://x.example/", "file:///etc/passwd", "//x", "x", "http://", "http://a b/"]
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        get(url)


def test_a_header_cannot_be_smuggled() -> None:
    with serve(lambda asked: Answer()) as url, pytest.raises((BadInput, HttpFailure)):
        get(url, _QUICK, **{"x-a": "b\r\nHost: other.example"})


def test_a_server_that_drips_is_given_up() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    begun = time.monotonic()
    with raw_server(drip) as url, pytest.raises(TimedOut):
        get(url)
    assert time.monotonic() - begun < 2


def test_headers_that_drip_are_given_up() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            connection.sendall(b"x-%d: y\r\n" % number)
            time.sleep(0.05)

    with raw_server(drip) as url, pytest.raises(TimedOut):
        get(url)


def test_silence_is_given_up() -> None:
    with raw_server(lambda connection: time.sleep(0.6)) as url, pytest.raises(TimedOut):
        get(url)


def test_headers_without_end_are_refused() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"x-a: " + b"y" * 1000 + b"\r\n")

    with raw_server(flood) as url, pytest.raises((TooLarge, BrokenAnswer)):
        get(url, HttpLimits(total_s=10))


def test_interim_answers_without_end_are_refused() -> None:
    def flood(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n" * 100)

    with raw_server(flood) as url, pytest.raises(TooLarge):
        get(url, HttpLimits(total_s=10))


def test_two_gigabytes_are_refused_after_the_limit() -> None:
    sent = []

    def chunks() -> Iterator[bytes]:
        for _ in range(2048):
            sent.append(1)
            yield b"x" * 1_048_576

    with serve(lambda asked: Answer(body=None, chunks=chunks())) as url, pytest.raises(TooLarge):
        get(url, HttpLimits(most_bytes=3_000_000))
    assert len(sent) < 40


def test_two_gigabytes_that_are_announced_are_not_read() -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(body=None, chunks=iter([b"x"]), headers={"Content-Length": str(2 * 1024**3)})

    with serve(answer) as url, pytest.raises(TooLarge):
        get(url)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_refused_before_it_is_in_memory(encoding: str) -> None:
    zeros = b"\0" * 40_000_000
    bomb = gzip.compress(zeros) if encoding == "gzip" else zlib.compress(zeros)
    with (
        serve(lambda asked: Answer(body=bomb, headers={"Content-Encoding": encoding})) as url,
        pytest.raises(TooLarge),
    ):
        get(url, HttpLimits(most_bytes=2_000_000))


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "x"])
def test_an_encoding_that_nobody_asked_for_is_refused(encoding: str) -> None:
    with (
        serve(lambda asked: Answer(body=b"x", headers={"Content-Encoding": encoding})) as url,
        pytest.raises(BrokenAnswer),
    ):
        get(url)


def test_compressed_data_that_is_damaged_is_said_so() -> None:
    with (
        serve(lambda asked: Answer(body=b"not gzip", headers={"Content-Encoding": "gzip"})) as url,
        pytest.raises(BrokenAnswer, match="damaged"),
    ):
        get(url)


def test_an_answer_that_breaks_off_is_not_taken_for_whole() -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    with raw_server(cut) as url, pytest.raises(BrokenAnswer, match="middle"):
        get(url)


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH\r\n", b"\0" * 50])
def test_what_is_not_http_is_said_so(said: bytes) -> None:
    with raw_server(lambda connection: connection.sendall(said)) as url, pytest.raises(HttpFailure):
        get(url)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable):
        get(f"http://127.0.0.1:{port}/")


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serve(lambda asked: Answer(body=b"direct")) as url:
        assert get(url) == b"direct"


def test_nothing_of_a_request_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(lambda asked: Answer(500, b"no")) as url:
        get(f"{url}/path-secret?key=query-secret", authorization="header-secret")
        with pytest.raises(TimedOut) as caught:
            get(f"{url}/path-secret", HttpLimits(total_s=0), authorization="header-secret")
    assert "secret" not in caplog.text
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
