"""The search servers that a test may use: each test has indices of its own there, which go away with it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from stack.search.elasticsearch.address import SearchServers
from stack.search.elasticsearch.client import Client
from tests.services import find_service

SERVERS = ("elasticsearch", "elasticsearch-9", "opensearch")


@contextmanager
def lend_servers(name: str, *, shards: int = 1) -> Iterator[SearchServers]:
    """A prefix of its own on a running server; one that is not configured skips, by name."""
    # A busy machine may take its time; how long Stack waits is tested with servers that never answer.
    servers = SearchServers(
        urls=(find_service(name),),
        prefix=f"t{secrets.token_hex(5)}",
        shards=shards,
        replicas=0,
        patience_s=30.0,
    )
    try:
        yield servers
    finally:
        client = Client(servers)
        client.delete(list(client.read_aliases(f"{servers.prefix}-*")))
        client.close()
