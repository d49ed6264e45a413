"""How a crashed process is started again; the processes here are Python's own, doing nothing."""

import os
import time
from pathlib import Path

import pytest

from stack.cli.supervision.lock import ServeLock, Serving, find_serving
from stack.cli.supervision.supervisor import Child, Role, describe_ending
from stack.core.errors import Unavailable


@pytest.fixture
def crashing() -> Child:
    """A child that ends at once, and whose first pause is a second: long beside what a busy machine takes."""
    child = Child(Role("test", "test process", "stack.cli.exit_codes"), os.environ)
    child._pause = 0.5
    return child


def wait_for_end(child: Child) -> None:
    deadline = time.monotonic() + 60
    while child.is_running and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_crashed_process_is_started_again_after_pauses_that_grow(crashing: Child) -> None:
    crashing.start()
    wait_for_end(crashing)
    first = crashing.pid
    assert crashing.revive().endswith("(exit code 0); starting it again in 1 s")
    assert crashing.revive() == ""
    assert crashing.pid == first
    time.sleep(1.02)
    crashing.revive()
    assert crashing.pid != first
    wait_for_end(crashing)
    assert crashing.revive().endswith("starting it again in 2 s")


def test_what_lies_in_the_working_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "argparse.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    child = Child(Role("test", "test process", "stack.config.runner_process", ("--help",)), os.environ)
    child.start()
    wait_for_end(child)
    assert child.describe_end().endswith("(exit code 0)")


def test_a_process_that_does_not_listen_is_killed_at_the_deadline(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    (tmp_path / "deaf.py").write_text(
        "import pathlib, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(ready)!r}).touch()\ntime.sleep(60)\n"
    )
    child = Child(Role("deaf", "deaf process", "deaf"), {**os.environ, "PYTHONPATH": str(tmp_path)})
    child.start()
    deadline = time.monotonic() + 60
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    child.terminate()
    child.wait(time.monotonic() + 0.2)
    assert not child.is_running
    assert child.describe_end() == "the deaf process ended unexpectedly (SIGKILL)"


@pytest.mark.parametrize(
    ("code", "text"), [(3, "exit code 3"), (-9, "SIGKILL"), (-64, "SIGRTMAX"), (-200, "signal 200")]
)
def test_an_ending_has_a_name(code: int, text: str) -> None:
    assert describe_ending(code) == text


def test_the_lock_tells_who_holds_it_and_lets_go(tmp_path: Path) -> None:
    assert find_serving(tmp_path) is None
    lock = ServeLock(tmp_path)
    serving = Serving(pid=42, address="http://127.0.0.1:8000", children={"web": 43})
    lock.publish(serving)
    assert find_serving(tmp_path) == serving
    with pytest.raises(Unavailable, match=r"process 42 at http://127\.0\.0\.1:8000"):
        ServeLock(tmp_path)
    lock.release()
    assert find_serving(tmp_path) is None
