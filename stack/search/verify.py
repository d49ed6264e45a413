"""Compares the index with the store, object by object: nothing missing, nothing too much, nothing stale."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from stack.search.base import IndexEntry
from stack.search.choice import choose_backend
from stack.search.copying import read_cursor
from stack.search.documents import digest_rivals
from stack.search.indexer import ensure_fresh
from stack.store.queries import last_change, read_changes, read_heads
from stack.store.records import HeadText

_CHANGES_AT_ONCE = 10_000
_HEADS_AT_ONCE = 1_000
_MOST_EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """`pending` counts changes that the index has not read yet; their objects are not compared.

    `missing` have no document, `extra` are documents of objects without a head, `stale` show an older state
    or another audience or other rivals. `examples` name up to ten of these faults.
    """

    objects: int
    documents: int
    missing: int
    extra: int
    stale: int
    pending: int
    examples: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return not (self.missing or self.extra or self.stale)


def verify_index(*, refresh: bool = True) -> VerifyReport:
    """Reads every head and every entry once, in the order of their ids; about half a minute for a million.

    The index is brought up to the store before, unless `refresh` is false.
    """
    if refresh:
        ensure_fresh()
    backend = choose_backend()
    cursor, end = read_cursor(backend.cursor_name()), last_change()
    latest = _read_latest_changes()
    comparison = _Comparison(latest, cursor)
    entries = backend.read_entries()
    entry = next(entries, None)
    for head in _read_all_heads(len(latest)):
        while entry is not None and entry.object_id < head.object_id:
            comparison.add_extra(entry)
            entry = next(entries, None)
        if entry is not None and entry.object_id == head.object_id:
            comparison.compare(head, entry)
            entry = next(entries, None)
        else:
            comparison.compare(head, None)
    while entry is not None:
        comparison.add_extra(entry)
        entry = next(entries, None)
    return comparison.report(pending=max(0, end - cursor))


class _Comparison:
    def __init__(self, latest: "array[int]", cursor: int) -> None:
        self._latest = latest
        self._cursor = cursor
        self._objects = self._documents = self._missing = self._extra = self._stale = 0
        self._examples: list[str] = []

    def compare(self, head: HeadText, entry: IndexEntry | None) -> None:
        is_shown = bool(head.text) and head.audience_id is not None
        self._objects += is_shown
        self._documents += entry is not None
        changed = self._latest[head.object_id]
        if changed > self._cursor:
            return
        if entry is None:
            if is_shown:
                self._missing += 1
                self._note(f"missing: {head.stix_id}")
        elif not is_shown:
            self._extra += 1
            self._note(f"extra: {head.stix_id}")
        elif entry.audience_id != head.audience_id:
            self._stale += 1
            self._note(f"stale: {head.stix_id} has another audience")
        elif entry.rivals_digest != digest_rivals(head.rival_ids):
            self._stale += 1
            self._note(f"stale: {head.stix_id} has other rivals")
        elif entry.sequence < changed:
            self._stale += 1
            self._note(f"stale: {head.stix_id} is as of change {entry.sequence}, not {changed}")

    def add_extra(self, entry: IndexEntry) -> None:
        self._documents += 1
        self._extra += 1
        self._note(f"extra: object {entry.object_id} is not in the store")

    def report(self, *, pending: int) -> VerifyReport:
        return VerifyReport(
            self._objects,
            self._documents,
            self._missing,
            self._extra,
            self._stale,
            pending,
            tuple(self._examples),
        )

    def _note(self, example: str) -> None:
        if len(self._examples) < _MOST_EXAMPLES:
            self._examples.append(example)


def _read_latest_changes() -> "array[int]":
    """The last change of each object, by object id; ids are given out densely from 1."""
    latest = array("q", [0])
    cursor = 0
    while changes := read_changes(cursor, _CHANGES_AT_ONCE):
        for change in changes:
            if change.object_id >= len(latest):
                latest.extend([0] * (change.object_id + 1 - len(latest)))
            latest[change.object_id] = change.sequence
        cursor = changes[-1].sequence
    return latest


def _read_all_heads(end: int) -> Iterator[HeadText]:
    """Objects with an id below `end`, by id; those that never changed were only referred to."""
    for start in range(1, end, _HEADS_AT_ONCE):
        heads = read_heads(range(start, min(start + _HEADS_AT_ONCE, end)))
        yield from sorted(heads, key=lambda head: head.object_id)
