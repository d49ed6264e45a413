"""The embedded backend: a tantivy index in the data folder, read by many processes and written by one."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tantivy
from tantivy import Query

from stack.search.base import Facet, Found, Hit, IndexEntry, Position, SearchRequest, Sort
from stack.search.embedded import schema as index
from stack.search.embedded.compiler import Compiler, match_all
from stack.search.embedded.folder import IndexFolder
from stack.search.embedded.writer import EmbeddedWriter

FACET_VALUES = 60
_ENTRIES_AT_ONCE = 50_000
_NOTHING = Found(0, [], {}, is_ready=False)
_KEYS = {
    Sort.RELEVANCE: index.MODIFIED_KEY,
    Sort.MODIFIED: index.MODIFIED_KEY,
    Sort.CREATED: index.CREATED_KEY,
    Sort.NAME: index.NAME_KEY,
}
# What tantivy raises for files that are missing or are not what they should be.
_DAMAGE = (OSError, ValueError)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A copy as it was opened, and the state of its files at the last reload."""

    path: Path
    copy: tantivy.Index
    state: tuple[int, int]


class EmbeddedBackend:
    """Implements `stack.search.base.SearchBackend` on a folder."""

    def __init__(self, root: Path) -> None:
        self._folder = IndexFolder(root)
        self._opened: _Opened | None = None
        self._opening = threading.Lock()

    def cursor_name(self) -> str:
        path = self._folder.find_current()
        return _name_cursor(path) if path else ""

    def search(self, request: SearchRequest) -> Found:
        opened = self._open()
        if opened is None:
            return _NOTHING
        search = _Search(opened.copy, request)
        try:
            return search.run()
        except _DAMAGE:
            if self._reopen(opened):
                raise
            return _NOTHING

    def read_entries(self) -> Iterator[IndexEntry]:
        opened = self._open()
        if opened is None:
            return
        searcher = opened.copy.searcher()
        last: int | None = None
        while True:
            query = Query.all_query()
            if last is not None:
                number = tantivy.FieldType.Integer
                query = Query.range_query(
                    opened.copy.schema, index.ID, number, lower_bound=last, include_lower=False
                )
            found = searcher.search(
                query, _ENTRIES_AT_ONCE, count=False, order_by_field=index.ID, order=tantivy.Order.Asc
            )
            if not found.hits:
                return
            addresses = [address for _, address in found.hits]
            sequences = searcher.fast_field_values(index.SEQUENCE, addresses)
            audiences = searcher.fast_field_values(index.AUDIENCE, addresses)
            for (object_id, _), sequence, audience in zip(found.hits, sequences, audiences, strict=True):
                yield IndexEntry(object_id, int(sequence or 0), int(audience or 0))
            last = found.hits[-1][0]

    @contextmanager
    def open_writer(self) -> Iterator[EmbeddedWriter | None]:
        with self._folder.lock() as is_writer:
            if not is_writer:
                yield None
                return
            path = self._folder.find_current()
            copy = _open_copy(path) if path and not self._folder.is_damaged(path) else None
            if path is None or copy is None:
                path = self._folder.make_copy()
                copy = _create_copy(path)
                self._folder.use(path)
            with _writing(copy, path) as writer:
                yield writer

    @contextmanager
    def open_rebuild(self) -> Iterator[EmbeddedWriter | None]:
        with self._folder.lock() as is_writer:
            if not is_writer:
                yield None
                return
            path = self._folder.make_copy()
            try:
                with _writing(_create_copy(path), path) as writer:
                    yield writer
            except BaseException:
                self._folder.discard(path)
                raise
            self._folder.use(path)

    def _open(self) -> _Opened | None:
        """The copy in use, reloaded when there was a commit since; None when there is none to read."""
        path = self._folder.find_current()
        if path is None:
            return None
        try:
            state = _read_state(path)
        except FileNotFoundError:  # switched away between the two looks
            return None
        opened = self._opened
        if opened and opened.path == path and opened.state == state:
            return opened
        with self._opening:
            copy: tantivy.Index | None
            if self._opened and self._opened.path == path:
                copy = self._opened.copy
                copy.reload()
            else:
                copy = _open_copy(path)
            if copy is None:
                self._folder.report_damage(path)
                return None
            self._opened = _Opened(path, copy, state)
            return self._opened

    def _reopen(self, opened: _Opened) -> bool:
        """Whether the copy that gave an error can be read at all; if not, it is reported as damaged."""
        copy = _open_copy(opened.path)
        if copy is not None and _is_readable(copy):
            return True
        self._folder.report_damage(opened.path)
        self._opened = None
        return False


class _Search:
    """One request on one state of the index."""

    def __init__(self, copy: tantivy.Index, request: SearchRequest) -> None:
        self._request = request
        self._searcher = copy.searcher()
        self._compiler = Compiler(copy.schema)
        self._query = self._compiler.compile(request.node)

    def run(self) -> Found:
        request = self._request
        whole = self._limit(request.filters)
        total = self._count(whole)
        if request.sort is Sort.RELEVANCE:
            hits = self._list_by_relevance(whole, total)
        elif request.sort is Sort.NAME:
            hits = self._list_by_name(whole)
        else:
            hits = self._list_newest(whole, 0, request.limit, request.after, passed=self._passed)
        return Found(total, hits, self._count_facets())

    @property
    def _passed(self) -> int:
        return self._request.after.passed if self._request.after else 0

    def _count(self, query: Query) -> int:
        found = self._searcher.search(query, 1, count=True)
        return int(found.count)  # type: ignore[attr-defined]  # absent from the stub, there at run time

    def _limit(self, filters: Mapping[str, Sequence[str]]) -> Query:
        return match_all([self._query, *self._compiler.compile_scope(self._request.audiences, filters)])

    def _list_by_relevance(self, whole: Query, total: int) -> list[Hit]:
        """Tier after tier, each without what the tiers before it hold, newest first."""
        request = self._request
        tiers = self._compiler.compile_tiers(request.node)
        start = request.after.tier if request.after else 0
        # On a later page the total says nothing: objects of the pages before may be gone.
        wanted = request.limit if request.after else min(request.limit, total)
        hits: list[Hit] = []
        for number in range(start, len(tiers)):
            missing = wanted - len(hits)
            if missing <= 0:
                break
            tier = tiers[number]
            held = [before for before in tiers[:number] if before is not None]
            query = match_all([whole, tier] if tier else [whole], without=held)
            after = request.after if number == start else None
            hits += self._list_newest(query, number, missing, after, passed=self._passed + len(hits))
        return hits

    def _list_newest(
        self, query: Query, tier: int, limit: int, after: Position | None, *, passed: int
    ) -> list[Hit]:
        key = _KEYS[self._request.sort]
        if after is not None:
            query = match_all([query, self._compiler.before(key, int(after.key))])
        found = self._searcher.search(query, limit, count=False, order_by_field=key)
        return self._read_hits(found, tier, passed=passed)

    def _list_by_name(self, query: Query) -> list[Hit]:
        """Tantivy has no ranges of text, so pages by name go on by number."""
        found = self._searcher.search(
            query,
            self._request.limit,
            count=False,
            order_by_field=index.NAME_KEY,
            offset=self._passed,
            order=tantivy.Order.Asc,
        )
        return self._read_hits(found, 0, passed=self._passed)

    def _read_hits(self, found: tantivy.SearchResult, tier: int, *, passed: int) -> list[Hit]:
        object_ids = self._searcher.fast_field_values(index.ID, [address for _, address in found.hits])
        return [
            Hit(int(object_id or 0), Position(tier, key, passed + number + 1))
            for number, ((key, _), object_id) in enumerate(zip(found.hits, object_ids, strict=True))
        ]

    def _count_facets(self) -> dict[str, list[Facet]]:
        """Each facet under all filters but its own; facets without a filter are counted in one pass."""
        request = self._request
        unfiltered = [name for name in request.facets if name not in request.filters]
        passes = [(unfiltered, request.filters)] if unfiltered else []
        for name in request.facets:
            if name in request.filters:
                others = {key: values for key, values in request.filters.items() if key != name}
                passes.append(([name], others))
        counted: dict[str, list[Facet]] = {}
        for names, filters in passes:
            wanted = {name: {"terms": {"field": name, "size": FACET_VALUES}} for name in names}
            answer = self._searcher.aggregate(self._limit(filters), wanted)
            for name in names:
                buckets = answer[name]["buckets"]
                counted[name] = [Facet(bucket["key"], bucket["doc_count"]) for bucket in buckets]
        return {name: counted[name] for name in request.facets}


@contextmanager
def _writing(copy: tantivy.Index, path: Path) -> Iterator[EmbeddedWriter]:
    writer = EmbeddedWriter(copy, cursor=_name_cursor(path))
    try:
        yield writer
    finally:
        writer.close()


def _name_cursor(path: Path) -> str:
    return f"embedded {path.name}"


def _read_state(path: Path) -> tuple[int, int]:
    """Changes with every commit, which writes the file anew."""
    state = (path / "meta.json").stat()
    return state.st_mtime_ns, state.st_ino


def _create_copy(path: Path) -> tantivy.Index:
    return _prepare(tantivy.Index(index.build_schema(), str(path)))


def _open_copy(path: Path) -> tantivy.Index | None:
    """The copy in a folder, or None when it cannot be read."""
    try:
        return _prepare(tantivy.Index.open(str(path)))
    except _DAMAGE:
        return None


def _prepare(copy: tantivy.Index) -> tantivy.Index:
    index.register_analyzers(copy)
    copy.config_reader("manual", 0)
    return copy


def _is_readable(copy: tantivy.Index) -> bool:
    try:
        copy.searcher().search(Query.all_query(), 1, order_by_field=index.ID)
    except _DAMAGE:
        return False
    return True
