"""What a provider of single sign-on may do to Stack by how it answers, against a server on loopback."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from requests import RequestException

from stack.accounts.sign_in.provider_session import ProviderSession


class _Answers(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        getattr(self, "_" + self.path.strip("/"))()

    def _good(self) -> None:
        self._head(200, {"Content-Length": "2"})
        self.wfile.write(b"{}")

    def _endless(self) -> None:
        self._head(200, {})
        self._write_on(b"x" * 10_000, pause=0)

    def _slow(self) -> None:
        self._head(200, {})
        self._write_on(b"x", pause=0.05)

    def _silent(self) -> None:
        time.sleep(2)

    def _away(self) -> None:
        self._head(302, {"Location": "/good", "Content-Length": "0"})

    def _away_at_length(self) -> None:
        self._head(302, {"Location": "http://127.0.0.1:9/"})
        self._write_on(b"x" * 10_000, pause=0)

    def _packed(self) -> None:
        self._head(200, {"Content-Encoding": "gzip", "Content-Length": "0"})

    def _cut(self) -> None:
        self._head(200, {"Content-Length": "10"})
        self.wfile.write(b"{")

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _write_on(self, piece: bytes, *, pause: float) -> None:
        until = time.monotonic() + 20
        try:
            while time.monotonic() < until:
                self.wfile.write(piece)
                time.sleep(pause)
        except OSError:
            """Stack has hung up."""

    def log_message(self, *about: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def ask(address: str) -> Callable[[str], bytes]:
    def ask(path: str) -> bytes:
        with ProviderSession(seconds=1.0, most_bytes=100_000) as session:
            return session.get(f"{address}/{path}").content

    _Answers.asked.clear()
    return ask


def test_an_answer_is_given_whole(ask: Callable[[str], bytes]) -> None:
    assert ask("good") == b"{}"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("endless", "above 100,000 bytes"),
        ("slow", "took more than 1 s"),
        ("silent", "timed out"),
        ("away", "redirect"),
        ("away_at_length", "redirect"),
        ("packed", "packed"),
        ("cut", "broke off"),
    ],
)
def test_what_is_no_short_answer_is_given_up(ask: Callable[[str], bytes], path: str, told: str) -> None:
    with pytest.raises(RequestException, match=told):
        ask(path)
    assert _Answers.asked == [f"/{path}"]
