"""The few requests that Stack sends to Elasticsearch 8 and 9 and to OpenSearch 3, and what may come back.

Elastic's and OpenSearch's own clients refuse each other's servers, so only the transport below them is used:
it keeps connections, goes round the nodes and leaves out those that fail for a while.
"""

import logging
import ssl
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from elastic_transport import (
    ConnectionTimeout,
    NodeConfig,
    SerializationError,
    Transport,
    TransportError,
)

from stack.core.errors import StackError, Unavailable
from stack.core.tracing import span
from stack.search.elasticsearch.address import SearchServers

# Each failure is told once by Stack; the transport would tell it for each node and attempt, with a traceback.
logging.getLogger("elastic_transport").setLevel(logging.CRITICAL)

SEARCH_TIMEOUT_S = 8.0
ADMIN_TIMEOUT_S = 30.0
BULK_TIMEOUT_S = 60.0
CONNECTIONS = 32
_MOST_ATTEMPTS = 3
_JSON = "application/json"
_LINES = "application/x-ndjson"
REMEDY = "Start the search servers again, or check STACK_SEARCH_URLS; Stack goes on by itself."
_BUSY = frozenset({429, 502, 503, 504})
_LONGEST_REASON = 300


class ServerDown(Unavailable):
    """No node answered in time, or none with an answer that can be read."""


class Refused(Unavailable):
    """The server understood the request and does not do it."""

    title = "The search server refuses"

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(f"The search server answered {status} {kind}: {reason[:_LONGEST_REASON]}")
        self.answer_status = status
        self.kind = kind


@contextmanager
def reading_answer() -> Iterator[None]:
    """Whoever answers with JSON of another shape is no search server, or a broken one."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, StopIteration):
        raise ServerDown("The search servers answer with something else", remedy=REMEDY) from None


class Client:
    """One per process and cluster; threads share it."""

    def __init__(self, servers: SearchServers) -> None:
        self._transport = Transport(
            [_configure_node(url, servers) for url in dict.fromkeys(servers.urls)],
            meta_header=False,
            max_retries=0,
            retry_on_status=(),
            # Longer than a question takes, so that it does not come back to a node that it found away.
            dead_node_backoff_factor=4.0,
            max_dead_node_backoff=10.0,
        )
        self._patience_s = servers.patience_s
        # Nodes that do not answer share a question's time.
        self._attempts = min(len(servers.urls), _MOST_ATTEMPTS)

    def close(self) -> None:
        self._transport.close()

    def probe(self, target: str) -> dict[str, Any] | None:
        """A question that any living node answers at once; None where what it asks for is not there."""
        try:
            return self._ask("GET", target, timeout_s=self._patience_s / self._attempts, may_repeat=True)
        except Refused as answer:
            if answer.answer_status == 404:
                return None
            raise

    def search(self, copy: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answers of all shards, or an error."""
        target = f"/{quote(copy)}/_search?allow_partial_search_results=false"
        return self._ask("POST", target, body, timeout_s=SEARCH_TIMEOUT_S, may_repeat=True)

    def count(self, copy: str, query: Mapping[str, Any]) -> int:
        answer = self._ask("POST", f"/{quote(copy)}/_count", {"query": query}, timeout_s=ADMIN_TIMEOUT_S)
        with reading_answer():
            return int(answer["count"])

    def bulk(self, target: str, lines: bytes) -> list[dict[str, Any]]:
        """What became of each action, in their order; `target` must be an alias, so that nothing is made."""
        answer = self._ask(
            "POST", f"/{quote(target)}/_bulk?require_alias=true", lines, timeout_s=BULK_TIMEOUT_S
        )
        with reading_answer():
            return [next(iter(item.values())) for item in answer["items"]]

    def refresh(self, copy: str) -> None:
        """Makes all acknowledged writes visible to searches."""
        answer = self._ask("POST", f"/{quote(copy)}/_refresh", timeout_s=ADMIN_TIMEOUT_S)
        with reading_answer():
            failed = int(answer["_shards"]["failed"])
        if failed:
            raise ServerDown("A part of the search index could not be refreshed", remedy=REMEDY)

    def create(self, copy: str, body: Mapping[str, Any]) -> None:
        self._ask("PUT", f"/{quote(copy)}", body, timeout_s=ADMIN_TIMEOUT_S)

    def delete(self, copies: Sequence[str]) -> None:
        for copy in copies:
            self._ask("DELETE", f"/{quote(copy)}?ignore_unavailable=true", timeout_s=ADMIN_TIMEOUT_S)

    def change_settings(self, copy: str, settings: Mapping[str, Any]) -> None:
        self._ask("PUT", f"/{quote(copy)}/_settings", {"index": settings}, timeout_s=ADMIN_TIMEOUT_S)

    def change_aliases(self, actions: Iterable[Mapping[str, Any]]) -> None:
        """All of them in one step."""
        self._ask("POST", "/_aliases", {"actions": list(actions)}, timeout_s=ADMIN_TIMEOUT_S)

    def read_aliases(self, pattern: str) -> dict[str, frozenset[str]]:
        """The aliases of each index whose name matches."""
        answer = self._ask("GET", f"/{quote(pattern, safe='*')}/_alias", timeout_s=ADMIN_TIMEOUT_S)
        with reading_answer():
            return {name: frozenset(about["aliases"]) for name, about in answer.items()}

    def read_sizes(self, copy: str) -> tuple[int, int]:
        """How many documents and how many bytes an index has, replicas apart."""
        answer = self._ask("GET", f"/{quote(copy)}/_stats/docs,store", timeout_s=ADMIN_TIMEOUT_S)
        with reading_answer():
            primaries = answer["_all"]["primaries"]
            return int(primaries["docs"]["count"]), int(primaries["store"]["size_in_bytes"])

    def wait_for_copies(self, copy: str, *, timeout_s: int) -> str:
        """The health of an index: green once all replicas are there, at the latest after `timeout_s`."""
        target = f"/_cluster/health/{quote(copy)}?wait_for_status=green&timeout={timeout_s}s"
        try:
            answer = self._ask("GET", target, timeout_s=timeout_s + ADMIN_TIMEOUT_S)
        except Refused as late:
            if late.answer_status == 408:
                return "not yet green"
            raise
        return str(answer.get("status"))

    def _ask(
        self,
        method: str,
        target: str,
        body: Mapping[str, Any] | bytes | None = None,
        *,
        timeout_s: float,
        may_repeat: bool = False,
    ) -> dict[str, Any]:
        """Goes to another node where one is away; if it `may_repeat`, also where one is too slow."""
        sent = orjson.dumps(body) if isinstance(body, Mapping) else body
        headers = {"accept": _JSON}
        if sent is not None:
            headers["content-type"] = _LINES if isinstance(body, bytes) else _JSON
        try:
            with span("ask search servers", kind="client"):
                meta, answer = self._transport.perform_request(
                    method,
                    target,
                    body=sent,
                    headers=headers,
                    request_timeout=timeout_s,
                    max_retries=self._attempts - 1,
                    retry_on_timeout=may_repeat,
                )
        except ConnectionTimeout:
            raise ServerDown("The search servers do not answer in time", remedy=REMEDY) from None
        except SerializationError:
            raise ServerDown("The search servers answer with something else", remedy=REMEDY) from None
        except (TransportError, OSError, ssl.SSLError) as error:
            reason = type(error).__name__
            raise ServerDown(f"The search servers cannot be reached ({reason})", remedy=REMEDY) from None
        if not isinstance(answer, dict):
            raise ServerDown("The search servers answer with something else", remedy=REMEDY)
        if 200 <= meta.status < 300:
            return answer
        raise _read_refusal(meta.status, answer)


def _read_refusal(status: int, answer: Mapping[str, Any]) -> StackError:
    kind, reason = read_fault(answer.get("error"))
    if status in _BUSY and status != 429:
        return ServerDown(f"The search servers are not ready ({status} {kind})", remedy=REMEDY)
    return Refused(status, kind, reason)


def read_fault(error: object) -> tuple[str, str]:
    """The kind of a fault and what the server says about it; of several causes the first."""
    if not isinstance(error, Mapping):
        return "", str(error or "")
    roots = error.get("root_cause")
    if isinstance(roots, list) and roots and isinstance(roots[0], Mapping):
        error = roots[0]
    return str(error.get("type", "")), str(error.get("reason", ""))


def _configure_node(url: str, servers: SearchServers) -> NodeConfig:
    parts = urlsplit(url)
    headers = {}
    if servers.api_key:
        headers["authorization"] = f"ApiKey {servers.api_key}"
    elif servers.user:
        secret = b64encode(f"{servers.user}:{servers.password}".encode()).decode()
        headers["authorization"] = f"Basic {secret}"
    return NodeConfig(
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or (443 if parts.scheme == "https" else 80),
        path_prefix=parts.path.rstrip("/"),
        headers=headers,
        connections_per_node=CONNECTIONS,
        http_compress=False,
        # Certificates are always checked: against this authority alone, or those that everybody trusts.
        ca_certs=str(servers.ca_file) if servers.ca_file and parts.scheme == "https" else None,
        ssl_version=ssl.TLSVersion.TLSv1_2 if parts.scheme == "https" else None,
    )
