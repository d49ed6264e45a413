"""Ingest into PostgreSQL by one worker and by four at once, look-ups, and COPY of the same bytes.

Every figure of a run is of the same server (`STACK_TEST_POSTGRES`), the same objects (`STACK_BENCH_OBJECTS`,
a million by default) and an empty database. Workers are processes of their own with a helper each, as they
run for users; the server's settings are its own.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
import psycopg

from benchmarks.figures import Figure
from benchmarks.generate import generate_objects, write_bundle
from benchmarks.ingest import empty_postgresql

COUNT = int(os.environ.get("STACK_BENCH_OBJECTS") or 1_000_000)
_WORKERS = 4
_GOAL = 20_000.0
_COPY_BATCH = 4_000
_MEMORY_GOAL_MB = 512.0


class Worker(msgspec.Struct):
    """What `ingest_process` says of itself; memory in MB."""

    seconds: list[float]
    total: int
    memory: dict[str, float]


class LookUps(msgspec.Struct):
    """What `lookup_process` says: values a second, one at a time and 10,000 at once."""

    single: float
    bulk: float
    found: int


def run() -> list[Figure]:
    if not os.environ.get("STACK_TEST_POSTGRES"):
        return []
    with tempfile.TemporaryDirectory(prefix="stack-bench-servers-") as name:
        folder = Path(name)
        whole = folder / "objects.json"
        write_bundle(whole, COUNT)
        with empty_postgresql() as address:
            floor = _copy_bare(address)
        with empty_postgresql() as address:
            one = _start_worker(whole, 2, address, folder).wait()
            looked_up = _look_up(address, folder)
        parts = [folder / f"part-{number}.json" for number in range(_WORKERS)]
        for number, part in enumerate(parts):
            write_bundle(part, COUNT // _WORKERS, seed=number + 10)
        with empty_postgresql() as address:
            _start_worker(parts[0], 0, address, folder).wait()  # migrates
            begun = time.perf_counter()
            started = [_start_worker(part, 1, address, folder) for part in parts]
            workers = [each.wait() for each in started]
            seconds = max(worker.seconds[0] for worker in workers)
            elapsed = time.perf_counter() - begun
    return list(_report(floor, one, looked_up, workers, seconds, elapsed))


def _report(
    floor: float, one: Worker, looked_up: LookUps, workers: list[Worker], seconds: float, elapsed: float
) -> Iterator[Figure]:
    name = f"PostgreSQL, {COUNT:,} objects"
    fresh, again = (one.total / each for each in one.seconds)
    yield Figure(
        f"{name}: COPY of the texts into a bare table", floor, "objects/s", "ingest", fresh, floor / fresh
    )
    yield Figure(f"{name}: fresh, one worker", fresh, "objects/s", "goal", _GOAL, fresh / _GOAL)
    yield Figure(f"{name}: the same again", again, "objects/s", "fresh", fresh, again / fresh)
    total = sum(worker.total for worker in workers)
    four = total / seconds
    yield Figure(
        f"{name}: fresh, {_WORKERS} workers at once ({elapsed:.0f} s with their start)",
        four,
        "objects/s",
        "one worker",
        fresh,
        four / fresh,
    )
    yield Figure(f"{name}: look-up one by one", looked_up.single, "values/s", "", None, None)
    yield Figure(
        f"{name}: look-up of 10,000 at once ({looked_up.found:,} known)",
        looked_up.bulk,
        "values/s",
        "one by one",
        looked_up.single,
        looked_up.bulk / looked_up.single,
    )
    for number, worker in enumerate([one, *workers]):
        which = "one worker" if number == 0 else f"worker {number} of {_WORKERS}"
        used = sum(size for process, size in worker.memory.items() if process != "server process")
        parts = ", ".join(f"{process} {size:.0f}" for process, size in worker.memory.items())
        yield Figure(
            f"peak memory, {which} ({parts})", used, "MB", "goal", _MEMORY_GOAL_MB, _MEMORY_GOAL_MB / used
        )


class _Started:
    """A process that tells its figures as JSON when it ends."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def wait(self) -> Worker:
        output, _ = self._process.communicate()
        if self._process.returncode:
            raise RuntimeError(f"a worker ended with {self._process.returncode}")
        return msgspec.json.decode(output, type=Worker)


def _start_worker(path: Path, times: int, address: str, folder: Path) -> _Started:
    data = tempfile.mkdtemp(dir=folder)
    return _Started(
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.ingest_process", str(path), str(times)],
            env=os.environ | {"STACK_DATA": data, "STACK_DATABASE": address},
            stdout=subprocess.PIPE,
        )
    )


def _look_up(address: str, folder: Path) -> LookUps:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.lookup_process"],
        env=os.environ | {"STACK_DATA": tempfile.mkdtemp(dir=folder), "STACK_DATABASE": address},
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=LookUps)


def _copy_bare(address: str) -> float:
    """The texts of the same objects into a table without an index, as many a commit as in an ingest."""
    objects = generate_objects(COUNT)
    seconds = 0.0
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (body TEXT NOT NULL)")
        connection.commit()
        while rows := [text.decode() for text in islice(objects, _COPY_BATCH)]:
            start = time.perf_counter()
            with cursor.copy("COPY bare FROM STDIN") as copy:
                for row in rows:
                    copy.write_row((row,))
            connection.commit()
            seconds += time.perf_counter() - start
    return COUNT / seconds
