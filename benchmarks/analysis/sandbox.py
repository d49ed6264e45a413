"""What a process of the sandbox costs: forked by a nursery, beside a fresh one for each call.

CPU time of all processes that took part, the start of the nursery and what it loads ahead included.
"""

import io
import resource
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final
from unittest.mock import patch

from benchmarks.figures import Figure
from stack.analysis.files.results import Request
from stack.analysis.files.running import run_inspection
from stack.core.sandbox import running
from stack.core.sandbox.nurseries import end_nurseries
from stack.core.sandbox.running import run_sandboxed
from tests.analysis_tools import ToldTools
from tests.mails import write_mail

_FORKED: Final = 60
_FRESH: Final = 6
_PROGRAM: Final = Path("/bin/ls")
_SCRIPT: Final = b"import os\nprint('hello')\n" * 80
_NOTHING: Final = "tests.security.sandbox_targets:tell_process"


def measure_sandbox() -> list[Figure]:
    works: dict[str, Callable[[], object]] = {
        "nothing": lambda: run_sandboxed(_NOTHING, payload=b""),
        "a script of 2 KB": partial(_inspect, _SCRIPT),
        "a mail of 2 KB": _inspect_mail,
    }
    if _PROGRAM.exists():
        works["a program of 150 KB"] = partial(_inspect, _PROGRAM.read_bytes())
    return [_compare(name, work) for name, work in works.items()]


def _compare(name: str, work: Callable[[], object]) -> Figure:
    forked = _measure(work, _FORKED)
    with patch.object(running, "are_supported", lambda: False):
        fresh = _measure(work, _FRESH)
    ratio = fresh / forked
    return Figure(f"sandbox: {name}, call by call", forked, "ms CPU", "a fresh process", fresh, ratio)


def _measure(work: Callable[[], object], calls: int) -> float:
    """Milliseconds of CPU time for one of so many calls."""
    end_nurseries()
    begun = _count_seconds()
    for _ in range(calls):
        work()
    # What it did counts when it has been waited for.
    end_nurseries()
    return (_count_seconds() - begun) * 1000 / calls


def _count_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _inspect(sample: bytes) -> None:
    run_inspection(partial(io.BytesIO, sample), Request(name="a"), stop=Event())


def _inspect_mail() -> None:
    from stack.analysis.mail.running import inspect_mail

    inspect_mail(ToldTools(sample=write_mail("See https://shop.example.com/ for more.\r\n" * 40)))


def main() -> None:
    for figure in measure_sandbox():
        print(f"{figure.name:<50} {figure.value:8.1f} {figure.unit} {figure.baseline_value:.1f}")


if __name__ == "__main__":
    main()
