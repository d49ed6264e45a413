"""Backup, its check, restore and the move to PostgreSQL, as users run them: with the start of the process.

Beside a backup stands what the database's own tool takes for the same rows: SQLite's backup of the file, and
`pg_dump` where it is installed. PostgreSQL is measured where STACK_TEST_POSTGRES names a server. A check
reads the archive once; restoring reads it twice, reads every row back, and builds the search index.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from benchmarks.figures import Figure
from benchmarks.generate import write_bundle

_STACK = Path(sys.executable).with_name("stack")
_COUNT = int(os.environ.get("STACK_BENCH_OBJECTS", "200000"))


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="stack-bench-backup-") as name:
        folder = Path(name)
        data = folder / "data"
        write_bundle(folder / "bundle.json", _COUNT)
        _run_stack(data, "ingest", str(folder / "bundle.json"), "--share-with", "everyone")
        figures = [*_measure(folder, data, "sqlite", baseline=lambda: _copy_file(data, folder))]
        server = os.environ.get("STACK_TEST_POSTGRES", "")
        if server:
            with _databases(server) as make:
                source = make()
                moved, seconds = _run_stack(data, "migrate-to-postgres", source)
                figures += _describe("migrate-to-postgres", seconds, moved["objects"])
                figures += _measure(
                    folder,
                    data,
                    "postgresql",
                    baseline=lambda: _dump(source, folder),
                    source=source,
                    target=make(),
                )
    return figures


def _measure(
    folder: Path,
    data: Path,
    name: str,
    *,
    baseline: Callable[[], float | None],
    source: str = "",
    target: str = "",
) -> Iterator[Figure]:
    archive, keys = folder / f"{name}.tar.zst", folder / f"{name}.json"
    made, seconds = _run_stack(data, "backup", str(archive), "--keys", str(keys), database=source)
    objects, size = made["objects"], made["bytes"]
    own = baseline()
    yield Figure(
        f"{name}: backup, seconds",
        seconds,
        "s",
        "its own tool",
        own,
        own / seconds if own is not None else None,
    )
    yield from _describe(f"{name}: backup", seconds, objects, size)
    yield Figure(f"{name}: archive", made["size"] / 1e6, "MB", f"of {size / 1e6:,.0f} MB", None, None)
    _, seconds = _run_stack(data, "backup", "verify", str(archive))
    yield from _describe(f"{name}: verify", seconds, objects, size)
    words = ("restore", str(archive), "--keys", str(keys))
    _, seconds = _run_stack(folder / f"restored-{name}", *words, database=target)
    yield from _describe(f"{name}: restore with index", seconds, objects, size)


def _describe(name: str, seconds: float, objects: int, size: int = 0) -> Iterator[Figure]:
    yield Figure(name, objects / seconds, "objects/s", f"{seconds:.1f} s", None, None)
    if size:
        yield Figure(name, size / seconds / 1e6, "MB/s", "", None, None)


def _run_stack(data: Path, *words: str, database: str = "") -> tuple[dict[str, Any], float]:
    """What the command says, and its seconds."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("STACK_", "DJANGO_"))}
    environment = kept | {"STACK_DATA": str(data), "STACK_DATABASE": database}
    begun = perf_counter()
    ended = subprocess.run([_STACK, *words, "--json"], env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(ended.stdout), perf_counter() - begun


def _copy_file(data: Path, folder: Path) -> float:
    begun = perf_counter()
    with (
        closing(sqlite3.connect(data / "stack.sqlite3")) as source,
        closing(sqlite3.connect(folder / "copy")) as target,
    ):
        source.backup(target)
    return perf_counter() - begun


def _dump(address: str, folder: Path) -> float | None:
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump")), shutil.which("pg_dump")]
    tool = next((each for each in found if each), None)
    if tool is None:
        return None
    begun = perf_counter()
    subprocess.run([tool, "-Fc", "-f", folder / "dump", address], check=True)
    return perf_counter() - begun


@contextmanager
def _databases(server: str) -> Iterator[Callable[[], str]]:
    """Makes databases on the server, which go away again."""
    import psycopg

    made: list[str] = []

    def make() -> str:
        name = f"bench_{uuid4().hex[:12]}"
        connection.execute(f"CREATE DATABASE {name}".encode())
        made.append(name)
        return urlsplit(server)._replace(path=f"/{name}").geturl()

    with psycopg.connect(server, autocommit=True) as connection:
        try:
            yield make
        finally:
            for name in made:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
