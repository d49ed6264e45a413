"""The running server of this data folder, or the one of STACK_URL."""

from collections.abc import Iterator

from stack import __version__
from stack.cli.doctor.base import Finding, State, guard


def diagnose() -> Iterator[Finding]:
    from django.conf import settings

    from stack.cli.supervision.lock import find_serving, is_alive

    serving = find_serving(settings.DATA)
    if serving is None:
        yield Finding("server", State.OK, "not running; “stack serve” starts it")
        return
    dead = [role for role, pid in serving.children.items() if not is_alive(pid)]
    where = f"process {serving.pid} at {serving.address}"
    if dead:
        detail = f"{where}, but its {' and '.join(dead)} process is down"
        remedy = "The server's output says why; it tries again by itself."
        yield Finding("server", State.FAILED, detail, remedy)
        return
    children = ", ".join(f"{role} {pid}" for role, pid in serving.children.items())
    yield Finding("server", State.OK, f"{where} ({children})")


def diagnose_remote(address: str, token: str) -> Iterator[Finding]:
    """Whether the server answers and knows the key."""
    from stack.cli.backend.http import Client

    yield Finding("version", State.OK, f"Stack {__version__} here")

    def ask() -> Iterator[Finding]:
        client = Client(address, token)
        yield Finding("server", State.OK, f"Stack {client.get('/version')['version']} at {client.address}")

    yield from guard("server", ask)
