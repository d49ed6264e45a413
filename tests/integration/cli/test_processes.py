"""`stack web`, `runner`, `worker` and `beat`: each becomes the process that it names, and ends when asked."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.cli.conftest import STACK, CommandLine, begin_folder


@contextmanager
def running(stack: CommandLine, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([STACK, *words], env=stack.environment(), start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def assert_ends_when_asked(process: subprocess.Popen[bytes]) -> None:
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) in (0, -signal.SIGTERM)
    assert time.monotonic() - asked < 10


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def wait_until_answering(port: int) -> None:
    deadline = time.monotonic() + 60
    while not answers(port):
        assert time.monotonic() < deadline, "nothing answers"
        time.sleep(0.1)


def test_web_and_runner_say_when_they_are_ready_and_end_when_asked(tmp_path: Path) -> None:
    stack = begin_folder(tmp_path / "data")
    port = find_free_port()
    health = str(find_free_port())
    with (
        running(stack, "web", "--port", str(port)) as web,
        running(stack.with_variables(STACK_HEALTH_PORT=health), "runner") as runner,
    ):
        wait_until_answering(port)
        wait_until_answering(int(health))
        assert_ends_when_asked(web)
        assert_ends_when_asked(runner)


@pytest.mark.parametrize("command", ["worker", "beat"])
def test_what_celery_needs_is_refused_without_it(tmp_path: Path, command: str) -> None:
    stack = CommandLine(tmp_path)
    ended = stack(command)
    assert ended.code == 2
    assert "Set STACK_JOBS=celery and STACK_REDIS" in ended.err
    ended = stack.with_variables(STACK_JOBS="celery")(command)
    assert ended.code == 2
    assert "STACK_REDIS" in ended.err


@pytest.mark.parametrize("command", ["worker", "beat"])
def test_worker_and_beat_end_when_asked_also_while_redis_is_away(tmp_path: Path, command: str) -> None:
    health = find_free_port()
    stack = begin_folder(tmp_path / "data").with_variables(
        STACK_JOBS="celery", STACK_REDIS="redis://127.0.0.1:1/0", STACK_HEALTH_PORT=str(health)
    )
    with running(stack, command) as process:
        wait_until_answering(health)
        assert_ends_when_asked(process)
