"""Redis from the distribution, with the append-only file that a restart reads."""

from __future__ import annotations

import contextlib
import socket

from services.base import Node, Service
from services.packages import find_program

# Sessions of tests that run at the same time take databases of their own.
DATABASES = 256


class Redis(Service):
    name = "redis"

    def install(self) -> None:
        _find_server()

    def prepare(self, node: Node, nodes: list[Node]) -> list[str]:
        options = {
            "port": str(node.port),
            "bind": "127.0.0.1",
            "dir": str(node.folder),
            "databases": str(DATABASES),
            "appendonly": "yes",
            "save": "",
            "maxmemory": "512mb",
            "loglevel": "warning",
        }
        return [_find_server(), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def is_answering(self, nodes: list[Node]) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", nodes[0].port), 2) as client,
        ):
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        return False

    def variables(self, nodes: list[Node]) -> dict[str, str]:
        return {"STACK_TEST_REDIS": f"redis://127.0.0.1:{nodes[0].port}"}


def _find_server() -> str:
    return find_program("redis-server", package="redis-server")
