"""A backup while somebody writes is one moment: what was acknowledged before it, and nothing by half."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from tests.integration.cli.conftest import CommandLine
from tests.integration.cli.safekeeping.conftest import read_everything
from tests.integration.cli.safekeeping.writing import COUNT, read_ledger

_ROOT = Path(__file__).resolve().parents[4]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.timeout(300)
def test_it_holds_a_prefix_of_what_a_writer_was_promised(installed: CommandLine, tmp_path: Path) -> None:
    folder, archive, keys = tmp_path / "writing", tmp_path / "a.tar.zst", tmp_path / "keys.json"
    folder.mkdir()
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.cli.safekeeping.writing", str(folder)],
        env=installed.environment(),
        cwd=_ROOT,
    )
    try:
        wait_for(lambda: len(read_ledger(folder)) >= 3)
        before = len(read_ledger(folder))
        made = installed("backup", str(archive), "--keys", str(keys))
        after = len(read_ledger(folder))
        wait_for(lambda: len(read_ledger(folder)) > after)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait(10)
    assert made.code == 0, made.err
    assert after > before

    other = CommandLine(tmp_path / "other")
    restored = other("restore", str(archive), "--keys", str(keys))
    assert restored.code == 0, restored.err
    rows = read_everything(other)
    found = sorted(number for number in map(read_number, rows["store_object"]) if number >= 1000)
    bundles = len(found) // (3 * COUNT)
    assert before <= bundles <= after + 1
    expected = [1000 + number for number in range(bundles * COUNT)]
    assert found == sorted(expected * 3)
    done = [row for row in rows["jobs_job"] if "done" in row]
    assert len(done) >= bundles
    assert other("audit", "verify").code == 0
    assert other("search", "verify").code == 0


def read_number(row: tuple[object, ...]) -> int:
    """The number of a bundle's object from its id; 0 for others."""
    uuid = next(UUID(bytes=bytes(value)) for value in row if isinstance(value, bytes | memoryview))
    text = str(uuid)
    return int(text[-12:]) if text.startswith("00000000-0000-4000-8000-") and text[-12:].isdecimal() else 0
