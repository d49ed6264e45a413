"""A nursery as its owner sees it: to start one, to have it fork, to end it."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import msgspec

from stack.core.sandbox.forked import ForkedProcess
from stack.core.sandbox.lines import make_line, send
from stack.core.sandbox.processes import ProcessLost, start_interpreter

_SCRIPT = Path(__file__).with_name("nursery.py")
_IDLE_S = 180.0
_MOST_CALLS = 200

Key: TypeAlias = tuple[str, tuple[str, ...]]
"""What it imports, and where it finds that."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a nursery is started with. An eager one loads ahead before it knows whether that pays."""

    module: str
    path: tuple[str, ...]
    is_eager: bool
    idle_s: float
    most_calls: int


class Nursery:
    """`users` are the calls that it works for."""

    def __init__(self, key: Key, *, is_eager: bool) -> None:
        """Raises `ProcessLost` where it does not start."""
        module, path = key
        self.key = key
        self.users = 0
        self._control, theirs = make_line()
        try:
            with theirs:
                self._process = start_interpreter(_SCRIPT, given=theirs.fileno(), output=subprocess.DEVNULL)
        except OSError:
            # No memory or no descriptors for it: a fresh process may still find some.
            self._control.close()
            raise ProcessLost from None
        order = Order(module=module, path=path, is_eager=is_eager, idle_s=_IDLE_S, most_calls=_MOST_CALLS)
        with suppress(OSError):
            send(self._control, msgspec.json.encode(order))

    def fork(self, setup: int, payload: int) -> ForkedProcess:
        """Raises `ProcessLost` where it takes no more calls."""
        answer, theirs = os.pipe2(os.O_CLOEXEC)
        line, their_line = make_line()
        process = ForkedProcess(answer=answer, line=line)
        try:
            send(self._control, b"call", payload, setup, theirs, their_line.fileno())
        except OSError:
            process.close()
            raise ProcessLost from None
        finally:
            os.close(theirs)
            their_line.close()
        return process

    def is_over(self) -> bool:
        return self._process.poll() is not None

    def end(self) -> None:
        """At once, and with all that it has forked."""
        self._control.close()
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        """In a process forked from the one that it belongs to."""
        self._control.close()
        # It is no child of this process, which therefore must not wait for it.
        self._process.returncode = 0
