"""Search at a million objects: the whole service (parsing, index, recheck in the store, snippets) per query.

Beside it SQLite FTS5 with the same words, which answers ids only, without access check and snippets.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import msgspec
from django.conf import settings

from benchmarks.figures import Figure
from benchmarks.filled_store import COUNT, FilledStore, fill_store, name_count
from benchmarks.generate import generate_objects
from benchmarks.search_candidates import SqliteCandidate, make_questions, read_rows, time_questions
from stack.search.indexer import follow_changes
from stack.search.operations import rebuild
from stack.search.queries import search_objects
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement

_FACETS = ("type", "tlp", "label")
_CHANGES = 20


def run() -> list[Figure]:
    filled = fill_store()
    figures = [*_measure_indexing()]
    with tempfile.TemporaryDirectory() as folder:
        candidate = SqliteCandidate(Path(folder), grams=False)
        start = time.perf_counter()
        candidate.index(read_rows(COUNT))
        figures[0] = _compare_rate(figures[0], COUNT / (time.perf_counter() - start))
        figures += _measure_queries(filled, candidate)
    return [*figures, _measure_freshness(filled)]


def _measure_indexing() -> Iterator[Figure]:
    """From the change log: reading heads, deriving documents, writing and committing."""
    start = time.perf_counter()
    rebuild()
    rate = COUNT / (time.perf_counter() - start)
    size = sum(path.stat().st_size for path in Path(settings.SEARCH_INDEX).rglob("*") if path.is_file())
    yield Figure(f"search: index rate, {name_count()}", rate, "objects/s", "", None, None)
    yield Figure("search: index size", size / COUNT, "bytes/object", "", None, None)


def _compare_rate(figure: Figure, baseline: float) -> Figure:
    return Figure(figure.name, figure.value, figure.unit, "SQLite FTS5", baseline, figure.value / baseline)


def _measure_queries(filled: FilledStore, candidate: SqliteCandidate) -> Iterator[Figure]:
    questions = make_questions(list(islice(read_rows(COUNT), 20_000)))
    plans: dict[str, tuple[Callable[[str], str], Callable[[str], int], tuple[str, ...]]] = {
        "value": (lambda text: text, candidate.find_value, ()),
        "prefix": (lambda text: f"value:{text}*", candidate.find_prefix, ()),
        "substring": (lambda text: f"value:*{text}*", candidate.find_substring, ()),
        "phrase": (lambda text: f'text:"{text}"', candidate.find_phrase, ()),
        "facets": (lambda text: f"text:{text}", candidate.find_facets, _FACETS),
    }
    for name, (write, ask_candidate, facets) in plans.items():

        def ask(text: str, *, write: Callable[[str], str] = write, facets: tuple[str, ...] = facets) -> int:
            return search_objects(filled.principal, query=write(text), facets=facets).total

        ask(questions[name][0])
        p50, p95, _ = time_questions(ask, questions[name])
        base50, base95, _ = time_questions(ask_candidate, questions[name])
        title = {"value": "exact value", "facets": "words with three facets"}.get(name, name)
        yield Figure(f"search: {title}, p50", p50, "ms", "SQLite FTS5/LIKE", base50, base50 / p50)
        yield Figure(f"search: {title}, p95", p95, "ms", "SQLite FTS5/LIKE", base95, base95 / p95)


def _measure_freshness(filled: FilledStore) -> Figure:
    """From the commit of one object to the first search that finds it, with the runner's loop at work."""
    source = ensure_source(filled.principal, name="generated")
    stop = threading.Event()
    loop = threading.Thread(target=follow_changes, args=(stop,))
    loop.start()
    took = []
    try:
        for text in generate_objects(_CHANGES, seed=2):
            obj = msgspec.json.decode(text)
            write_statements(
                filled.principal, statements=[describe_statement(text, obj)], source_id=source.id
            )
            start = time.perf_counter()
            while not search_objects(filled.principal, query=f"id:{obj['id']}").total:
                if time.perf_counter() - start > 30:
                    raise RuntimeError("a change did not become searchable within 30 seconds")
                time.sleep(0.005)
            took.append((time.perf_counter() - start) * 1000)
    finally:
        stop.set()
        loop.join()
    p95 = sorted(took)[int(len(took) * 0.95) - 1]
    return Figure("search: change to searchable, p95", p95, "ms", "goal", 1000, 1000 / p95)
