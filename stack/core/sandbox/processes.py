"""A process in the sandbox as its caller sees it, and the plain way to start one: a new interpreter."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from stack.core.sandbox.payloads import open_payload

_CHILD = Path(__file__).with_name("child.py")


class ProcessLost(Exception):
    """What forks processes is gone or forks no more, for no fault of the input: a fresh one may be tried."""


class SandboxProcess(Protocol):
    """One process for one call. `answer` is the descriptor that its answer is read from."""

    @property
    def answer(self) -> int: ...

    def wait(self, seconds: float) -> int | None:
        """Its exit code, negative where a signal ended it; None where it still runs. Raises `ProcessLost`."""


def start_interpreter(
    script: Path, *, given: int, output: int, descriptors: tuple[int, ...] = ()
) -> "subprocess.Popen[bytes]":
    """Python with a script of ours, without environment or `site`, in a session of its own.

    `given` is its standard input, `output` what `Popen` takes as standard output.
    """
    return subprocess.Popen(  # noqa: S603 - Python itself, with a script of ours
        [sys.executable, "-I", "-S", "-B", str(script)],
        stdin=given,
        stdout=output,
        stderr=subprocess.DEVNULL,
        pass_fds=descriptors,
        env={},
        cwd="/",
        start_new_session=True,
    )


class _FreshProcess:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        if process.stdout is None:
            raise TypeError("started without a pipe for its answer")
        self._process = process
        self.answer = process.stdout.fileno()

    def wait(self, seconds: float) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll()


@contextmanager
def start_fresh(setup: bytes, payload: int) -> Iterator[SandboxProcess]:
    """A process that nothing was in before; killed at the end, if it is not over by then."""
    with open_payload(setup, most_bytes=len(setup)) as given:
        process = start_interpreter(_CHILD, given=given, output=subprocess.PIPE, descriptors=(payload,))
    try:
        yield _FreshProcess(process)
    finally:
        # Before it is waited for, its number cannot be another's.
        if process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        if process.stdout is not None:
            process.stdout.close()
        process.wait()
