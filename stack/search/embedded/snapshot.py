"""One state of an index copy, and what of it a principal sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tantivy
from tantivy import Query

from stack.search.embedded import schema as index
from stack.search.embedded.compiler import match_all, match_numbers

_MOST_BUCKETS = 65_000
_NO_RIVALS: frozenset[int] = frozenset()

KeyedAddress = tuple[int | str, tantivy.DocAddress]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A request reads all from one of these; `rivals` are the audiences that any face stands back for, or
    None when they are too many to list."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    rivals: frozenset[int] | None


def take_snapshot(copy: tantivy.Index) -> Snapshot:
    """Raises what tantivy raises for damaged files."""
    searcher = copy.searcher()
    return Snapshot(copy.schema, searcher, _list_rivals(searcher))


def _list_rivals(searcher: tantivy.Searcher) -> frozenset[int] | None:
    faced = Query.exists_query(index.RIVAL)
    if not count(searcher, faced):
        return _NO_RIVALS
    counted = count_values(searcher, faced, index.RIVAL)
    return None if counted is None else frozenset(map(int, counted))


def count(searcher: tantivy.Searcher, query: Query) -> int:
    return total_of(searcher.search(query, 1))


def total_of(found: tantivy.SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]  # absent from the stub, there at run time


def count_values(searcher: tantivy.Searcher, query: Query, field: str) -> dict[int, int] | None:
    """How many found documents carry each number of a field; None for more numbers than can be listed."""
    buckets = _read_buckets(searcher, query, field)
    return None if buckets is None else {int(each["key"]): int(each["doc_count"]) for each in buckets}


def _read_buckets(searcher: tantivy.Searcher, query: Query, field: str) -> list[dict[str, Any]] | None:
    terms = {"terms": {"field": field, "size": _MOST_BUCKETS, "segment_size": _MOST_BUCKETS}}
    answer = searcher.aggregate(query, {field: terms})[field]
    return None if answer["sum_other_doc_count"] else answer["buckets"]


class Scope:
    """What of a snapshot is there for a request: documents of these audiences that no visible face outranks.

    A query for hundreds of audiences costs more than most searches. So hits are rather found among all
    documents, in their order, and sieved here: that costs the same however many audiences there are. `query`
    says the same to tantivy, for counts, and for lists in which next to nothing is visible.
    """

    def __init__(self, snapshot: Snapshot, audiences: frozenset[int]) -> None:
        self._snapshot = snapshot
        self._audiences = audiences
        self._rivals = audiences if snapshot.rivals is None else snapshot.rivals & audiences
        self._query: Query | None = None

    @property
    def query(self) -> Query:
        if self._query is None:
            schema = self._snapshot.schema
            outranked = [match_numbers(schema, index.RIVAL, self._rivals)] if self._rivals else []
            seen = match_numbers(schema, index.AUDIENCE, self._audiences)
            self._query = match_all([seen], without=outranked)
        return self._query

    def sieve(self, hits: Sequence[KeyedAddress]) -> list[tuple[int | str, int]]:
        """Sort key and object id of those hits that are visible, in their order."""
        read = self._snapshot.searcher.fast_field_values
        audiences = read(index.AUDIENCE, [address for _, address in hits])
        seen = [hit for hit, audience in zip(hits, audiences, strict=True) if audience in self._audiences]
        addresses = [address for _, address in seen]
        object_ids = [int(each or 0) for each in read(index.ID, addresses)]
        outranked = self._find_outranked(addresses, object_ids)
        return [(key, each) for (key, _), each in zip(seen, object_ids, strict=True) if each not in outranked]

    def count(self, query: Query) -> int:
        """How many documents that `query` finds are visible."""
        if not self._rivals:
            buckets = _read_buckets(self._snapshot.searcher, query, index.AUDIENCE)
            if buckets is not None:
                # Keys come as floats, which are members all the same.
                return sum([int(each["doc_count"]) for each in buckets if each["key"] in self._audiences])
        return count(self._snapshot.searcher, match_all([query, self.query]))

    def _find_outranked(
        self, addresses: Sequence[tantivy.DocAddress], object_ids: Sequence[int]
    ) -> frozenset[int]:
        """Which of these visible documents stand back for another visible face."""
        if not self._rivals:
            return frozenset()
        searcher, schema = self._snapshot.searcher, self._snapshot.schema
        digests = searcher.fast_field_values(index.RIVALS_DIGEST, list(addresses))
        faced = [each for each, digest in zip(object_ids, digests, strict=True) if digest]
        if not faced:
            return frozenset()
        query = match_all(
            [match_numbers(schema, index.ID, faced), match_numbers(schema, index.RIVAL, self._rivals)]
        )
        found = searcher.search(query, len(faced), count=False, order_by_field=index.ID)
        return frozenset(int(object_id) for object_id, _ in found.hits)
