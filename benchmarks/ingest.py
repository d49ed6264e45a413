"""Ingest from file to committed rows, beside what the same database takes of the bare texts.

Each ingest runs in a process of its own with an empty database, as durable as users have it.
PostgreSQL is measured where `STACK_TEST_POSTGRES` names a server on which a database may be created.
"""

import importlib
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from benchmarks.figures import Figure
from benchmarks.generate import write_bundle

_DATA = Path(os.environ.get("STACK_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
_ATTACK = _DATA / "attack" / "enterprise-attack.json"
_PEER_SAMPLE = 10
_RUNS = 3
_FLOOR_BATCH = 1_000
_LARGE_OBJECTS = 360_000  # about 200 MB
_MEMORY_GOAL_MB = 512

OpenEmpty = Callable[[], AbstractContextManager[str]]


class _Bundle(msgspec.Struct):
    objects: list[msgspec.Raw]


class _Measured(msgspec.Struct):
    seconds: list[float]
    total: int
    peak_mb: float


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="stack-bench-ingest-") as folder:
        path = _ATTACK
        if not path.exists():
            path = Path(folder) / "generated.json"
            write_bundle(path, 25_000)
        floor = _floor_sqlite(path, Path(folder))
        figures = _measure_database("SQLite", path, lambda: nullcontext(""), floor)
        with empty_postgresql() as address:
            floor = _floor_postgresql(path, address) if address else 0
        if floor:
            figures += _measure_database("PostgreSQL", path, empty_postgresql, floor)
        figures += [_beside_stix2(path, figures[0].value), _peak_memory(Path(folder))]
    return figures


def _measure_database(database: str, path: Path, open_empty: OpenEmpty, floor: float) -> list[Figure]:
    """Fresh beside the floor, then the same file again beside fresh; the best of several, for noisy cores."""
    runs = []
    for _ in range(_RUNS):
        with open_empty() as address:
            runs.append(_ingest(path, 2, address))
    fresh = max(run.total / run.seconds[0] for run in runs)
    known = max(run.total / run.seconds[1] for run in runs)
    name = path.stem
    return [
        Figure(
            f"ingest of {name}, {database}, fresh",
            fresh,
            "objects/s",
            "bare insert of the texts",
            floor,
            fresh / floor,
        ),
        Figure(
            f"ingest of {name}, {database}, known",
            known,
            "objects/s",
            "the same, fresh",
            fresh,
            known / fresh,
        ),
    ]


def _ingest(path: Path, times: int, address: str = "") -> _Measured:
    with tempfile.TemporaryDirectory(prefix="stack-bench-data-") as data:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.ingest_process", str(path), str(times)],
            env=os.environ | {"STACK_DATA": data, "STACK_DATABASE": address},
            stdout=subprocess.PIPE,
            check=True,
        )
    return msgspec.json.decode(done.stdout, type=_Measured)


def _read_texts(path: Path) -> list[tuple[int, str]]:
    objects = msgspec.json.decode(path.read_bytes(), type=_Bundle).objects
    return [(number, bytes(raw).decode()) for number, raw in enumerate(objects)]


def _floor_sqlite(path: Path, folder: Path) -> float:
    """executemany of the texts into one table, as durable, in batches as large as an ingest's."""
    rows = _read_texts(path)
    with closing(sqlite3.connect(folder / "floor.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        start = time.perf_counter()
        for batch in _batches(rows):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO floor VALUES (?, ?)", batch)
            connection.execute("COMMIT")
        return len(rows) / (time.perf_counter() - start)


def _floor_postgresql(path: Path, address: str) -> float:
    """COPY of the texts into one table, committed in batches as large as an ingest's."""
    rows = _read_texts(path)
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        connection.commit()
        start = time.perf_counter()
        for batch in _batches(rows):
            with cursor.copy("COPY floor FROM STDIN") as copy:
                for row in batch:
                    copy.write_row(row)
            connection.commit()
        seconds = time.perf_counter() - start
        cursor.execute("DROP TABLE floor")
    return len(rows) / seconds


def _batches(rows: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, _FLOOR_BATCH)):
        yield batch


@contextmanager
def empty_postgresql() -> Iterator[str]:
    """The address of a new database, dropped afterwards; empty where no server is configured."""
    server = os.environ.get("STACK_TEST_POSTGRES")
    if not server:
        yield ""
        return
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield server.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _beside_stix2(path: Path, fresh: float) -> Figure:
    """stix2.parse of each object and MemoryStore, which keeps nothing on disk."""
    stix2: Any = importlib.import_module("stix2")
    objects = json.loads(path.read_bytes())["objects"][::_PEER_SAMPLE]
    store = stix2.MemoryStore()
    start = time.perf_counter()
    for obj in objects:
        store.add(stix2.parse(obj, allow_custom=True))
    peer = len(objects) / (time.perf_counter() - start)
    return Figure(
        "ingest, SQLite, fresh, beside stix2",
        fresh,
        "objects/s",
        "stix2.parse + MemoryStore",
        peer,
        fresh / peer,
    )


def _peak_memory(folder: Path) -> Figure:
    path = folder / "large.json"
    size_mb = write_bundle(path, _LARGE_OBJECTS) / 1e6
    measured = _ingest(path, 1)
    speed = measured.total / measured.seconds[0]
    return Figure(
        f"peak memory, bundle of {size_mb:.0f} MB ({speed:,.0f} objects/s)",
        measured.peak_mb,
        "MB",
        "goal",
        _MEMORY_GOAL_MB,
        _MEMORY_GOAL_MB / measured.peak_mb,
    )
