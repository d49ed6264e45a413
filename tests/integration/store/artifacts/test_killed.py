"""Processes that are killed outright: nothing half is ever taken in, and what they left goes."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from stack.store.artifacts.records import ArtifactSettings
from tests.integration.cli.conftest import STACK, begin_folder
from tests.integration.ingest.samples import make_bundle, make_tool
from tests.integration.store.artifacts.conftest import list_kept

_MEGABYTE = 1_048_576
_DAYS_AGO = 1_000_000 * 86_400 * 2
_JOB = "SELECT state FROM jobs_job WHERE kind = 'ingest'"
_TOOLS = 10_000


def wait_until(holds: Callable[[], bool], *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def list_files(data: Path) -> list[Path]:
    return [path for path in (data / "artifacts").rglob("*") if path.is_file()]


def ask(data: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "stack.sqlite3", timeout=30)) as connection, connection:
        return connection.execute(statement).fetchall()


def test_an_upload_whose_process_was_killed_is_no_job_and_the_runner_sweeps_it(tmp_path: Path) -> None:
    stack = begin_folder(tmp_path / "data")
    with subprocess.Popen(
        [STACK, "ingest", "-"], env=stack.environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as sender:
        assert sender.stdin is not None
        sender.stdin.write(os.urandom(5 * _MEGABYTE))
        sender.stdin.flush()
        wait_until(lambda: any(path.stat().st_size > _MEGABYTE for path in list_files(stack.data)))
        sender.send_signal(signal.SIGKILL)
        sender.stdin.close()
    [draft] = list_files(stack.data)
    assert draft.suffix == ".part"
    assert ask(stack.data, "SELECT count(*) FROM jobs_job") == [(0,)]
    assert ask(stack.data, "SELECT size FROM store_artifact") == [(None,)]
    ask(stack.data, f"UPDATE store_artifact SET created_at = created_at - {_DAYS_AGO}")
    with subprocess.Popen([STACK, "runner"], env=stack.environment()) as runner:
        wait_until(lambda: ask(stack.data, "SELECT count(*) FROM store_artifact") == [(0,)])
        runner.send_signal(signal.SIGTERM)
    assert list_files(stack.data) == []


def test_an_ingest_from_a_bucket_whose_process_was_killed_is_finished_by_another(
    tmp_path: Path, bucket: ArtifactSettings
) -> None:
    stack = begin_folder(tmp_path / "data").with_variables(
        STACK_ARTIFACTS=f"s3://{bucket.bucket}/{bucket.prefix}",
        STACK_S3_ENDPOINT=bucket.endpoint,
        STACK_S3_ACCESS_KEY=bucket.access_key,
        STACK_S3_SECRET_KEY=bucket.secret_key,
    )
    with subprocess.Popen(
        [STACK, "ingest", "-"],
        env=stack.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as worker:
        assert worker.stdin is not None
        worker.stdin.write(make_bundle(*[make_tool(number) for number in range(_TOOLS)]))
        worker.stdin.close()
        wait_until(lambda: ask(stack.data, _JOB + " AND checkpoint LIKE '%items%'") == [("running",)])
        os.killpg(worker.pid, signal.SIGKILL)
    assert ask(stack.data, _JOB) == [("running",)]
    assert len(list_kept()) == 1
    assert not (stack.data / "artifacts").exists() or list_files(stack.data) == []
    ask(stack.data, "UPDATE jobs_job SET lease_until = 1")
    with subprocess.Popen([STACK, "runner"], env=stack.environment()) as runner:
        wait_until(lambda: ask(stack.data, _JOB) == [("done",)], seconds=60)
        wait_until(lambda: ask(stack.data, "SELECT count(*) FROM store_artifact") == [(0,)])
        runner.send_signal(signal.SIGTERM)
    [(attempts, result)] = ask(stack.data, "SELECT attempts, result FROM jobs_job")
    counts = json.loads(str(result))
    assert (attempts, counts["total"], counts["new"], counts["known"]) == (2, _TOOLS, _TOOLS, 0)
    assert ask(stack.data, "SELECT count(*) FROM store_object WHERE type = 'tool'") == [(_TOOLS,)]
    assert list_kept() == set()
