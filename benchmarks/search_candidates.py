"""The candidates for embedded search side by side: `python -m benchmarks.search_candidates`, on demand.

Each takes the same generated objects, reduced to the same fields, and answers the same questions drawn from
them; docs/decisions/0003-embedded-search.md holds the figures of the run that decided. About five minutes for
a million objects; `--count` makes it shorter. A row of questions ends after 20 seconds.
"""

import argparse
import itertools
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msgspec
import tantivy

from benchmarks.generate import generate_objects

_FACETS = ("type", "tlp", "label")
_REPEATS = 60


class _Source(msgspec.Struct):
    id: str
    type: str
    name: str = ""
    description: str = ""
    value: str = ""
    pattern: str = ""
    modified: str = "2023-01-01T00:00:00.000Z"
    indicator_types: tuple[str, ...] = ()
    malware_types: tuple[str, ...] = ()
    object_marking_refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One document as every candidate gets it."""

    id: int
    type: str
    name: str
    text: str
    value: str
    label: str
    tlp: str
    modified: int


def read_rows(count: int) -> Iterator[Row]:
    decode = msgspec.json.Decoder(_Source).decode
    for number, text in enumerate(generate_objects(count)):
        source = decode(text)
        value = source.value or (source.name if source.pattern else "")
        yield Row(
            id=number,
            type=source.type,
            name=source.name,
            text=source.description,
            value=value,
            label=(source.indicator_types or source.malware_types or ("",))[0],
            tlp=source.object_marking_refs[0][-4:] if source.object_marking_refs else "",
            modified=int(source.modified[:19].replace("-", "").replace("T", "").replace(":", "")),
        )


def spell_grams(value: str) -> str:
    """The trigrams of a value as words, so that a phrase of trigrams is a substring."""
    safe = f"\x02{value}\x03".replace(" ", "\x01")
    return " ".join([safe[at : at + 3] for at in range(len(safe) - 2)])


class TantivyCandidate:
    name = "tantivy"

    def __init__(self, folder: Path, *, grams: bool) -> None:
        self.name = "tantivy with trigrams" if grams else "tantivy"
        self._grams = grams
        self._folder = folder
        build = tantivy.SchemaBuilder()
        build.add_unsigned_field("id", indexed=True, fast=True)
        build.add_unsigned_field("modified", fast=True)
        for name in ("name", "text"):
            build.add_text_field(name)
        build.add_text_field("value", tokenizer_name="raw", index_option="basic")
        build.add_text_field("gram", tokenizer_name="words")
        for name in _FACETS:
            build.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
        self._schema = build.build()
        self._index = tantivy.Index(self._schema, str(folder))
        words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("words", words)

    def index(self, rows: Iterator[Row]) -> None:
        writer = self._index.writer(128_000_000, 1)
        for row in rows:
            document = tantivy.Document()
            document.add_unsigned("id", row.id)
            document.add_unsigned("modified", row.modified)
            document.add_text("name", row.name)
            document.add_text("text", row.text)
            if row.value:
                document.add_text("value", row.value)
                if self._grams:
                    document.add_text("gram", spell_grams(row.value))
            for name in _FACETS:
                document.add_text(name, getattr(row, name))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def size(self) -> int:
        return sum(path.stat().st_size for path in self._folder.iterdir())

    def _count(self, query: tantivy.Query) -> int:
        found = self._searcher.search(query, 50, order_by_field="modified")
        self._searcher.fast_field_values("id", [address for _, address in found.hits])
        return int(found.count)  # type: ignore[attr-defined]  # absent from the stub, there at run time

    def _words(self, text: str, *, field: str = "text") -> tantivy.Query:
        terms = [tantivy.Query.term_query(self._schema, field, word) for word in text.lower().split()]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, term) for term in terms])

    def find_value(self, value: str) -> int:
        return self._count(tantivy.Query.term_query(self._schema, "value", value, "basic"))

    def find_prefix(self, prefix: str) -> int:
        return self._count(tantivy.Query.regex_query(self._schema, "value", re.escape(prefix) + ".*"))

    def find_words(self, text: str) -> int:
        return self._count(self._words(text))

    def find_phrase(self, text: str) -> int:
        return self._count(tantivy.Query.phrase_query(self._schema, "text", list(text.lower().split())))

    def find_facets(self, text: str) -> int:
        query = self._words(text)
        self._searcher.aggregate(query, {name: {"terms": {"field": name, "size": 20}} for name in _FACETS})
        return self._count(query)

    def find_substring(self, part: str) -> int:
        if self._grams:
            words = [part[at : at + 3] for at in range(len(part) - 2)]
            return self._count(tantivy.Query.phrase_query(self._schema, "gram", list(words)))
        return self._count(tantivy.Query.regex_query(self._schema, "value", f".*{re.escape(part)}.*"))


class SqliteCandidate:
    """FTS5 without stored content beside a plain table; substrings by LIKE or by a trigram FTS5."""

    def __init__(self, folder: Path, *, grams: bool) -> None:
        self.name = "SQLite FTS5 with trigrams" if grams else "SQLite FTS5, LIKE for substrings"
        self._grams = grams
        self._path = folder / "fts.sqlite3"
        self._db = sqlite3.connect(self._path)
        self._db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-131072;"
            "PRAGMA mmap_size=1073741824;"
            "CREATE TABLE doc (id INTEGER PRIMARY KEY, value TEXT, type TEXT, tlp TEXT, label TEXT,"
            "modified INTEGER);"
            "CREATE VIRTUAL TABLE words USING fts5(name, text, content='');"
        )
        if grams:
            self._db.execute("CREATE VIRTUAL TABLE gram USING fts5(value, content='', tokenize='trigram')")

    def index(self, rows: Iterator[Row]) -> None:
        batch: list[Row] = []
        for row in rows:
            batch.append(row)
            if len(batch) == 20_000:
                self._insert(batch)
                batch = []
        self._insert(batch)
        self._db.execute("CREATE INDEX doc_value ON doc (value)")
        self._db.commit()

    def _insert(self, batch: Sequence[Row]) -> None:
        with self._db:
            rows = [(row.id, row.value, row.type, row.tlp, row.label, row.modified) for row in batch]
            self._db.executemany("INSERT INTO doc VALUES (?,?,?,?,?,?)", rows)
            words = [(row.id, row.name, row.text) for row in batch]
            self._db.executemany("INSERT INTO words (rowid, name, text) VALUES (?,?,?)", words)
            if self._grams:
                values = [(row.id, row.value) for row in batch if row.value]
                self._db.executemany("INSERT INTO gram (rowid, value) VALUES (?,?)", values)

    def size(self) -> int:
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self._path.stat().st_size

    def _page(self, where: str, parameter: str) -> int:
        total = self._db.execute(f"SELECT count(*) FROM doc WHERE {where}", [parameter]).fetchone()[0]
        order = f"SELECT id FROM doc WHERE {where} ORDER BY modified DESC LIMIT 50"
        self._db.execute(order, [parameter]).fetchall()
        return int(total)

    def find_value(self, value: str) -> int:
        return self._page("value = ?", value)

    def find_prefix(self, prefix: str) -> int:
        return self._page(f"value >= ? AND value < '{prefix}\U0010ffff'", prefix)

    def find_words(self, text: str) -> int:
        return self._page("id IN (SELECT rowid FROM words WHERE words MATCH ?)", f"text:({text})")

    def find_phrase(self, text: str) -> int:
        return self._page("id IN (SELECT rowid FROM words WHERE words MATCH ?)", f'text:"{text}"')

    def find_facets(self, text: str) -> int:
        where = "id IN (SELECT rowid FROM words WHERE words MATCH ?)"
        for name in _FACETS:
            counted = f"SELECT {name}, count(*) FROM doc WHERE {where} GROUP BY 1"
            self._db.execute(counted, [f"text:({text})"]).fetchall()
        return self._page(where, f"text:({text})")

    def find_substring(self, part: str) -> int:
        if self._grams:
            return self._page("id IN (SELECT rowid FROM gram WHERE gram MATCH ?)", f'"{part}"')
        return self._page("value LIKE ?", f"%{part}%")


def make_questions(rows: Sequence[Row]) -> dict[str, list[str]]:
    """What is asked, drawn from what is there; the same for every candidate."""
    random = Random(7)
    values = [row.value for row in random.sample(rows, 4 * _REPEATS) if len(row.value) > 10][:_REPEATS]
    texts = [row.text for row in random.sample(rows, 4 * _REPEATS) if len(row.text.split()) > 8][:_REPEATS]
    animals = [" ".join(text.rstrip(".").split()[-1:]) for text in texts]
    return {
        "value": values,
        "prefix": [value[:6] for value in values],
        "words": [f"{text.split()[1]} {animal}" for text, animal in zip(texts, animals, strict=True)],
        "phrase": [" ".join(text.split()[1:4]) for text in texts],
        "facets": [text.split()[1] for text in texts],
        "substring": [value[3:9] for value in values],
    }


def time_questions(ask: Callable[[str], int], questions: Sequence[str]) -> tuple[float, float, int]:
    """p50 and p95 in milliseconds, and the hits of all questions together."""
    took, hits = [], 0
    for question in questions:
        start = time.perf_counter()
        hits += ask(question)
        took.append((time.perf_counter() - start) * 1000)
        if sum(took) > 20_000:
            break
    steps = statistics.quantiles(took, n=20) if len(took) > 1 else [took[0]] * 19
    return statistics.median(took), steps[18], hits


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--count", type=int, default=1_000_000)
    count = arguments.parse_args().count
    start = time.perf_counter()
    rows = list(read_rows(count))
    print(f"{count} objects, read in {time.perf_counter() - start:.0f} s")
    questions = make_questions(rows)
    kinds: tuple[type[TantivyCandidate | SqliteCandidate], ...] = (TantivyCandidate, SqliteCandidate)
    for kind, grams in itertools.product(kinds, (False, True)):
        with tempfile.TemporaryDirectory() as name:
            candidate = kind(Path(name), grams=grams)
            start = time.perf_counter()
            candidate.index(iter(rows))
            took = time.perf_counter() - start
            size = candidate.size() / count
            print(f"\n{candidate.name}: {count / took:,.0f} objects/s, {size:.0f} bytes an object")
            for what, asked in questions.items():
                p50, p95, hits = time_questions(getattr(candidate, f"find_{what}"), asked)
                print(f"  {what:10} p50 {p50:8.2f} ms  p95 {p95:8.2f} ms  {hits} hits", flush=True)


if __name__ == "__main__":
    main()
