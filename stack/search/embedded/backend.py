"""The embedded backend: a tantivy index in the data folder, read by many processes and written by one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tantivy
from tantivy import Query

from stack.core.errors import NotFound
from stack.search.base import BackendCheck, Found, IndexCopy, IndexEntry, SearchRequest
from stack.search.embedded import schema as index
from stack.search.embedded.folder import IndexFolder
from stack.search.embedded.searching import IndexSearch
from stack.search.embedded.snapshot import Snapshot, take_snapshot
from stack.search.embedded.writer import EmbeddedWriter

_ENTRIES_AT_ONCE = 50_000
_NOTHING = Found(0, [], {}, is_ready=False)
# What tantivy raises for files that are missing or are not what they should be.
_DAMAGE = (OSError, ValueError)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A copy as it was opened, and the state of its files at the last reload."""

    path: Path
    copy: tantivy.Index
    state: tuple[int, int]
    snapshot: Snapshot


class EmbeddedBackend:
    """Implements `stack.search.base.SearchBackend` on a folder."""

    def __init__(self, root: Path) -> None:
        self._folder = IndexFolder(root)
        self._opened: _Opened | None = None
        self._opening = threading.Lock()

    def check(self) -> BackendCheck:
        path = self._folder.find_current()
        detail = (
            f"copy {path.name} in the data folder" if path else "there is no index yet; the indexer makes it"
        )
        return BackendCheck("embedded", True, detail)

    def cursor_name(self) -> str:
        path = self._folder.find_current()
        return _name_cursor(path) if path else ""

    def search(self, request: SearchRequest) -> Found:
        opened = self._open()
        if opened is None:
            return _NOTHING
        try:
            return IndexSearch(opened.snapshot, request).run()
        except _DAMAGE:
            if self._reopen(opened):
                raise
            return _NOTHING

    @contextmanager
    def open_switch(self, name: str) -> Iterator[EmbeddedWriter | None]:
        """There is only one copy, which is in use."""
        path = self._folder.find_current()
        if path is None or path.name != name:
            raise NotFound(
                f"There is no copy {name}",
                remedy="The index in the data folder keeps one copy, the one in use.",
            )
        with self.open_writer() as writer:
            yield writer

    def list_copies(self) -> list[IndexCopy]:
        path = self._folder.find_current()
        if path is None:
            return []
        size = sum(file.stat().st_size for file in path.iterdir())
        return [IndexCopy(path.name, _name_cursor(path), True, self.count_documents(), size)]

    def count_documents(self) -> int:
        opened = self._open()
        return opened.snapshot.searcher.num_docs if opened else 0

    def read_entries(self) -> Iterator[IndexEntry]:
        opened = self._open()
        if opened is None:
            return
        searcher = opened.snapshot.searcher
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
            digests = searcher.fast_field_values(index.RIVALS_DIGEST, addresses)
            for (object_id, _), *values in zip(found.hits, sequences, audiences, digests, strict=True):
                yield IndexEntry(object_id, *(int(value or 0) for value in values))
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
            is_known = self._opened is not None and self._opened.path == path
            copy = _reload(self._opened.copy) if self._opened and is_known else _open_copy(path)
            snapshot = _try_snapshot(copy) if copy else None
            if copy is None or snapshot is None:
                self._folder.report_damage(path)
                return None
            self._opened = _Opened(path, copy, state, snapshot)
            return self._opened

    def _reopen(self, opened: _Opened) -> bool:
        """Whether the copy that gave an error can be read at all; if not, it is reported as damaged."""
        copy = _open_copy(opened.path)
        if copy is not None and _is_readable(copy):
            return True
        self._folder.report_damage(opened.path)
        self._opened = None
        return False


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


def _reload(copy: tantivy.Index) -> tantivy.Index | None:
    """The copy as its last commit left it, or None when that cannot be read."""
    try:
        copy.reload()
    except _DAMAGE:
        return None
    return copy


def _try_snapshot(copy: tantivy.Index) -> Snapshot | None:
    """None when the copy's files are not what they should be."""
    try:
        return take_snapshot(copy)
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
