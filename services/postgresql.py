"""PostgreSQL from the distribution, in a cluster of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from services.base import Node, Service
from services.packages import find_program
from services.refusals import Refusal

_PLACES = "usr/lib/postgresql/*/bin/initdb"
_CREATION = ["-U", "stack", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
# The loss of power may damage the data; the end of the server, however violent, does not.
_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "unix_socket_directories": "",
}


class PostgreSQL(Service):
    name = "postgresql"
    end_signal = signal.SIGINT

    def install(self) -> None:
        self._bin()

    def prepare(self, node: Node, nodes: list[Node]) -> list[str]:
        data = node.folder / "data"
        if not data.exists():
            self._create(node.folder, data)
        options = {**_OPTIONS, "listen_addresses": "127.0.0.1"}
        return [
            str(self._bin() / "postgres"),
            "-D",
            str(data),
            "-p",
            str(node.port),
            *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
        ]

    def is_answering(self, nodes: list[Node]) -> bool:
        asked = [str(self._bin() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(nodes[0].port)]
        return subprocess.run(asked, check=False).returncode == 0

    def variables(self, nodes: list[Node]) -> dict[str, str]:
        return {"STACK_TEST_POSTGRES": f"postgresql://stack@127.0.0.1:{nodes[0].port}/postgres"}

    def user(self) -> str | None:
        """PostgreSQL refuses to run as root."""
        return "postgres" if os.geteuid() == 0 else None

    def _create(self, folder: Path, data: Path) -> None:
        user = self.user()
        if user:
            shutil.chown(folder, user)
        made = subprocess.run(
            [str(self._bin() / "initdb"), "-D", str(data), *_CREATION],
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            shutil.rmtree(data, ignore_errors=True)
            raise Refusal(
                f"PostgreSQL could not create its folder: {made.stderr.strip()[-500:]}\nIts user must reach "
                f"{data}: STACK_SERVICES names another folder, for example one under /tmp"
            )

    def _bin(self) -> Path:
        return Path(find_program("initdb", package="postgresql", places=_PLACES)).parent
