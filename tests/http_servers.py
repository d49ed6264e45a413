"""Servers on loopback for tests of what Stack sends: real sockets, answers of the test's own."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from stack.core.http.guard import OutgoingRules, current_rules, install_rules, read_exemptions


@dataclass(frozen=True)
class Asked:
    """A request as the server saw it; `headers` by names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Answer:
    """`chunks` are sent one after the other as they come, without a length, where `body` is None."""

    status: int = 200
    body: bytes | None = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Iterator[bytes] = field(default_factory=lambda: iter(()))


@contextmanager
def serve(handler: Callable[[Asked], Answer]) -> Iterator[str]:
    """A server that answers with what `handler` gives; yields its base URL without a slash at its end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(size) if size else b"")
            try:
                self.give(handler(asked))
            except OSError:  # the client has had enough
                self.close_connection = True

        def give(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.body is not None:
                if answer.status != 304 and "content-length" not in {name.lower() for name in answer.headers}:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else answer.body)
                return
            self.send_header("Connection", "close")
            self.end_headers()
            for chunk in answer.chunks:
                self.wfile.write(chunk)
            self.close_connection = True

        do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with run_server(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that writes what it likes to each connection, once the request is there."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def run() -> None:
        while not stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                try:
                    talk(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)


@contextmanager
def run_server(server: ThreadingHTTPServer) -> Iterator[int]:
    """Runs the server in a thread; yields its port."""
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def allowing(rules: str, **others: Any) -> Iterator[None]:
    """Outgoing requests may go where `rules` (as in `STACK_HTTP_ALLOW`) say, inside the block."""
    before = current_rules()
    install_rules(OutgoingRules(read_exemptions(rules), **others))
    try:
        yield
    finally:
        install_rules(before)


@pytest.fixture
def loopback_allowed() -> Iterator[None]:
    """Requests may go to servers of this machine."""
    with allowing("127.0.0.0/8 ::1"):
        yield
