"""A door in front of a search server: HTTP passes through it, or meets what a broken server would do."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Change = Callable[[str, int, bytes], tuple[int, bytes]]


class Door:
    """`change` sees method and target, status and body of each answer, and gives back what the caller gets.

    `hang` keeps callers waiting until it is lifted, `requests` are those that came, and `credentials` what
    they showed.
    """

    def __init__(self, server: ThreadingHTTPServer, scheme: str) -> None:
        self._server = server
        self._scheme = scheme
        self.change: Change = _pass
        self.lifted = threading.Event()
        self.lifted.set()
        self.requests: list[str] = []
        self.credentials: set[str] = set()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def hang(self) -> None:
        self.lifted.clear()

    def answer(self, status: int, body: bytes) -> None:
        """Whatever is asked, without asking the server."""
        self.change = lambda _request, _status, _body: (status, body)


def _pass(_request: str, status: int, body: bytes) -> tuple[int, bytes]:
    return status, body


@contextmanager
def open_door(target: str, *, certificate: Path | None = None) -> Iterator[Door]:
    """Leads to the server at `target`, over TLS where it has a certificate (and its key, in one file)."""
    host = urlsplit(target).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            request = f"{self.command} {self.path}"
            door.requests.append(request)
            door.credentials.add(self.headers.get("authorization", ""))
            door.lifted.wait()
            status, answer = self._forward(body)
            status, answer = door.change(request, status, answer)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _forward(self, body: bytes) -> tuple[int, bytes]:
            connection = HTTPConnection(host)
            headers = {"content-type": self.headers.get("content-type", "application/json")}
            connection.request(self.command, self.path, body or None, headers if body else {})
            with connection.getresponse() as answer:
                got = answer.status, answer.read()
            connection.close()
            return got

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - names that the base class calls

        def log_message(self, *arguments: Any) -> None:
            """Nothing is printed."""

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ssl.SSLError):
                """The caller waited no longer."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    door = Door(server, "https" if certificate else "http")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield door
    finally:
        door.lifted.set()
        server.shutdown()
        thread.join()
        server.server_close()
