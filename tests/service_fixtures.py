"""Fixtures that lead to real servers (tests/services.py says how they are started)."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from services.base import Service
from services.catalogue import SERVICES
from services.processes import end_process
from services.running import list_nodes, list_processes, start_service, stop_service
from tests.services import find_service, note_service

_LEASE_S = 3600


@pytest.fixture(scope="session")
def redis_database() -> Iterator[str]:
    """A database of Redis that is this session's alone: `redis://127.0.0.1:PORT/N`.

    Who writes the key of a number first has it, so that sessions that run at the same time stay apart.
    """
    from redis import Redis

    address = find_service("redis")
    with Redis.from_url(address) as client:
        count = int(client.config_get("databases")["databases"])
        holder = uuid4().hex
        for number in range(1, count):
            if client.set(f"stack-tests:{number}", holder, nx=True, ex=_LEASE_S):
                break
        else:
            pytest.fail(f"all {count} databases of Redis are taken: restart it", pytrace=False)
        yield f"{address}/{number}"
        client.delete(f"stack-tests:{number}")


@pytest.fixture
def redis_url(request: pytest.FixtureRequest, redis_database: str) -> Iterator[str]:
    """An empty database of Redis."""
    from redis import Redis

    note_service(request.node, "redis")
    with Redis.from_url(redis_database) as client:
        client.flushdb()
        yield redis_database
        client.flushdb()


@pytest.fixture
def elasticsearch_url(request: pytest.FixtureRequest) -> str:
    return _lead_to(request, "elasticsearch")


@pytest.fixture
def elasticsearch_9_url(request: pytest.FixtureRequest) -> str:
    return _lead_to(request, "elasticsearch-9")


@pytest.fixture
def opensearch_url(request: pytest.FixtureRequest) -> str:
    return _lead_to(request, "opensearch")


@pytest.fixture
def s3_url(request: pytest.FixtureRequest) -> str:
    """`http://ACCESS:SECRET@127.0.0.1:PORT/BUCKET`; the bucket exists."""
    return _lead_to(request, "s3")


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> str:
    """The server's own database; a test that writes makes one of its own beside it."""
    return _lead_to(request, "postgresql")


def _lead_to(request: pytest.FixtureRequest, service: str) -> str:
    note_service(request.node, service)
    return find_service(service)


@dataclass(frozen=True)
class OwnService:
    """A server that a test may hurt: `kill` takes the power, `start` gives it back."""

    service: Service
    folder: Path

    @property
    def url(self) -> str:
        """As the variable of the service says it; of a cluster, its nodes with commas between."""
        return next(iter(self.service.variables(list_nodes(self.service, folder=self.folder)).values()))

    def start(self) -> None:
        start_service(self.service, folder=self.folder)

    def kill(self, node: str = "") -> None:
        """`node-1` is the first node's name. The process is gone when this returns."""
        for process in list_processes(self.service, folder=self.folder):
            if node in ("", process.name):
                end_process(process, number=signal.SIGKILL)

    def pause(self, *, is_paused: bool = True) -> None:
        """Stops all nodes so that they hold their connections and answer nothing, or lets them go on."""
        for process in list_processes(self.service, folder=self.folder):
            os.kill(process.pid, signal.SIGSTOP if is_paused else signal.SIGCONT)


@pytest.fixture
def own_service(request: pytest.FixtureRequest) -> Iterator[Callable[[str], OwnService]]:
    """Starts a server for this test: `own_service("redis")`, `own_service("elasticsearch-cluster")`."""
    # Another user than this one may have to read it (PostgreSQL's), so it is not pytest's.
    folder = Path(tempfile.mkdtemp(prefix="stack-services-"))
    folder.chmod(0o755)
    made: list[OwnService] = []

    def start(name: str) -> OwnService:
        counted = "elasticsearch" if name == "elasticsearch-cluster" else name
        find_service(counted)
        note_service(request.node, counted)
        own = OwnService(SERVICES[name], folder)
        made.append(own)
        own.start()
        return own

    yield start
    for own in made:
        own.kill()
        stop_service(own.service, folder=folder)
    shutil.rmtree(folder, ignore_errors=True)
