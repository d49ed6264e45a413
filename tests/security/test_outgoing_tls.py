"""Whom the client for outgoing requests believes, and to whom it shows who it is."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stack.core.http.client import open_client
from stack.core.http.errors import HttpFailure, TlsFailure
from stack.core.http.tls import TlsOptions
from tests.certificates import make_authority, make_certificate
from tests.http_servers import run_server

pytestmark = pytest.mark.usefixtures("loopback_allowed")


@contextmanager
def tls_server(certificate: str, *, client_authority: str = "") -> Iterator[str]:
    """An HTTPS server with this certificate (a PEM file with its key), which may want one of clients."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            peer = self.connection.getpeercert()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"known" if peer else b"anonymous")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if client_authority:
        context.load_verify_locations(client_authority)
        context.verify_mode = ssl.CERT_REQUIRED
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with run_server(server) as port:
        yield f"https://localhost:{port}"


def test_a_certificate_of_nobody_is_refused(tmp_path: Path) -> None:
    authority = make_authority()
    certificate = make_certificate(authority, "localhost")
    path = tmp_path / "server.pem"
    path.write_text(certificate)
    with tls_server(str(path)) as url:
        with pytest.raises(TlsFailure, match="certificate"):
            open_client().send("GET", url)
        with open_client(tls=TlsOptions(ca_file=authority.pem)) as client:
            assert client.send("GET", url).body == b"anonymous"
        with open_client(tls=TlsOptions(verify=False)) as client:
            assert client.send("GET", url).body == b"anonymous"


def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    authority = make_authority()
    path = tmp_path / "server.pem"
    path.write_text(make_certificate(authority, "other.example"))
    with (
        tls_server(str(path)) as url,
        open_client(tls=TlsOptions(ca_file=authority.pem)) as client,
        pytest.raises(TlsFailure, match="certificate"),
    ):
        client.send("GET", url)


def test_a_client_certificate_is_shown_to_whom_it_is_meant_for(tmp_path: Path) -> None:
    authority = make_authority()
    path, trusted = tmp_path / "server.pem", tmp_path / "ca.pem"
    path.write_text(make_certificate(authority, "localhost"))
    trusted.write_text(authority.pem)
    own = make_certificate(authority, "client.example")
    with tls_server(str(path), client_authority=str(trusted)) as url:
        with open_client(tls=TlsOptions(ca_file=authority.pem, client_certificate=own)) as client:
            assert client.send("GET", url).body == b"known"
        with open_client(tls=TlsOptions(ca_file=authority.pem)) as client, pytest.raises(HttpFailure):
            client.send("GET", url)
