"""A small installation of real processes on a database of its own, which tests start, ask, pause and kill."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from tests.services import find_service

ROOT = Path(__file__).resolve().parents[3]
_PATIENCE_S = 30.0


class Cluster:
    """`ask` calls a method of `processes.Driver`; `start` starts one of the roles there."""

    def __init__(self, folder: Path, *, database: str, redis: str, runner: str = "celery") -> None:
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "stack.config.settings",
            "STACK_DATA": str(folder),
            "STACK_DATABASE": database,
            "STACK_JOBS": runner,
            "STACK_REDIS": redis,
            "STACK_VAULT_KEY": bytes(range(32)).hex(),
            "STACK_SECRET_KEY": "tests-only-" + "k" * 40,
            "STACK_LOG_LEVEL": "ERROR",
        }
        self.redis = redis
        self._log = (folder / "log").open("ab")
        self._processes: list[subprocess.Popen[str]] = []
        assert self.start("prepare").wait(60) == 0
        self._driver = self.start("driver", stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def start(self, role: str, *options: str, **streams: int) -> subprocess.Popen[str]:
        """In a session of its own, so that all its children can be paused and killed with it."""
        process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.jobs.processes", role, *options],
            cwd=ROOT,
            env=self._environment,
            text=True,
            start_new_session=True,
            **{"stderr": self._log, "stdout": self._log} | streams,  # type: ignore[call-overload]
        )
        self._processes.append(process)
        return process

    def ask(self, name: str, **arguments: Any) -> Any:
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        self._driver.stdin.write(json.dumps([name, arguments]) + "\n")
        self._driver.stdin.flush()
        return json.loads(self._driver.stdout.readline())

    def job(self, job_id: int) -> dict[str, Any]:
        return dict(self.ask("jobs", ids=[job_id])[0])

    def wait_until(self, is_met: Callable[[], object], seconds: float = _PATIENCE_S) -> None:
        deadline = time.monotonic() + seconds
        while not is_met():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.05)

    def wait_for(self, ids: list[int], *states: str) -> list[dict[str, Any]]:
        wanted = states or ("done",)
        self.wait_until(lambda: all(job["state"] in wanted for job in self.ask("jobs", ids=ids)))
        return list(self.ask("jobs", ids=ids))

    def end(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                signal_group(process, signal.SIGKILL)
                process.wait()
        for stream in (self._driver.stdin, self._driver.stdout):
            if stream is not None:
                stream.close()
        self._log.close()


def signal_group(process: subprocess.Popen[str], number: int) -> None:
    os.killpg(process.pid, number)


@contextmanager
def own_database(kind: str, folder: Path) -> Iterator[str]:
    """`STACK_DATABASE` of a database that is this test's alone: SQLite in the folder, or on PostgreSQL."""
    if kind == "sqlite":
        yield ""
        return
    server = find_service("postgresql")
    name = f"stack_jobs_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield f"{server.rpartition('/')[0]}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
