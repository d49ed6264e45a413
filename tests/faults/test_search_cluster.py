"""Three search servers lose one under indexing and searches: nothing that was indexed is missed."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec
import pytest
from django.conf import settings as given_settings
from pytest_django import Settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Permission, Principal
from stack.core.errors import Unavailable
from stack.search.base import SearchBackend, SearchRequest
from stack.search.choice import choose_backend
from stack.search.elasticsearch.address import SearchServers
from stack.search.elasticsearch.client import Client
from stack.search.indexer import catch_up
from stack.search.query_tree import Everything
from stack.search.verify import verify_index
from stack.store.access import visible_audiences
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement
from tests.integration.search.conftest import make_object
from tests.service_fixtures import OwnService

pytestmark = pytest.mark.django_db

_BATCH = 200
_BATCHES_BEFORE = 5
_LOAD_S = 15.0
_RECOVERED_S = 60.0


@dataclass
class Watch:
    """Searches without a pause; of each answer it is checked that it holds what was there before."""

    backend: SearchBackend
    request: SearchRequest
    committed: int = 0
    ready: int = 0
    away: int = 0
    missed: list[tuple[int, int]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stop.is_set():
            before = self.committed
            found = self.backend.search(self.request)
            if not found.is_ready:
                self.away += 1
            elif found.total < before:
                self.missed.append((before, found.total))
            else:
                self.ready += 1
            self.stop.wait(0.01)


@pytest.fixture
def cluster(own_service: Callable[[str], OwnService], settings: Settings) -> OwnService:
    own = own_service("elasticsearch-cluster")
    settings.SEARCH_BACKEND = "elasticsearch"
    settings.SEARCH = SearchServers(urls=tuple(own.url.split(",")), shards=2)
    return own


@pytest.fixture
def principal() -> Principal:
    organisation = Organisation.objects.create(name="Test organisation")
    return Principal("tester", organisation.pk, None, frozenset(Permission), 4)


@pytest.fixture
def watch(cluster: OwnService, principal: Principal) -> Iterator[Watch]:
    write_batch(principal, 0)
    index_all()
    request = SearchRequest(Everything(), visible_audiences(principal), limit=1)
    made = Watch(choose_backend(), request, committed=_BATCH)
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop.set()
    thread.join()


def test_a_cluster_that_loses_a_node_misses_nothing(
    cluster: OwnService, principal: Principal, watch: Watch
) -> None:
    for number in range(1, _BATCHES_BEFORE):
        write_batch(principal, number)
        watch.committed += index_all()
    cluster.kill(find_node_of_primary())
    killed, number = time.monotonic(), _BATCHES_BEFORE
    while time.monotonic() - killed < _LOAD_S:
        write_batch(principal, number)
        watch.committed += index_all()
        number += 1
    ready = watch.ready
    time.sleep(1.0)
    assert watch.ready > ready, "the two that are left answer"
    cluster.start()
    watch.stop.set()
    assert watch.missed == []
    report = verify_index()
    assert (report.documents, report.agrees, report.pending) == (number * _BATCH, True, 0), report.examples
    assert number > _BATCHES_BEFORE + 3, "too little was written to tell"


def write_batch(principal: Principal, number: int) -> None:
    row = ensure_source(principal, name="feed")
    objects = [make_object("malware", f"Bot {number} {each}") for each in range(_BATCH)]
    write_statements(
        principal,
        statements=[describe_statement(msgspec.json.encode(each), each) for each in objects],
        source_id=row.id,
    )


def index_all() -> int:
    """Like the runner's loop: while the servers are busy with themselves it tries again."""
    deadline = time.monotonic() + _RECOVERED_S
    while True:
        try:
            return catch_up()
        except Unavailable:
            assert time.monotonic() < deadline, "the servers did not recover"
            time.sleep(0.2)


def find_node_of_primary() -> str:
    """The name of a node without which a part of the index has to be taken over by another."""
    client = Client(given_settings.SEARCH)
    [copy] = [each.name for each in choose_backend().list_copies() if each.is_current]
    told = client.probe(f"/{copy}/_search_shards")
    client.close()
    assert told
    [holder] = [shard["node"] for shard in told["shards"][0] if shard["primary"]]
    return str(told["nodes"][holder]["name"])
