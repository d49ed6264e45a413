"""An installation at scale, started for a benchmark: real servers, and every process of Stack."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from services.base import Service
from services.catalogue import SERVICES
from services.running import list_nodes, list_processes, start_service, stop_service

STACK = Path(sys.executable).with_name("stack")
_SERVERS = ("postgresql", "redis", "elasticsearch")
_ROLES = {
    "web": ("web", "--port", "0"),
    "runner": ("runner",),
    "worker": ("worker", "--concurrency", "2"),
    "beat": ("beat",),
}
_READY_S = 90.0


class Scaled:
    """One web process, a runner, a worker of two and beat, on PostgreSQL, Redis and Elasticsearch."""

    def __init__(self, folder: Path) -> None:
        self._services = folder / "services"
        self._folder = folder
        self.addresses = {name: self._address_of(SERVICES[name]) for name in _SERVERS}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("STACK_", "DJANGO_"))}
        self.environment = kept | {
            "STACK_DATA": str(folder / "data"),
            "STACK_DATABASE": self.addresses["postgresql"],
            "STACK_REDIS": f"{self.addresses['redis']}/0",
            "STACK_JOBS": "celery",
            "STACK_SEARCH": "elasticsearch",
            "STACK_SEARCH_URLS": self.addresses["elasticsearch"],
            "STACK_VAULT_KEY": bytes(range(32)).hex(),
            "STACK_LIMITS": "off",
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._port = _find_port()
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        self._key = ""

    def start(self) -> None:
        self._run("init", "--wait", "30")
        self._key = json.loads(self._run("key", "create", "benchmark", "--json"))["key"]
        for role, words in _ROLES.items():
            command = [str(self._port) if word == "0" else word for word in words]
            with (self._folder / f"{role}.log").open("ab") as log:
                self._processes[role] = subprocess.Popen(
                    [STACK, *command], env=self.environment, stdout=log, stderr=log
                )
        wait_for(self._is_ready, seconds=_READY_S)

    def end(self) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()

    def ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        """JSON of an answer over one kept connection; raises for any status but a success."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        self._connection.request(method, path, body=body, headers=headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text)

    def measure_memory(self) -> dict[str, float]:
        """MB that are each one's own, and its part of what is shared (PSS), of all processes of a role."""
        roots = {role: process.pid for role, process in self._processes.items()}
        for name in _SERVERS:
            [server] = list_processes(SERVICES[name], folder=self._services)
            roots[name] = server.pid
        return {name: _measure_tree(pid) for name, pid in roots.items()}

    def _is_ready(self) -> bool:
        probe = http.client.HTTPConnection("127.0.0.1", self._port, timeout=2)
        try:
            probe.request("GET", "/readyz")
            return probe.getresponse().status == 200
        except OSError:
            return False
        finally:
            probe.close()

    def _run(self, *words: str) -> str:
        return subprocess.run(
            [STACK, *words], env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def _address_of(self, service: Service) -> str:
        return next(iter(service.variables(list_nodes(service, folder=self._services)).values()))


@contextmanager
def started(folder: Path) -> Iterator[Scaled]:
    """Everything is ended and removed with the block."""
    place = folder / "services"
    try:
        for name in _SERVERS:
            start_service(SERVICES[name], folder=place)
        scaled = Scaled(folder)
        try:
            scaled.start()
            yield scaled
        finally:
            scaled.end()
    finally:
        for name in _SERVERS:
            stop_service(SERVICES[name], folder=place)


def wait_for(is_so: Callable[[], bool], *, seconds: float, every: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not become so within {seconds:.0f} s")
        time.sleep(every)


def _measure_tree(pid: int) -> float:
    total = 0
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total / 1e6


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
