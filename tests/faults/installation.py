"""An installation of Stack as real processes, each of which may be killed and started again."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from tests.postgres_servers import find_free_port

STACK = Path(sys.executable).with_name("stack")
_READY_S = 60.0
LEASE_S = 3


class Installation:
    """`roles` are the processes of it by name: `web`, `web2`, `runner`, `worker`, `worker2`, `beat`.

    Leases are short, so that the work of a killed process is soon taken over.
    """

    def __init__(
        self, folder: Path, *, roles: Sequence[str], settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.roles = tuple(roles)
        self.ports = {role: find_free_port() for role in roles if role.startswith("web")}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("STACK_", "DJANGO_"))}
        self.environment = (
            kept
            | {
                "STACK_DATA": str(folder / "data"),
                "STACK_LIMITS": "off",
                "STACK_JOBS_LEASE": str(LEASE_S),
                "STACK_LOG_LEVEL": "WARNING",
            }
            | dict(settings or {})
        )
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._wanted: set[str] = set()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep_running, daemon=True)
        self.loader_key = self.watcher_key = ""

    def __enter__(self) -> "Installation":
        self.run("init", "--wait", "30")
        self.loader_key = self.run("key", "create", "loader", "--json")["key"]
        self.watcher_key = self.run(
            "key", "create", "watcher", "--scope", "read", "--tlp", "green", "--json"
        )["key"]
        for role in self.roles:
            self.start(role)
        self._keeper.start()
        self.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._keeper.is_alive():
            self._keeper.join(10)
        for role in self._processes:
            self.kill(role)

    def _keep_running(self) -> None:
        """What systemd or Kubernetes does: a process that ended is started again."""
        while not self._ended.wait(0.2):
            for role in self.roles:
                with self._lock:
                    if role in self._wanted and self._processes[role].poll() is not None:
                        self._start(role)

    def run(self, *words: str, codes: Sequence[int] = (0,), timeout: float = 120) -> Any:
        """A command of the `stack` line; its JSON where it has some."""
        done = subprocess.run(
            [STACK, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode in codes, f"stack {' '.join(words)}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if "--json" in words else done.stdout

    def start(self, role: str) -> None:
        with self._lock:
            self._wanted.add(role)
            self._start(role)

    def _start(self, role: str) -> None:
        with (self.folder / f"{role}.log").open("ab") as log:
            self._processes[role] = subprocess.Popen(
                [STACK, *self._command(role)],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, role: str) -> None:
        """With -9, and its children too, as when the machine goes; it stays away until it is started."""
        with self._lock:
            self._wanted.discard(role)
            process = self._processes[role]
            children = _children(process.pid)
            process.kill()
            process.wait(10)
        for child in children:
            _end(child)

    def kill_child(self, role: str) -> bool:
        """A child of the role's process (of a Celery pool, of Granian); False where it has none right now."""
        children = _children(self._processes[role].pid)
        if not children:
            return False
        _end(random.choice(children))
        return True

    def terminate(self, role: str, *, seconds: float = 15.0) -> float:
        """Asks it to end and waits; how long it took. It must end by itself, and stays away."""
        with self._lock:
            self._wanted.discard(role)
            process = self._processes[role]
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(seconds)
        return time.monotonic() - began

    def restart(self, role: str) -> None:
        self.kill(role)
        self.start(role)

    def wait_ready(self) -> None:
        for role in self.ports:
            wait_for(partial(self._is_ready, role), seconds=_READY_S)

    def _is_ready(self, role: str) -> bool:
        return self.ask(role, "GET", "/readyz")[0] == 200

    def ask(
        self,
        role: str,
        method: str,
        path: str,
        *,
        key: str = "",
        body: bytes | None = None,
        timeout: float = 15,
    ) -> tuple[int, bytes]:
        """Status and body of one request; status 0 where there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[role], timeout=timeout)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def _command(self, role: str) -> list[str]:
        if role in self.ports:
            return ["web", "--port", str(self.ports[role])]
        if role.startswith("worker"):
            return ["worker", "--concurrency", "2"]
        return [role.rstrip("0123456789")]


def wait_for(is_so: Callable[[], bool], *, seconds: float, every: float = 0.1) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"it did not become so within {seconds:.0f} s"
        time.sleep(every)


def _children(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _end(process: psutil.Process) -> None:
    try:
        process.kill()
        process.wait(10)
    except psutil.NoSuchProcess:
        return
