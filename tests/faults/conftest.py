"""Installations of both sizes, each on servers of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.catalogue import SERVICES
from services.running import start_service, stop_service
from tests.faults.installation import Installation
from tests.faults.ledger import Ledger
from tests.postgres_servers import PostgresServer, primary_and_replicas
from tests.service_fixtures import OwnService

SCALED_ROLES = ("web", "runner", "worker", "beat")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.faults)
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: PostgreSQL's user has to get in."""
    made = Path(tempfile.mkdtemp(prefix="stack-faults-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def ledger(folder: Path) -> Ledger:
    return Ledger(folder / "ledger")


@dataclass(frozen=True)
class Servers:
    """The servers under a scaled installation; each may be hurt."""

    postgresql: PostgresServer
    replicas: list[PostgresServer]
    redis: OwnService
    elasticsearch: OwnService

    def settings(self) -> dict[str, str]:
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in [self.postgresql, *self.replicas])
        return {
            "STACK_DATABASE": f"postgresql://stack@{hosts}/postgres",
            "STACK_REDIS": f"{self.redis.url}/0",
            "STACK_JOBS": "celery",
            "STACK_SEARCH": "elasticsearch",
            "STACK_SEARCH_URLS": self.elasticsearch.url,
            "STACK_VAULT_KEY": bytes(range(32)).hex(),
        }


@contextmanager
def started_servers(folder: Path, *, replicas: int = 0) -> Iterator[Servers]:
    place = folder / "services"
    names = ("redis", "elasticsearch")
    with ExitStack() as stack:
        primary, copies = stack.enter_context(primary_and_replicas(replicas=replicas))
        for name in names:
            stack.callback(stop_service, SERVICES[name], folder=place)
            start_service(SERVICES[name], folder=place)
        redis, elasticsearch = (OwnService(SERVICES[name], place) for name in names)
        yield Servers(primary, copies, redis, elasticsearch)


@pytest.fixture
def servers(folder: Path) -> Iterator[Servers]:
    with started_servers(folder) as started:
        yield started


@pytest.fixture
def scaled(folder: Path, servers: Servers) -> Iterator[Installation]:
    with Installation(folder, roles=SCALED_ROLES, settings=servers.settings()) as installation:
        yield installation


@pytest.fixture
def embedded(folder: Path) -> Iterator[Installation]:
    with Installation(folder, roles=("web", "runner")) as installation:
        yield installation
