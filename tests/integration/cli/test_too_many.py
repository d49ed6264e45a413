"""What the command line makes of a server that says “later”."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from stack.cli.backend.http import Client
from stack.core.errors import TooMany

_PROBLEM = b'{"detail": "Too many requests", "remedy": "Wait 42 seconds, then try again.", "errors": []}'


class _Busy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(429)
        if self.path.endswith("/said"):
            self.send_header("Retry-After", "42")
        self.end_headers()
        self.wfile.write(_PROBLEM)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing is written to the terminal."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Busy)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(("path", "seconds"), [("/said", 42), ("/unsaid", 60)])
def test_it_ends_with_the_servers_words_and_its_own_code(address: str, path: str, seconds: int) -> None:
    with pytest.raises(TooMany) as caught:
        Client(address, "").get(path)
    assert caught.value.retry_after == seconds
    assert caught.value.exit_code == 5
    assert caught.value.remedy == "Wait 42 seconds, then try again."
