"""What forks the processes of the sandbox: as closed as they are, never shared, and gone with its owner."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stack.core.sandbox import keeping, nurseries
from stack.core.sandbox.errors import Reason, SandboxRefused
from stack.core.sandbox.limits import DEFAULT_LIMITS, SandboxLimits
from stack.core.sandbox.nurseries import are_supported, end_nurseries
from stack.core.sandbox.running import run_sandboxed, stream_sandboxed

pytestmark = pytest.mark.skipif(not are_supported(), reason="this machine has no nurseries")
_TARGETS = "tests.security.sandbox_targets"
_ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _own_nurseries() -> Iterator[None]:
    """None of another test's; none is left for the next."""
    end_nurseries()
    yield
    end_nurseries()


def run(name: str, *, payload: bytes = b"", limits: SandboxLimits = DEFAULT_LIMITS, **arguments: Any) -> Any:
    return run_sandboxed(f"{_TARGETS}:{name}", payload=payload, arguments=arguments, limits=limits)


def test_calls_share_a_nursery_and_nothing_else() -> None:
    told = [run("tell_process") for _ in range(3)]
    assert len({each["parent"] for each in told}) == 1
    assert told[0]["parent"] != os.getpid()
    assert len({each["pid"] for each in told}) == 3
    assert len({each["chance"] for each in told}) == 3


def test_nursery_is_closed_itself_and_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_SECRET", "do not tell")
    nursery = Path("/proc", str(run("tell_process", secret="do not tell")["parent"]))
    status = dict(line.split(":\t", 1) for line in (nursery / "status").read_text().splitlines())
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert status["Threads"] == "1"
    assert b"do not tell" not in (nursery / "environ").read_bytes()
    wait_for(lambda: not find_children(nursery))
    links = sorted(str(each.readlink()) for each in (nursery / "fd").iterdir())
    assert [link.partition(":")[0] for link in links] == [
        *["/dev/null"] * 3,
        str(nursery / "task"),
        "socket",
    ]


def test_calls_at_once_see_their_own_payload_alone() -> None:
    got: dict[int, Any] = {}

    def call(number: int) -> None:
        got[number] = run("read_slowly", payload=f"{number}".encode(), seconds=0.2)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The payload, and a descriptor each for it and the answer.
    assert got == {number: [str(number), 2] for number in range(6)}


def test_computing_counts_from_the_start_of_each_call() -> None:
    limits = SandboxLimits(cpu_s=1)
    for _ in range(3):
        assert run("compute_a_while", limits=limits, seconds=0.45) < 0.7


def test_threads_that_come_and_go_may_ask() -> None:
    """Its end is bound to its owner, not to the thread that asked first."""
    parents: list[int] = []
    for _ in range(2):
        thread = threading.Thread(target=lambda: parents.append(run("tell_process")["parent"]))
        thread.start()
        thread.join()
    assert parents[0] == parents[1] == run("tell_process")["parent"]


def test_process_ends_with_who_reads_its_answer() -> None:
    stream = stream_sandboxed(f"{_TARGETS}:tell_and_sleep", payload=b"")
    process, nursery = next(stream), next(stream)
    assert is_alive(process)
    del stream
    assert not is_alive(process)
    assert run("tell_process")["parent"] == nursery


def test_one_that_crashed_is_forked_from_no_more() -> None:
    """Its processes have the same addresses: nobody may try again and again what lies where."""
    first = run("tell_process")["parent"]
    with pytest.raises(SandboxRefused) as refused:
        run("crash")
    assert refused.value.reason is Reason.CRASHED
    wait_for(lambda: not is_alive(first))
    assert run("tell_process")["parent"] != first


def test_call_that_meets_the_death_of_a_nursery_is_tried_in_a_fresh_process() -> None:
    nursery = run("tell_process")["parent"]
    threading.Timer(0.3, os.kill, (nursery, signal.SIGKILL)).start()
    assert run("read_slowly", payload=b"what it was", seconds=1) == ["what it was", 2]
    assert run("tell_process")["parent"] != nursery


def test_answer_that_was_begun_is_not_begun_again() -> None:
    stream = stream_sandboxed(f"{_TARGETS}:tell_and_sleep", payload=b"")
    process, nursery = next(stream), next(stream)
    os.kill(nursery, signal.SIGKILL)
    with pytest.raises(SandboxRefused, match="stopped by the machine") as refused:
        next(stream)
    assert refused.value.reason is Reason.MEMORY
    wait_for(lambda: not is_alive(process))


def test_module_with_threads_is_never_forked() -> None:
    for _ in range(5):
        limits = SandboxLimits(processes=1)
        assert run_sandboxed("tests.security.loads_a_thread:answer", payload=b"", limits=limits) == 42
    assert not find_nurseries()


def test_only_those_asked_last_are_kept() -> None:
    modules = ["operator", "json", "bisect", "heapq", "string", "textwrap"]
    for module in modules:
        with pytest.raises(Exception, match="AttributeError"):
            run_sandboxed(f"{module}:absent", payload=b"")
    assert len(find_nurseries()) == nurseries._MOST_KEPT


def test_what_takes_long_is_loaded_ahead_from_the_second_call_on() -> None:
    def ask() -> list[int]:
        found: list[int] = run_sandboxed("tests.security.loads_ahead:list_loaded", payload=b"")
        return found

    assert [ask(), ask()] == [[], []]
    wait_for(lambda: ask() == [0, 1, 2])
    assert ask() == [0, 1, 2]


def test_layout_of_memory_is_used_for_some_calls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_MOST_CALLS", 3)
    parents = [run("tell_process")["parent"] for _ in range(7)]
    assert [parents.index(each) for each in parents] == [0, 0, 0, 3, 3, 3, 6]
    wait_for(lambda: len(find_nurseries()) == 1)


def test_idle_one_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_IDLE_S", 0.1)
    first = run("tell_process")["parent"]
    wait_for(lambda: not is_alive(first))
    assert run("tell_process")["parent"] != first


_FORKS = """
import os, sys
from stack.core.sandbox.running import run_sandboxed, stream_sandboxed
target = "tests.security.sandbox_targets:tell_process"
stream = stream_sandboxed("tests.security.sandbox_targets:yield_slowly", payload=b"",
                          arguments={"times": 4, "every": 0.2})
next(stream)
first = run_sandboxed(target, payload=b"")["parent"]
child = os.fork()
if child == 0:
    del stream
    own = run_sandboxed(target, payload=b"")["parent"]
    os._exit(0 if own not in (first, os.getppid()) else 1)
code = os.waitpid(child, 0)[1]
print(code, list(stream), run_sandboxed(target, payload=b"")["parent"] == first)
"""


def test_forked_owner_has_its_own_and_leaves_its_parents_alone() -> None:
    assert ask_python(_FORKS) == "0 [1, 2, 3] True"


_ENDS = """
import os, signal, sys, time
from stack.core.sandbox.running import run_sandboxed, stream_sandboxed
stream = stream_sandboxed("tests.security.sandbox_targets:tell_and_sleep", payload=b"")
process, nursery = next(stream), next(stream)
print(process, nursery, flush=True)
if sys.argv[1] == "forked":
    # Has what its parent had open, and outlives it.
    if os.fork() == 0:
        os.closerange(0, 3)
        time.sleep(3)
if sys.argv[1] != "return":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("how", ["return", "killed", "forked"])
def test_nothing_outlives_its_owner(how: str) -> None:
    process, nursery = map(int, ask_python(_ENDS, how).split())
    wait_for(lambda: not is_alive(process) and not is_alive(nursery))


def ask_python(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout.strip()


def find_nurseries() -> list[int]:
    return [
        pid
        for pid in find_children(Path("/proc", str(os.getpid())))
        if b"nursery.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def find_children(process: Path) -> list[int]:
    return [int(pid) for each in process.glob("task/*/children") for pid in each.read_text().split()]


def is_alive(pid: int) -> bool:
    """A process that is no more than an exit code is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition: Any) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.01)
