"""Where the server listens, and when it answers there."""

import errno
import http.client
import ipaddress
import socket
import time
from collections.abc import Callable

from stack.core.errors import Unavailable

_POLL_SECONDS = 0.05


def choose_port(host: str, port: int) -> int:
    """The port to listen on, free at this moment; 0 lets the system choose.

    The web server itself would share a port that is taken (SO_REUSEPORT), so it is tried here first.
    """
    family, address = _resolve(host, port)
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise _refuse_address(host, port, error) from None
        return int(probe.getsockname()[1])


def choose_public_address(address: str) -> str:
    """Where people reach a server at `address`: in production through the proxy that ends TLS."""
    from django.conf import settings

    if not settings.PRODUCTION:
        return address
    origins = settings.CSRF_TRUSTED_ORIGINS
    return str(origins[0]) if origins else f"https://{str(settings.ALLOWED_HOSTS[0]).lstrip('.')}"


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise Unavailable(
            f"{host}: not an address of this machine: {error.strerror}",
            remedy="Give an IP address with --host.",
        ) from None
    family, _, _, _, address = found[0]
    return family, (str(address[0]), int(address[1]))


def _refuse_address(host: str, port: int, error: OSError) -> Unavailable:
    reasons = {
        errno.EADDRINUSE: ("is already in use", "Choose another with --port, or --port 0 for any free one."),
        errno.EACCES: ("may not be used by this user", "Choose a port from 1024."),
        errno.EADDRNOTAVAIL: ("is not an address of this machine", "Give one of its own with --host."),
    }
    reason, remedy = reasons.get(error.errno or 0, (error.strerror or "cannot be used", "Choose another."))
    return Unavailable(f"{show_host(host)}:{port} {reason}", remedy=remedy)


def show_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def reachable_host(host: str) -> str:
    """The host that this machine itself connects to: the loopback address for a wildcard."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def wait_until_ready(
    host: str, port: int, *, called: str, seconds: float, still_hopeful: Callable[[], bool]
) -> bool:
    """Poll `/readyz` until it answers 200; False after `seconds`, or as soon as there is no hope.

    `called` is a host name that the server answers to.
    """
    deadline = time.monotonic() + seconds
    while still_hopeful() and time.monotonic() < deadline:
        if _is_ready(host, port, called):
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _is_ready(host: str, port: int, called: str) -> bool:
    connection = http.client.HTTPConnection(reachable_host(host), port, timeout=2)
    try:
        connection.request("GET", "/readyz", headers={"Host": called})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
