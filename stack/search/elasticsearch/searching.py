"""One request as one question to the servers, and their answer as what was found.

Everything comes out of one request: hits, the exact total, and each facet under all filters but its own. A
page goes on from the sort values of a hit, which are unique, so that no state has to be kept on the servers
between pages: what changes in between moves nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stack.search.base import Facet, Found, Hit, Position, SearchRequest, Sort
from stack.search.elasticsearch import mapping as index
from stack.search.elasticsearch.compiler import Compiler, Query, match_all, match_visible

FACET_VALUES = 60
# Of each shard, so that the counts are exact: first what nearly always suffices, then all there may be.
SHARD_VALUES = (1_000, 10_000_000)
_COUNTED = "counted"
_KEYS = {
    Sort.RELEVANCE: index.RELEVANCE_KEY,
    Sort.MODIFIED: index.MODIFIED_KEY,
    Sort.CREATED: index.CREATED_KEY,
}


class Question:
    """What the servers are asked for a request."""

    def __init__(self, request: SearchRequest) -> None:
        self._request = request
        compiler = Compiler()
        self._query = compiler.compile(request.node)
        self._tiers = compiler.compile_tiers(request.node) if request.sort is Sort.RELEVANCE else []
        # A facet is counted without its own filter, which therefore only holds for hits and total.
        apart = [name for name in request.facets if name in request.filters]
        self._filters = {
            name: compiler.compile_filter(name, values) for name, values in request.filters.items()
        }
        self._apart = {name: self._filters[name] for name in apart}

    def write(self, shard_values: int) -> dict[str, Any]:
        request = self._request
        body: dict[str, Any] = {
            "query": self._rank(self._limit()),
            "size": request.limit,
            "sort": self._list_sorts(),
            "track_total_hits": request.is_counted,
            "stored_fields": "_none_",
            "_source": False,
        }
        if self._apart:
            body["post_filter"] = match_all(list(self._apart.values()))
        if request.after is not None:
            body["search_after"] = self._write_place(request.after)
        if request.facets:
            body["aggs"] = {name: self._count(name, shard_values) for name in request.facets}
        return body

    def read(self, answer: Mapping[str, Any]) -> Found:
        passed = self._request.after.passed if self._request.after else 0
        hits = [
            self._read_hit(row["sort"], passed + number)
            for number, row in enumerate(answer["hits"]["hits"], start=1)
        ]
        total = answer["hits"].get("total", {"value": len(hits)})["value"]
        facets = {name: _read_facet(answer["aggregations"][name][_COUNTED]) for name in self._request.facets}
        return Found(int(total), hits, facets)

    def is_exact(self, answer: Mapping[str, Any]) -> bool:
        """Whether every shard told of all values that may be among the most frequent."""
        counted = answer.get("aggregations", {}).values()
        return not any(each[_COUNTED]["doc_count_error_upper_bound"] for each in counted)

    def _limit(self) -> Query:
        others = [query for name, query in self._filters.items() if name not in self._apart]
        return match_all([self._query, *others, match_visible(self._request.audiences)])

    def _rank(self, query: Query) -> Query:
        """Only tiers are scores: 3, 2 and 1 for the first, the second and all that is in neither."""
        if not self._tiers:
            return query
        last = len(self._tiers)
        tiers = [
            {"constant_score": {"filter": tier, "boost": 1 + last - number}}
            for number, tier in enumerate([*self._tiers, {"match_all": {}}])
        ]
        return {"bool": {"filter": [query], "must": [{"dis_max": {"queries": tiers}}]}}

    def _list_sorts(self) -> list[dict[str, str]]:
        if self._request.sort is Sort.NAME:
            return [{index.NAME_KEY: "asc"}, {index.ID: "asc"}]
        tier = [{"_score": "desc"}] if self._tiers else []
        return [*tier, {_KEYS[self._request.sort]: "desc"}, {index.ID: "desc"}]

    def _write_place(self, after: Position) -> list[float | int | str]:
        key = after.key
        if self._request.sort is Sort.RELEVANCE:
            key = int(key) - index.SIGN
        tier = [float(1 + len(self._tiers) - after.tier)] if self._tiers else []
        return [*tier, key, after.object_id]

    def _read_hit(self, place: Sequence[Any], passed: int) -> Hit:
        tier = 1 + len(self._tiers) - round(place[0]) if self._tiers else 0
        key, object_id = place[-2:]
        if self._request.sort is Sort.RELEVANCE:
            key += index.SIGN
        return Hit(int(object_id), Position(tier, key, passed, int(object_id)))

    def _count(self, name: str, shard_values: int) -> dict[str, Any]:
        others = [query for each, query in self._apart.items() if each != name]
        # The server orders equal counts by value by itself.
        terms = {"field": name, "size": FACET_VALUES, "shard_size": shard_values}
        return {"filter": match_all(others), "aggs": {_COUNTED: {"terms": terms}}}


def _read_facet(answer: Mapping[str, Any]) -> list[Facet]:
    return [Facet(str(bucket["key"]), int(bucket["doc_count"])) for bucket in answer["buckets"]]
