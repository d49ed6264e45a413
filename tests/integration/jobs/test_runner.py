"""The runner as real processes: killed, stopped and doubled, it loses nothing and does nothing twice."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.jobs.cluster import Cluster
from tests.integration.jobs.counting_worker import STEPS

ROOT = Path(__file__).resolve().parents[3]


class Workers:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = os.environ | {
            "STACK_DATA": str(folder),
            "DJANGO_SETTINGS_MODULE": "stack.config.settings",
            "STACK_LOG_LEVEL": "ERROR",
        }
        self._processes: list[subprocess.Popen[bytes]] = []
        assert self.start("prepare").wait(60) == 0

    def start(self, command: str = "run") -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.jobs.counting_worker", command],
            cwd=ROOT,
            env=self._environment,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process

    def read(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self._folder / "stack.sqlite3", timeout=30)) as connection:
            return connection.execute(sql).fetchall()

    def job(self) -> tuple[object, ...]:
        return self.read("SELECT state, attempts, done FROM jobs_job")[0]

    def wait_until(self, is_met: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not is_met():
            assert time.monotonic() < deadline, self.job()
            time.sleep(0.02)

    def counted(self) -> list[int]:
        return [int(str(row[0])) for row in self.read("SELECT position FROM jobs_joberror ORDER BY id")]

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(tmp_path)
    yield workers
    workers.end()


def test_a_killed_runners_job_is_run_again_and_nothing_is_lost_or_doubled(workers: Workers) -> None:
    doomed = workers.start()
    workers.wait_until(lambda: len(workers.counted()) > 5)
    doomed.send_signal(signal.SIGKILL)
    doomed.wait()
    assert workers.job()[0] == "running"
    workers.start()
    workers.start()
    workers.wait_until(lambda: workers.job()[0] == "done")
    assert workers.job() == ("done", 2, STEPS)
    assert workers.counted() == list(range(STEPS))


def test_a_stopped_runner_gives_its_job_back_at_once(workers: Workers) -> None:
    stopped = workers.start()
    workers.wait_until(lambda: len(workers.counted()) > 5)
    stopped.send_signal(signal.SIGTERM)
    assert stopped.wait(15) == 0
    assert workers.job()[:2] == ("queued", 0)
    workers.start()
    workers.wait_until(lambda: workers.job()[0] == "done")
    assert workers.counted() == list(range(STEPS))


def test_short_work_runs_beside_a_long_ingest_and_other_organisations_take_turns_with_it(
    tmp_path: Path,
) -> None:
    cluster = Cluster(tmp_path, database="", redis="", runner="runner")
    try:
        cluster.start("runner")
        [long] = cluster.ask("enqueue", kind="count", who="a", steps=500)
        cluster.wait_until(lambda: cluster.job(long)["done"] > 0)
        [short] = cluster.ask("enqueue", kind="short", who="a", steps=1)
        [other] = cluster.ask("enqueue", kind="count", who="b", steps=3)
        cluster.wait_for([short, other])
        assert cluster.job(long)["state"] in {"queued", "running"}
        assert cluster.job(long)["attempts"] <= 1
        cluster.wait_until(lambda: cluster.job(long)["state"] == "running")
    finally:
        cluster.end()
