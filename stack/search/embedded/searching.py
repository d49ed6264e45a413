"""Answers one request from one state of the embedded index: total, hits in their order, facets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tantivy
from tantivy import Query

from stack.search.base import Facet, Found, Hit, Position, SearchRequest, Sort
from stack.search.embedded import schema as index
from stack.search.embedded.compiler import Compiler, match_all
from stack.search.embedded.snapshot import Scope, Snapshot, total_of

FACET_VALUES = 60
_SIEVED = 250
_SIEVED_PER_HIT = 4
_COUNTED = "counted"
# Of a facet: enough that those of the same count are nearly always among them, and all that can be asked for.
_FACET_BUCKETS = (1_000, 65_000)
_SEGMENT_BUCKETS = 1 << 20
_KEYS = {
    Sort.RELEVANCE: index.RELEVANCE_KEY,
    Sort.MODIFIED: index.MODIFIED_KEY,
    Sort.CREATED: index.CREATED_KEY,
}


@dataclass(frozen=True, slots=True)
class _Slice:
    """The first visible hits of a query, as (sort key, object id); `is_whole`: there are no others."""

    rows: list[tuple[int | str, int]]
    is_whole: bool


class IndexSearch:
    """One request on one state of the index."""

    def __init__(self, snapshot: Snapshot, request: SearchRequest) -> None:
        self._request = request
        self._searcher = snapshot.searcher
        self._scope = Scope(snapshot, request.audiences)
        self._compiler = Compiler(snapshot.schema)
        self._query = self._compiler.compile(request.node)
        self._key = _KEYS.get(request.sort, index.NAME_KEY)

    def run(self) -> Found:
        request = self._request
        facets, total = self._count_facets()
        whole = self._limit(request.filters)
        if request.sort is Sort.NAME:
            return self._list_by_name(whole, facets)
        first = self._list(whole, None if request.sort is Sort.RELEVANCE else request.after)
        if total is None:
            is_all = first.is_whole and (request.sort is Sort.RELEVANCE or request.after is None)
            total = len(first.rows) if is_all or not request.is_counted else self._scope.count(whole)
        tiers = self._compiler.compile_tiers(request.node) if request.sort is Sort.RELEVANCE else []
        if tiers:
            return Found(total, self._list_tiers(whole, tiers, first), facets)
        if request.sort is Sort.RELEVANCE and request.after:
            first = self._list(whole, request.after)
        return Found(total, self._read_hits(first.rows[: request.limit], 0, passed=0), facets)

    def _limit(self, filters: Mapping[str, Sequence[str]]) -> Query:
        return match_all([self._query, *self._compiler.compile_filters(filters)])

    def _list_tiers(self, whole: Query, tiers: Sequence[Query], everything: _Slice) -> list[Hit]:
        """Tier after tier, each without what the tiers before it hold; within one by the sort key.

        On the first page the last tier is what `everything` has beside the others, where it has enough.
        """
        request = self._request
        start = request.after.tier if request.after else 0
        hits: list[Hit] = []
        taken: set[int] = set()
        for number in range(start, len(tiers) + 1):
            wanted = request.limit - len(hits)
            if not wanted:
                break
            after = request.after if number == start else None
            rows = [row for row in everything.rows if row[1] not in taken][:wanted]
            is_last = number == len(tiers) and not request.after
            if not (is_last and (everything.is_whole or len(rows) == wanted)):
                query = match_all([whole, *tiers[number : number + 1]], without=tiers[:number])
                rows = self._list(query, after).rows[:wanted]
            taken.update(object_id for _, object_id in rows)
            hits += self._read_hits(rows, number, passed=len(hits))
        return hits

    def _list(self, query: Query, after: Position | None) -> _Slice:
        """At least as many rows as a page has, or all there are."""
        limit = self._request.limit
        if after is not None:
            query = match_all([query, self._compiler.before(self._key, int(after.key))])
        asked = max(_SIEVED, limit * _SIEVED_PER_HIT)
        found = self._searcher.search(query, asked, order_by_field=self._key)
        rows = self._scope.sieve(found.hits)
        is_whole = total_of(found) <= asked
        if is_whole or len(rows) >= limit:
            return _Slice(rows, is_whole)
        # Nearly all that was found first is hidden: now the index has to look for what is not.
        query = match_all([query, self._scope.query])
        found = self._searcher.search(query, limit, order_by_field=self._key)
        return _Slice(self._scope.sieve(found.hits), total_of(found) <= limit)

    def _list_by_name(self, whole: Query, facets: dict[str, list[Facet]]) -> Found:
        """Tantivy has no ranges of text, so pages by name go on by number."""
        found = self._searcher.search(
            match_all([whole, self._scope.query]),
            self._request.limit,
            order_by_field=self._key,
            offset=self._passed,
            order=tantivy.Order.Asc,
        )
        rows = self._scope.sieve(found.hits)
        return Found(total_of(found), self._read_hits(rows, 0, passed=0), facets)

    @property
    def _passed(self) -> int:
        return self._request.after.passed if self._request.after else 0

    def _read_hits(self, rows: Sequence[tuple[int | str, int]], tier: int, *, passed: int) -> list[Hit]:
        before = self._passed + passed
        return [
            Hit(object_id, Position(tier, key, before + number, object_id))
            for number, (key, object_id) in enumerate(rows, start=1)
        ]

    def _count_facets(self) -> tuple[dict[str, list[Facet]], int | None]:
        """Each facet under all filters but its own, and the total, where it comes out of the same pass."""
        request = self._request
        unfiltered = [name for name in request.facets if name not in request.filters]
        counted: dict[str, list[Facet]] = {}
        total = None
        if unfiltered:
            counted, total = self._count_pass(unfiltered, request.filters)
        for name in request.facets:
            if name in request.filters:
                others = {key: values for key, values in request.filters.items() if key != name}
                counted |= self._count_pass([name], others)[0]
        return {name: counted[name] for name in request.facets}, total

    def _count_pass(
        self, names: Sequence[str], filters: Mapping[str, Sequence[str]]
    ) -> tuple[dict[str, list[Facet]], int]:
        query = match_all([self._limit(filters), self._scope.query])
        counted: dict[str, list[Facet]] = {}
        missing = list(names)
        total = 0
        for size in _FACET_BUCKETS:
            answer = self._aggregate(query, missing, size)
            total = int(answer[_COUNTED]["value"])
            for name in missing:
                counted[name] = _read_facet(answer[name])
            missing = [name for name in missing if _is_undecided(answer[name])]
            if not missing:
                break
        return counted, total

    def _aggregate(self, query: Query, names: Sequence[str], size: int) -> dict[str, Any]:
        wanted: dict[str, Any] = {
            name: {"terms": {"field": name, "size": size, "segment_size": _SEGMENT_BUCKETS}} for name in names
        }
        return self._searcher.aggregate(query, wanted | {_COUNTED: {"value_count": {"field": index.ID}}})


def _read_facet(answer: Mapping[str, Any]) -> list[Facet]:
    facets = [Facet(bucket["key"], int(bucket["doc_count"])) for bucket in answer["buckets"]]
    return sorted(facets, key=lambda facet: (-facet.count, facet.value))[:FACET_VALUES]


def _is_undecided(answer: Mapping[str, Any]) -> bool:
    """Whether values that were not listed have the count of the last one that is shown."""
    buckets = answer["buckets"]
    if not answer["sum_other_doc_count"] or len(buckets) < FACET_VALUES:
        return False
    return bool(buckets[-1]["doc_count"] == buckets[FACET_VALUES - 1]["doc_count"])
