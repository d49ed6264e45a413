"""Jobs through Celery and through the embedded runner: how many a second, and how long until one starts.

Each in processes of their own on a database of its own: SQLite, or PostgreSQL where STACK_TEST_POSTGRES names
a server on which a database may be created. Celery is measured where STACK_TEST_REDIS names a Redis, of which
database 15 is used. The jobs do nothing, so that what is measured is the queue alone.
"""

import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import uuid4

from benchmarks.figures import Figure

_FLOOD = 200
_SINGLE = 60
_PAUSE_S = 0.05
_GOAL_MS = 200.0
_PATIENCE_S = 120


def run() -> list[Figure]:
    figures: list[Figure] = []
    for runner in ("runner", "celery") if os.environ.get("STACK_TEST_REDIS") else ("runner",):
        for database in _list_databases():
            figures += _measure(runner, database)
    return figures


def _list_databases() -> list[str]:
    return ["SQLite", "PostgreSQL"] if os.environ.get("STACK_TEST_POSTGRES") else ["SQLite"]


def _measure(runner: str, database: str) -> Iterator[Figure]:
    worker = {"runner": ("runner",), "celery": ("worker", "2", "1")}[runner]
    speed, waits = measure_queue(runner, database, worker=worker)
    name = f"jobs, {'Celery, 2 processes' if runner == 'celery' else 'embedded runner'}, {database}"
    yield Figure(f"{name}: finished", speed, "jobs/s", "", None, None)
    for label, wait in (("p50", waits[_SINGLE // 2]), ("p95", waits[_SINGLE * 95 // 100])):
        yield Figure(f"{name}: start after {label}", wait, "ms", "goal, p95", _GOAL_MS, _GOAL_MS / wait)


def measure_queue(runner: str, database: str, *, worker: Sequence[str]) -> tuple[float, list[float]]:
    """Jobs a second of a flood, and the sorted waits in ms of jobs that come one by one."""
    with tempfile.TemporaryDirectory(prefix="stack-bench-jobs-") as folder, _open(database) as address:
        environment = os.environ | {
            "STACK_DATA": folder,
            "STACK_DATABASE": address,
            "STACK_VAULT_KEY": secrets.token_hex(32),
            "STACK_SECRET_KEY": secrets.token_hex(32),
            "STACK_LOG_LEVEL": "ERROR",
            "STACK_JOBS": runner,
            "STACK_REDIS": f"{os.environ['STACK_TEST_REDIS']}/15" if runner == "celery" else "",
        }
        command = [sys.executable, "-m", "benchmarks.jobs_process"]
        subprocess.run([*command, "prepare"], env=environment, check=True)
        with subprocess.Popen([*command, *worker], env=environment, stderr=subprocess.DEVNULL) as process:
            try:
                done = subprocess.run(
                    [*command, "drive", str(_FLOOD), str(_SINGLE), str(_PAUSE_S)],
                    env=environment,
                    check=True,
                    stdout=subprocess.PIPE,
                    text=True,
                    timeout=_PATIENCE_S,
                )
            finally:
                process.terminate()
                process.wait(20)
    speed, *waits = map(float, done.stdout.split())
    return speed, sorted(waits)


@contextmanager
def _open(database: str) -> Iterator[str]:
    if database == "SQLite":
        yield ""
        return
    import psycopg

    server = os.environ["STACK_TEST_POSTGRES"]
    name = f"stack_bench_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def main() -> None:
    """What decision 8 compares: the number of messages that a process reserves, and of processes."""
    for concurrency, prefetch in ((1, 1), (2, 1), (2, 4), (4, 1)):
        speeds, waits = [], []
        for _ in range(2):
            speed, found = measure_queue(
                "celery", "PostgreSQL", worker=("worker", str(concurrency), str(prefetch))
            )
            speeds.append(speed)
            waits += found
        waits.sort()
        print(
            f"concurrency {concurrency}, prefetch {prefetch}: {statistics.median(speeds):.0f} jobs/s, "
            f"start p50 {waits[len(waits) // 2]:.1f} ms, p95 {waits[len(waits) * 95 // 100]:.1f} ms",
            flush=True,
        )


if __name__ == "__main__":
    main()
