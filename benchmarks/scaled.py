"""The whole of an installation at scale: an ingest through REST, Celery, PostgreSQL and Elasticsearch.

Everything runs on this one machine, so the processes and the servers share its cores.
"""

import os
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import psycopg

from benchmarks.figures import Figure
from benchmarks.generate import generate_objects, write_bundle
from benchmarks.scaled_processes import Scaled, started, wait_for

_COUNT = int(os.environ.get("STACK_BENCH_OBJECTS") or 200_000)
_ASKED = 200
_SMALL_WRITES = 20
_EVERY_S = 0.5


def run() -> list[Figure]:
    """Objects a second, how far search is behind, answers over HTTP, and the memory of every process."""
    with tempfile.TemporaryDirectory(prefix="stack-scaled-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with started(folder) as scaled:
            return [
                *_measure_ingest(scaled, folder),
                *_measure_disk(scaled),
                *_measure_answers(scaled),
                *_list_memory(scaled),
            ]


def _measure_ingest(scaled: Scaled, folder: Path) -> list[Figure]:
    path = folder / "bundle.json"
    size = write_bundle(path, _COUNT)
    began = time.perf_counter()
    job = scaled.ask("POST", "/api/v1/ingest?source=benchmark&filename=b.json", path.read_bytes())["id"]
    lags: list[int] = []
    while (state := scaled.ask("GET", f"/api/v1/jobs/{job}")["state"]) in {"queued", "running"}:
        lags.append(_measure_lag(scaled))
        time.sleep(_EVERY_S)
    if state != "done":
        raise RuntimeError(f"the ingest ended as {state}")
    stored = time.perf_counter() - began
    wait_for(lambda: _measure_lag(scaled) == 0, seconds=900, every=_EVERY_S)
    indexed = time.perf_counter() - began
    what = f"{_COUNT:,} objects ({size / 1e6:,.0f} MB)"
    return [
        Figure(
            f"scaled: {what} through REST and Celery, stored", _COUNT / stored, "objects/s", "", None, None
        ),
        Figure("scaled: the same, also searchable", _COUNT / indexed, "objects/s", "", None, None),
        Figure("scaled: search behind while it went on, at most", max(lags), "changes", "", None, None),
        Figure("scaled: search behind when it had ended", indexed - stored, "s", "", None, None),
    ]


def _measure_disk(scaled: Scaled) -> list[Figure]:
    with psycopg.connect(scaled.environment["STACK_DATABASE"], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    database = float(row[0]) if row else 0.0
    with urllib.request.urlopen(f"{scaled.addresses['elasticsearch']}/_stats/store") as answer:
        index = float(orjson.loads(answer.read())["_all"]["primaries"]["store"]["size_in_bytes"])
    return [
        Figure("scaled: PostgreSQL, an object", database / _COUNT, "bytes", "", None, None),
        Figure("scaled: Elasticsearch, an object", index / _COUNT, "bytes", "", None, None),
    ]


def _measure_answers(scaled: Scaled) -> list[Figure]:
    values = _list_values()
    lookups = _time(
        lambda number: scaled.ask("POST", "/api/v1/lookup", orjson.dumps({"values": [values[number]]}))
    )
    words = _time(lambda number: scaled.ask("GET", f"/api/v1/search?q={quote(values[number][:8])}*"))
    return [
        _describe("scaled: look-up of a value over HTTP", lookups),
        _describe("scaled: search by a beginning over HTTP", words),
        _describe("scaled: from a small write to its hit in search", _time_small_writes(scaled)),
    ]


def _time_small_writes(scaled: Scaled) -> list[float]:
    times = []
    for number in range(_SMALL_WRITES):
        name = f"benchmarkwrite{number:04}"
        text = orjson.dumps(
            {
                "type": "malware",
                "spec_version": "2.1",
                "id": f"malware--00000000-0000-4000-8000-{number:012}",
                "created": "2026-01-01T00:00:00.000Z",
                "modified": "2026-01-01T00:00:00.000Z",
                "name": name,
                "is_family": False,
            }
        )
        began = time.perf_counter()
        scaled.ask("POST", "/api/v1/ingest?source=small&filename=s.json", text)
        found = f"/api/v1/search?q={name}"
        wait_for(lambda found=found: scaled.ask("GET", found)["total"] > 0, seconds=60, every=0.01)  # type: ignore[misc]
        times.append(time.perf_counter() - began)
    return times


def _list_memory(scaled: Scaled) -> list[Figure]:
    memory = scaled.measure_memory()
    own = {name: each for name, each in memory.items() if name not in scaled.addresses}
    return [
        *(Figure(f"scaled: memory of {name}", each, "MB", "", None, None) for name, each in memory.items()),
        Figure("scaled: memory of all of Stack's processes", sum(own.values()), "MB", "", None, None),
    ]


def _measure_lag(scaled: Scaled) -> int:
    with psycopg.connect(scaled.environment["STACK_DATABASE"], autocommit=True) as connection:
        row = connection.execute(
            "SELECT (SELECT COALESCE(MAX(sequence), 0) FROM store_change) "
            "- (SELECT COALESCE(MAX(sequence), 0) FROM search_indexcursor)"
        ).fetchone()
    return int(row[0]) if row else 0


def _list_values() -> list[str]:
    """Values that the generated objects have."""
    found: list[str] = []
    for text in generate_objects(_COUNT):
        obj: dict[str, Any] = orjson.loads(text)
        if obj["type"] in {"ipv4-addr", "domain-name"}:
            found.append(obj["value"])
        if len(found) == _ASKED:
            break
    return found


def _time(ask: Callable[[int], object]) -> list[float]:
    times = []
    for number in range(_ASKED):
        began = time.perf_counter()
        ask(number)
        times.append(time.perf_counter() - began)
    return times


def _describe(name: str, times: list[float]) -> Figure:
    """The median, with the 95th percentile beside it."""
    ordered = sorted(times)
    p95 = ordered[int(len(ordered) * 0.95) - 1]
    return Figure(f"{name}, p50", statistics.median(times) * 1e3, "ms", "p95, ms", p95 * 1e3, None)
