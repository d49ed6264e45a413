"""Backup and restore are killed at any moment: nothing looks whole that is not, and no half of it starts."""

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.cli.conftest import STACK, CommandLine
from tests.integration.cli.safekeeping.conftest import Databases, Rows, compare_everything, read_everything
from tests.integration.cli.safekeeping.samples import begin_filled, write_bundle
from tests.services import find_service, note_service

_ROUNDS = 12


@pytest.fixture
def make_database(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    note_service(request.node, "postgresql")
    databases = Databases(find_service("postgresql"))
    yield databases
    databases.drop_all()


@pytest.fixture(params=["sqlite", "postgresql"])
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> CommandLine:
    command = begin_filled(tmp_path / "data")
    if request.param == "sqlite":
        return command
    address = request.getfixturevalue("make_database")()
    assert command("migrate-to-postgres", address).code == 0
    (command.data / "stack.sqlite3").unlink()
    return command.with_variables(STACK_DATABASE=address)


def run_and_kill(command: CommandLine, *words: str, after: float) -> bool:
    """Whether the command was still at work when it was killed."""
    process = subprocess.Popen(
        [STACK, *words], env=command.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        return True
    return False


def measure(run: Callable[[], object]) -> float:
    begun = time.monotonic()
    run()
    return time.monotonic() - begun


def test_a_killed_backup_leaves_nothing_that_looks_whole(installed: CommandLine, tmp_path: Path) -> None:
    write_bundle(tmp_path / "more.json", first=2000, count=2000)
    assert installed("ingest", str(tmp_path / "more.json")).code == 0
    whole = measure(lambda: installed("backup", str(tmp_path / "first.tar.zst")))
    killed = 0
    for number in range(_ROUNDS):
        archive = tmp_path / f"{number}.tar.zst"
        moment = random.uniform(0.3, 1.0) * whole
        killed += run_and_kill(installed, "backup", str(archive), after=moment)
        if archive.exists():
            assert installed("backup", "verify", str(archive)).code == 0
    assert killed
    archive = tmp_path / "0.tar.zst"
    archive.unlink(missing_ok=True)
    assert installed("backup", str(archive)).code == 0  # over what the first left
    assert not archive.with_name(f"{archive.name}.part").exists()
    assert installed("backup", "verify", str(archive)).code == 0


def test_a_killed_restore_leaves_the_old_the_new_or_nothing_that_starts(
    installed: CommandLine, tmp_path: Path
) -> None:
    archive, old, new = tmp_path / "a.tar.zst", tmp_path / "old.tar.zst", read_everything(installed)
    assert installed("backup", str(archive)).code == 0
    assert installed("user", "create", "later", "--role", "reader").code == 0
    before = read_everything(installed)
    assert installed("backup", str(old)).code == 0
    words = ("restore", str(archive), "--replace")
    whole = measure(lambda: installed(*words))
    assert installed("restore", str(old), "--replace").code == 0
    outcomes = set()
    for number in range(_ROUNDS):
        after = whole * (number + random.random()) / _ROUNDS
        run_and_kill(installed, *words, after=after)
        outcomes.add(name_outcome(installed, before, new))
        assert installed("restore", str(old), "--replace").code == 0
        compare_everything(read_everything(installed), before)
    assert "old" in outcomes


def name_outcome(command: CommandLine, old: Rows, new: Rows) -> str:
    if (command.data / "restore.unfinished").exists():
        assert command("user", "list").code == 5
        return "refused"
    is_old = any("later" in row for row in read_everything(command)["accounts_user"])
    compare_everything(read_everything(command), old if is_old else new)
    assert command("audit", "verify").code == 0
    return "old" if is_old else "new"


def test_a_killed_move_is_begun_again(tmp_path: Path, make_database: Callable[[], str]) -> None:
    command, address = begin_filled(tmp_path / "data"), make_database()
    before = read_everything(command)
    whole = measure(lambda: command("migrate-to-postgres", address))
    there = command.with_variables(STACK_DATABASE=address)
    for number in range(_ROUNDS // 2):
        target = make_database()
        after = whole * (number + random.random()) / (_ROUNDS // 2)
        moved = command.with_variables(STACK_DATABASE=target)
        if run_and_kill(command, "migrate-to-postgres", target, after=after):
            found = read_everything(moved)
            if found:
                compare_everything(found, before)
            assert command("migrate-to-postgres", target, "--replace").code == 0
        compare_everything(read_everything(moved), before)
    compare_everything(read_everything(there), before)
    assert read_everything(command) == before
