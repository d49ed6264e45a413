"""Answers one request from one state of the embedded index: total, hits in their order, facets."""

from collections.abc import Mapping, Sequence

import tantivy
from tantivy import Query

from stack.search.base import Facet, Found, Hit, Position, SearchRequest, Sort
from stack.search.embedded import schema as index
from stack.search.embedded.compiler import Compiler, match_all

FACET_VALUES = 60
_KEYS = {
    Sort.RELEVANCE: index.RELEVANCE_KEY,
    Sort.MODIFIED: index.MODIFIED_KEY,
    Sort.CREATED: index.CREATED_KEY,
}


class IndexSearch:
    """One request on one state of the index."""

    def __init__(self, copy: tantivy.Index, request: SearchRequest) -> None:
        self._request = request
        self._searcher = copy.searcher()
        self._compiler = Compiler(copy.schema)
        self._query = self._compiler.compile(request.node)

    def run(self) -> Found:
        request = self._request
        whole = self._limit(request.filters)
        if request.sort is Sort.NAME:
            total, hits = self._list_by_name(whole)
        elif request.sort is Sort.RELEVANCE:
            total, hits = self._list_by_relevance(whole)
        else:
            total, hits = self._list_newest(whole)
        return Found(total, hits, self._count_facets())

    @property
    def _passed(self) -> int:
        return self._request.after.passed if self._request.after else 0

    def _limit(self, filters: Mapping[str, Sequence[str]]) -> Query:
        return match_all([self._query, *self._compiler.compile_scope(self._request.audiences, filters)])

    def _list_by_relevance(self, whole: Query) -> tuple[int, list[Hit]]:
        """Tier after tier, each without what the tiers before it hold; within one by the sort key."""
        request = self._request
        tiers = self._compiler.compile_tiers(request.node)
        if not tiers:
            return self._list_newest(whole)
        total = self._count(whole)
        start = request.after.tier if request.after else 0
        # On a later page the total says nothing: objects of the pages before may be gone.
        wanted = request.limit if request.after else min(request.limit, total)
        hits: list[Hit] = []
        for number in range(start, len(tiers) + 1):
            if len(hits) >= wanted:
                break
            query = match_all([whole, *tiers[number : number + 1]], without=tiers[:number])
            after = request.after if number == start else None
            hits += self._list_after(query, number, after, limit=wanted - len(hits), passed=len(hits))
        return total, hits

    def _list_newest(self, whole: Query) -> tuple[int, list[Hit]]:
        """The first page and the total come out of one pass."""
        request = self._request
        if request.after:
            return self._count(whole), self._list_after(
                whole, 0, request.after, limit=request.limit, passed=0
            )
        found = self._searcher.search(whole, request.limit, order_by_field=_KEYS[request.sort])
        return _total_of(found), self._read_hits(found, 0, passed=0)

    def _list_after(
        self, query: Query, tier: int, after: Position | None, *, limit: int, passed: int
    ) -> list[Hit]:
        key = _KEYS[self._request.sort]
        if after is not None:
            query = match_all([query, self._compiler.before(key, int(after.key))])
        found = self._searcher.search(query, limit, count=False, order_by_field=key)
        return self._read_hits(found, tier, passed=self._passed + passed)

    def _list_by_name(self, query: Query) -> tuple[int, list[Hit]]:
        """Tantivy has no ranges of text, so pages by name go on by number."""
        found = self._searcher.search(
            query,
            self._request.limit,
            order_by_field=index.NAME_KEY,
            offset=self._passed,
            order=tantivy.Order.Asc,
        )
        return _total_of(found), self._read_hits(found, 0, passed=self._passed)

    def _count(self, query: Query) -> int:
        return _total_of(self._searcher.search(query, 1))

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


def _total_of(found: tantivy.SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]  # absent from the stub, there at run time
