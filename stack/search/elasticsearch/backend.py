"""The backend on servers: Elasticsearch 8 and 9, and OpenSearch 3."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from stack.core.errors import BadInput, StackError
from stack.search.base import BackendCheck, Found, IndexCopy, IndexEntry, SearchRequest
from stack.search.elasticsearch import mapping as index
from stack.search.elasticsearch.address import SearchServers
from stack.search.elasticsearch.breaker import Breaker
from stack.search.elasticsearch.client import CONNECTIONS, Client, Refused, ServerDown, reading_answer
from stack.search.elasticsearch.copies import Copies
from stack.search.elasticsearch.lease import Lease, hold_lease
from stack.search.elasticsearch.searching import SHARD_VALUES, Question
from stack.search.elasticsearch.writer import BulkWriter
from stack.search.models import IndexCursor

_log = logging.getLogger(__name__)

_ENTRIES_AT_ONCE = 10_000
# Which copy is in use is asked so often: that is also how a server that hangs is noticed.
_KEEP_CURRENT_S = 1.0
_ENTRY_FIELDS = (index.SEQUENCE, index.AUDIENCE, index.RIVALS_DIGEST)


class ElasticsearchBackend:
    """Implements `stack.search.base.SearchBackend`; threads of a process share one."""

    def __init__(self, servers: SearchServers) -> None:
        self._servers = servers
        self._client = Client(servers)
        self._copies = Copies(self._client, servers)
        self._breaker = Breaker()
        self._current: str | None = None
        self._current_until = 0.0
        self._asking = threading.Lock()
        self._searches = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="search")

    def check(self) -> BackendCheck:
        """Asks anew, whatever was found a moment ago."""
        warning = ""
        if self._servers.unencrypted:
            warning = f"not encrypted on the way to {', '.join(self._servers.unencrypted)}"
        try:
            copy = self._copies.find_current()
        except StackError as error:
            return BackendCheck("elasticsearch", False, error.detail, warning)
        detail = f"searches ask {copy}" if copy else "there is no index yet; the indexer makes it"
        return BackendCheck("elasticsearch", True, detail, warning)

    def cursor_name(self) -> str:
        try:
            copy = self._find_current()
        except StackError:
            return ""
        return self._copies.name_cursor(copy) if copy else ""

    def search(self, request: SearchRequest) -> Found:
        try:
            copy = self._find_current()
            if copy is None:
                return Found(0, [], {}, is_ready=False)
            return self._ask(copy, Question(request))
        except ServerDown as error:
            return Found(0, [], {}, is_ready=False, trouble=error.detail)
        except Refused as refusal:
            self._forget_current()
            if refusal.answer_status == 404:  # removed since; the next one asks the new one
                return Found(0, [], {}, is_ready=False)
            if refusal.answer_status == 400:
                _log.warning("%s", refusal.detail)
                raise BadInput(
                    "The query asks for more than the search servers do",
                    remedy="Use fewer wildcards, or longer words between them.",
                ) from refusal
            return Found(0, [], {}, is_ready=False, trouble=refusal.detail)

    @contextmanager
    def open_writer(self) -> Iterator[BulkWriter | None]:
        copy = self._find_or_make()
        if copy is None:
            yield None
            return
        with hold_lease(copy) as lease:
            if lease is None:
                yield None
                return
            with self._writing(copy, lease) as writer:
                yield writer

    @contextmanager
    def open_rebuild(self) -> Iterator[BulkWriter | None]:
        """Beside the writer of the copy in use, which goes on until the new one takes its place."""
        with self._hold_change() as lease:
            if lease is None:
                yield None
                return
            copy = self._copies.make(is_unseen=True)
            try:
                with self._writing(copy, lease) as writer:
                    yield writer
                self._use(copy, lease)
            except BaseException:
                with suppress(StackError):
                    self._copies.discard([copy])
                raise

    @contextmanager
    def open_switch(self, name: str) -> Iterator[BulkWriter | None]:
        with self._hold_change() as lease:
            if lease is None:
                yield None
                return
            copy = self._copies.find(name)
            with self._writing(copy, lease) as writer:
                yield writer
            self._use(copy, lease)

    def list_copies(self) -> list[IndexCopy]:
        found = []
        for name, aliases in self._copies.list_all().items():
            documents, size = self._client.read_sizes(name)
            is_current = self._copies.alias in aliases
            found.append(IndexCopy(name, self._copies.name_cursor(name), is_current, documents, size))
        return sorted(found, key=lambda copy: not copy.is_current)

    def count_documents(self) -> int:
        copy = self._copies.find_current()
        return self._client.count(copy, {"match_all": {}}) if copy else 0

    def read_entries(self) -> Iterator[IndexEntry]:
        copy = self._copies.find_current()
        body: dict[str, Any] = {
            "size": _ENTRIES_AT_ONCE,
            "sort": [{index.ID: "asc"}],
            "track_total_hits": False,
            "stored_fields": "_none_",
            "docvalue_fields": list(_ENTRY_FIELDS),
        }
        while copy:
            answer = self._client.search(copy, body)
            rows = answer["hits"]["hits"]
            yield from map(_read_entry, rows)
            if len(rows) < _ENTRIES_AT_ONCE:
                return
            body["search_after"] = rows[-1]["sort"]

    def _hold_change(self) -> AbstractContextManager[Lease | None]:
        """The lease of who makes copies and says which is asked; beside it each copy has one of its own."""
        self._find_current()
        return hold_lease(f"{self._copies.alias} copies")

    def _find_or_make(self) -> str | None:
        """The copy in use, made where there is none; None while another process makes it."""
        self._forget_current()
        copy = self._find_current()
        if copy is None:
            with self._hold_change() as lease:
                if lease is None:
                    return None
                copy = self._copies.find_current() or self._copies.make(is_unseen=False)
        self._forget_current()
        return copy

    def _use(self, copy: str, lease: Lease) -> None:
        lease.keep()
        gone = self._copies.use(copy)
        self._copies.discard(gone)
        IndexCursor.objects.filter(pk__in=list(map(self._copies.name_cursor, gone))).delete()
        self._forget_current()

    @contextmanager
    def _writing(self, copy: str, lease: Lease) -> Iterator[BulkWriter]:
        known = frozenset(map(self._copies.name_cursor, self._copies.list_all()))
        writer = BulkWriter(
            self._client, copy, cursor=self._copies.name_cursor(copy), kept=known, lease=lease
        )
        try:
            yield writer
        finally:
            writer.close()

    def _ask(self, copy: str, question: Question) -> Found:
        for shard_values in SHARD_VALUES:
            answer = self._wait_for(
                self._searches.submit(self._client.search, copy, question.write(shard_values))
            )
            with reading_answer():
                if question.is_exact(answer):
                    break
        with reading_answer():
            return question.read(answer)

    def _wait_for(self, search: Future[dict[str, Any]]) -> dict[str, Any]:
        """A search may take long, but not because of servers that are gone: after a while one looks."""
        try:
            return search.result(self._servers.patience_s)
        except TimeoutError:
            self._forget_current()
            self._find_current()
            return search.result()
        except ServerDown:
            self._forget_current()  # the next one looks first
            raise

    def _find_current(self) -> str | None:
        """The copy in use, as of a second ago; ServerDown while there is nobody to ask."""
        if time.monotonic() < self._current_until:
            return self._current
        with self._asking:
            if time.monotonic() < self._current_until:
                return self._current
            self._breaker.check()
            try:
                self._current = self._copies.find_current()
            except ServerDown as error:
                self._breaker.open(error)
                raise
            self._breaker.close()
            self._current_until = time.monotonic() + _KEEP_CURRENT_S
            return self._current

    def _forget_current(self) -> None:
        self._current_until = 0.0


def _read_entry(row: Mapping[str, Any]) -> IndexEntry:
    sequence, audience, digest = (row["fields"][name][0] for name in _ENTRY_FIELDS)
    return IndexEntry(int(row["sort"][0]), int(sequence), int(audience), int(digest) + index.SIGN)
