"""`STACK_HEALTH_PORT`: a small HTTP server for probes and figures in processes that serve no pages."""

import ipaddress
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings

from stack.config.probing.answers import PROBES, ProbeAnswer, answer_probe, is_operator

_log = logging.getLogger(__name__)
_PATIENCE_S = 5
_MOST_AT_ONCE = 32


class _Handler(BaseHTTPRequestHandler):
    """One request a connection; who sends nothing is cut off."""

    timeout = _PATIENCE_S
    server_version = "Stack"
    sys_version = ""

    def do_GET(self) -> None:  # the name that the library calls
        path = self.path.partition("?")[0]
        if path not in PROBES:
            self._send(ProbeAnswer(404, b"Ask for /livez, /readyz or /metrics.\n"))
            return
        is_local = ipaddress.ip_address(self.client_address[0]).is_loopback
        known = is_operator(self.headers.get("Authorization", ""), is_local=is_local)
        try:
            self._send(answer_probe(path, is_operator=known, has_metrics=True))
        except BrokenPipeError:
            return
        except Exception:
            _log.exception("a probe could not be answered")
            self._send(ProbeAnswer(500, b"The log says why this failed.\n"))

    do_HEAD = do_GET  # noqa: N815 - the name that the library calls

    def _send(self, answer: ProbeAnswer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(answer.content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the library's word
        """A probe every few seconds is no news."""


class _Server(ThreadingHTTPServer):
    """Answers a few at a time and turns others away, so that nobody fills the process."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self._places = threading.BoundedSemaphore(_MOST_AT_ONCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()


def serve_health() -> _Server | None:
    """Answers in a thread of its own until the process ends; None where the settings ask for no port, or
    another process of this machine has it already, as where `stack serve` starts several."""
    port = settings.MONITORING.health_port
    return start_server(settings.MONITORING.health_host, port) if port else None


def start_server(host: str, port: int) -> _Server | None:
    """Port 0 takes any free one, which `server_address` then names."""
    try:
        server = _Server((host, port))
    except OSError as error:
        _log.warning("nothing answers probes at %s:%d: %s", host, port, error.strerror)
        return None
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
