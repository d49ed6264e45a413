"""What a document can make its reader do, tried from inside the sandbox."""

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from stack.cli.doctor.base import State
from stack.cli.doctor.sandbox import diagnose
from stack.core.errors import BadInput, Unavailable
from stack.core.sandbox import landlock, running
from stack.core.sandbox.errors import Reason, SandboxRefused
from stack.core.sandbox.isolation import measure_isolation
from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.nurseries import are_supported
from stack.core.sandbox.running import run_sandboxed, stream_sandboxed

_TIGHT = SandboxLimits(memory_bytes=200 * 1024 * 1024, cpu_s=1, wall_s=60, answer_bytes=1_000_000)
_BOTH_WAYS = ["fresh", "forked"]
_NEEDS_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone filters system calls")


@pytest.fixture(params=_BOTH_WAYS, autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How processes are started: what holds for one way must hold for the other."""
    if request.param == "fresh":
        monkeypatch.setattr(running, "are_supported", lambda: False)
    elif not are_supported():
        pytest.skip("this machine has no nurseries")
    return str(request.param)


def run(name: str, *, payload: Any = b"bytes", limits: SandboxLimits = _TIGHT, **arguments: Any) -> Any:
    return run_sandboxed(
        f"tests.security.sandbox_targets:{name}", payload=payload, arguments=arguments, limits=limits
    )


def find_reason(name: str, **arguments: Any) -> tuple[Reason, str]:
    with pytest.raises(SandboxRefused) as refused:
        run(name, **arguments)
    return refused.value.reason, refused.value.detail


@pytest.mark.parametrize("kind", ["bytes", "path", "file", "buffer"])
def test_function_reads_any_payload_and_sees_no_environment(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACK_SECRET", "do not tell")
    path = tmp_path / "file"
    path.write_bytes(b"hello world")
    with path.open("rb") as file:
        payload = {
            "bytes": b"hello world",
            "path": path,
            "file": file,
            "buffer": io.BytesIO(b"hello world"),
        }[kind]
        told = run("describe", payload=payload, word="ä")
    assert told == {
        "size": 11,
        "start": "hello",
        "arguments": {"word": "ä"},
        "environment": ["LC_CTYPE"],
    } or (told["environment"] == [] and told["size"] == 11)


def test_what_a_function_yields_comes_as_it_is_made() -> None:
    assert run("count_up", to=3) == [0, 1, 2]
    assert run("count_up", to=0) == []
    target = "tests.security.sandbox_targets:yield_slowly"
    stream = stream_sandboxed(target, payload=b"", arguments={"times": 100, "every": 0.05}, limits=_TIGHT)
    since = time.monotonic()
    assert next(stream) == 0
    assert time.monotonic() - since < 3
    del stream


def test_time_counts_only_while_the_caller_waits() -> None:
    limits = SandboxLimits(wall_s=0.6)
    target = "tests.security.sandbox_targets:count_up"
    stream = stream_sandboxed(target, payload=b"", arguments={"to": 3}, limits=limits)
    got = []
    for number in stream:
        got.append(number)
        time.sleep(0.3)
    assert got == [0, 1, 2]


def test_reader_may_refuse_in_its_own_words_without_control_characters() -> None:
    with pytest.raises(SandboxRefused) as refused:
        run("refuse")
    assert isinstance(refused.value, BadInput)
    assert refused.value.detail == "This is a shopping list[2J"
    assert refused.value.remedy == "Send a report."
    assert refused.value.reason is Reason.INPUT


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("break_down", Reason.FAILED, "ValueError: unexpected  end"),
        ("recurse", Reason.FAILED, "nested too deep"),
        ("take_memory", Reason.MEMORY, "needed more than 200 MB of memory"),
        ("compute_forever", Reason.CPU, "took more than 1 s of computing"),
        ("compute_on", Reason.MEMORY, "ran out of memory or time"),
        ("answer_on", Reason.ANSWER, "more than 1,000,000 bytes"),
        ("answer_without_end", Reason.ANSWER, "more than 1,000,000 bytes"),
        ("answer_nonsense", Reason.FAILED, "no proper answer"),
        ("crash", Reason.CRASHED, "crashed its reader (signal 11)"),
        ("leave", Reason.CRASHED, "without an answer"),
    ],
)
def test_misbehaviour_ends_in_a_refusal_that_says_why(name: str, reason: Reason, words: str) -> None:
    found, detail = find_reason(name)
    assert found is reason
    assert words in detail


def test_sleeper_is_ended_when_its_time_is_up() -> None:
    since = time.monotonic()
    reason, detail = find_reason("sleep_on", limits=SandboxLimits(wall_s=0.5))
    assert reason is Reason.WALL
    assert "longer than 0.5 s" in detail
    assert time.monotonic() - since < 5


def test_who_waits_is_called_and_can_end_it() -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    since = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_sandboxed(
            "tests.security.sandbox_targets:sleep_on", payload=b"", limits=_TIGHT, while_waiting=call
        )
    assert 1 < time.monotonic() - since < 30


def test_answer_that_is_nested_without_end_harms_nobody() -> None:
    assert find_reason("answer_nested", limits=SandboxLimits())[0] is Reason.FAILED


def test_what_a_library_prints_is_no_part_of_the_answer() -> None:
    assert run("print_much") == "the answer"


def test_input_that_would_fill_the_memory_is_refused_before_it_is_read() -> None:
    limits = SandboxLimits(payload_bytes=1000)
    reason, detail = find_reason("describe", payload=io.BytesIO(b"x" * 1001), limits=limits)
    assert (reason, detail) == (Reason.PAYLOAD, "The input is larger than 1,000 bytes")


def test_path_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Cannot read absent"):
        run("describe", payload=tmp_path / "absent")


def test_target_that_is_not_there_is_no_fault_of_the_input() -> None:
    with pytest.raises(Unavailable, match="AttributeError"):
        run("no_such_function")
    with pytest.raises(Unavailable, match="ModuleNotFoundError"):
        run_sandboxed("tests.security.no_such_module:read", payload=b"")


@_NEEDS_LINUX
def test_nothing_outside_can_be_touched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key")
    told = run(
        "try_attacks",
        limits=SandboxLimits(),
        secret=str(secret),
        folder=str(tmp_path),
        source=str(Path(landlock.__file__)),
    )
    if not landlock.find_version():
        told.pop("read parent")
    assert {name: got for name, got in told.items() if got != "refused"} == {}
    assert secret.read_text() == "key"
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


@_NEEDS_LINUX
def test_no_descriptor_of_the_parent_is_open_in_the_child(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        descriptors = run("list_descriptors")
    # The payload and the answer.
    assert len(descriptors) == 2


_WITHOUT_LANDLOCK = """
import io, sys
from stack.core.sandbox.auditing import refuse_in_python
from stack.core.sandbox.confinement import list_readable
from stack.ingest.documents.reading import read_inside
from tests.documents import make_pdf
from tests.security.sandbox_targets import try_python
data = make_pdf("evil[.]example")
refuse_in_python(readable=list_readable("stack.x"), writable=[])
assert read_inside(io.BytesIO(data), {"filename": "a.pdf"})["finds"], "nothing was found"
print(try_python(sys.argv[1]))
"""


def test_python_refuses_files_where_the_kernel_has_no_landlock(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_LANDLOCK, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "{}"
    assert list(tmp_path.iterdir()) == []


def test_files_go_to_a_folder_of_its_own_that_goes_away() -> None:
    limits = SandboxLimits(file_bytes=100)
    assert run("write_scratch", limits=limits, bytes=100) == [10, 0]
    assert run("write_scratch", limits=limits, bytes=101)[1] != 0
    with pytest.raises(SandboxRefused):
        run("write_scratch", bytes=1)


def test_threads_start_only_where_allowed() -> None:
    assert run("start_thread", limits=SandboxLimits(processes=4)) == 1
    with pytest.raises(SandboxRefused, match="thread"):
        run("start_thread")


def test_libraries_can_be_imported_when_the_doors_are_closed() -> None:
    assert run("import_late", limits=SandboxLimits()) == "xml.dom.minidom selectolax.lexbor"


def test_many_calls_at_once_do_not_disturb_each_other() -> None:
    got: dict[int, list[int]] = {}

    def call(number: int) -> None:
        got[number] = run("count_up", limits=SandboxLimits(), to=number)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {number: list(range(number)) for number in range(8)}


@_NEEDS_LINUX
def test_doctor_says_what_is_held_back_here() -> None:
    isolation = measure_isolation()
    assert isolation.open_doors == []
    (finding,) = diagnose()
    assert finding.state is (State.OK if isolation.landlock else State.WARNING)
