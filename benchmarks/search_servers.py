"""Search on Elasticsearch beside the embedded index: the same store and questions, asked in turns.

`STACK_TEST_ELASTICSEARCH` names the server; without it there is nothing to measure. Of a question the whole
service is timed (parsing, index, recheck in the store, snippets), as somebody would wait for it.
"""

import os
import secrets
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from django.conf import settings
from django.db import connection

from benchmarks.figures import Figure
from benchmarks.filled_store import COUNT, FilledStore, fill_store, name_count
from benchmarks.search_candidates import make_questions, read_rows
from stack.search.base import SearchRequest, Sort
from stack.search.documents import make_document
from stack.search.elasticsearch.address import SearchServers
from stack.search.elasticsearch.backend import ElasticsearchBackend
from stack.search.elasticsearch.client import Client
from stack.search.operations import rebuild
from stack.search.queries import search_objects
from stack.search.query_language import parse_query
from stack.store.queries import read_heads

_FACETS = ("type", "tlp", "label")
_ROUNDS = 40
_AUDIENCES = 1_000
_HEADS_AT_ONCE = 1_000
_PLANS = {
    "exact value": ("value", "{}", ()),
    "prefix": ("prefix", "value:{}*", ()),
    "substring": ("substring", "value:*{}*", ()),
    "phrase": ("phrase", 'text:"{}"', ()),
    "words": ("words", "{}", ()),
    "words with three facets": ("facets", "text:{}", _FACETS),
}


def run() -> list[Figure]:
    url = os.environ.get("STACK_TEST_ELASTICSEARCH")
    if not url:
        return []
    servers = SearchServers(urls=(url,), prefix=f"bench{secrets.token_hex(4)}", patience_s=30.0)
    filled = fill_store()
    try:
        settings.SEARCH = servers
        return [*_measure_indexing(), *_measure_queries(filled), *_measure_audiences(servers)]
    finally:
        settings.SEARCH_BACKEND = "embedded"
        client = Client(servers)
        client.delete(list(client.read_aliases(f"{servers.prefix}*")))


def _measure_indexing() -> Iterator[Figure]:
    rates = {}
    for name in ("embedded", "elasticsearch"):
        settings.SEARCH_BACKEND = name
        start = time.perf_counter()
        rebuild()
        rates[name] = COUNT / (time.perf_counter() - start)
    there, here = rates["elasticsearch"], rates["embedded"]
    title = f"servers: index rate, {name_count()}"
    yield Figure(title, there, "objects/s", "embedded", here, there / here)


def _measure_queries(filled: FilledStore) -> Iterator[Figure]:
    questions = make_questions(list(islice(read_rows(COUNT), 20_000)))
    for title, (kind, written, facets) in _PLANS.items():
        took: dict[str, list[float]] = {"embedded": [], "elasticsearch": []}
        for number, text in enumerate(questions[kind][: _ROUNDS + 1]):
            totals = set()
            for name, times in took.items():
                settings.SEARCH_BACKEND = name
                start = time.perf_counter()
                page = search_objects(filled.principal, query=written.format(text), facets=facets)
                if number:  # the first is for warming up
                    times.append((time.perf_counter() - start) * 1000)
                totals.add(page.total)
            if len(totals) > 1:
                raise RuntimeError(f"{written.format(text)} finds {totals}")
        for step, pick in (("p50", 9), ("p95", 18)):
            there, here = (
                statistics.quantiles(took[each], n=20)[pick] for each in ("elasticsearch", "embedded")
            )
            yield Figure(f"servers: {title}, {step}", there, "ms", "embedded", here, here / there)


def _measure_audiences(servers: SearchServers) -> Iterator[Figure]:
    """Half of a thousand audiences, beside one of two: the same objects are seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM store_object")
        [last] = cursor.fetchone()
    count = min(last, 200_000)
    sides = []
    for audiences in (2, _AUDIENCES):
        backend = ElasticsearchBackend(replace(servers, prefix=f"{servers.prefix}-{audiences}"))
        with backend.open_writer() as writer:
            if writer is None:
                raise RuntimeError("another process writes")
            for first in range(1, count + 1, _HEADS_AT_ONCE):
                heads = [head for head in read_heads(range(first, first + _HEADS_AT_ONCE)) if head.text]
                writer.write(
                    make_document(replace(head, audience_id=1 + head.object_id % audiences), sequence=1)
                    for head in heads
                )
            writer.commit()
        sides.append((backend, frozenset(range(1, audiences + 1, 2))))
    for query in ("", "type:indicator", "fox"):
        took: list[list[float]] = [[], []]
        for _ in range(_ROUNDS):
            for (backend, seen), times in zip(sides, took, strict=True):
                request = SearchRequest(parse_query(query).node, seen, sort=Sort.MODIFIED, facets=_FACETS)
                start = time.perf_counter()
                found = backend.search(request)
                times.append((time.perf_counter() - start) * 1000)
                if not found.is_ready:
                    raise RuntimeError(found.trouble)
        few, many = (statistics.median(times) for times in took)
        title = f"servers: “{query}” with facets, 500 of 1,000 audiences, {count:,} objects"
        yield Figure(title, many, "ms", "1 of 2 audiences", few, few / many)
