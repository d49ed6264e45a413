"""Runs a function on foreign bytes in a process of its own that can do nothing but compute and answer.

The function is named `package.module:function`. It gets a file (binary, seekable, read only) and the
arguments, and returns a JSON value or yields some. Whatever the bytes make of it: it has no network, no files
but Python's own and its libraries', no further processes, no environment, and it ends within its limits.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from stack.core.sandbox.answers import Answer
from stack.core.sandbox.limits import DEFAULT_LIMITS, SandboxLimits
from stack.core.sandbox.nurseries import are_supported, fork_process
from stack.core.sandbox.payloads import Payload, open_payload
from stack.core.sandbox.processes import ProcessLost, SandboxProcess, start_fresh
from stack.core.sandbox.refusals import explain_end

_KILLED = -9


def run_sandboxed(
    target: str,
    *,
    payload: Payload,
    arguments: Mapping[str, Any] | None = None,
    limits: SandboxLimits = DEFAULT_LIMITS,
    while_waiting: Callable[[], None] | None = None,
) -> Any:
    """What the function returns; a list of what it yields. Raises `SandboxRefused`.

    `while_waiting` is called about once a second; what it raises ends the process.
    """
    call = _Call(target, payload, arguments, limits, while_waiting)
    values = list(call.read_values())
    return values if call.is_stream else values[0]


def stream_sandboxed(
    target: str,
    *,
    payload: Payload,
    arguments: Mapping[str, Any] | None = None,
    limits: SandboxLimits = DEFAULT_LIMITS,
) -> Iterator[Any]:
    """What the function yields, as it comes; the process ends with the iterator. Raises `SandboxRefused`."""
    yield from _Call(target, payload, arguments, limits).read_values()


class _Call:
    """One call, from its payload to the certain end of its process."""

    def __init__(
        self,
        target: str,
        payload: Payload,
        arguments: Mapping[str, Any] | None,
        limits: SandboxLimits,
        while_waiting: Callable[[], None] | None = None,
    ) -> None:
        self._target = target
        self._payload = payload
        self._arguments = arguments or {}
        self._limits = limits
        self._while_waiting = while_waiting
        self.is_stream = False

    def read_values(self) -> Iterator[Any]:
        with ExitStack() as stack:
            payload = stack.enter_context(open_payload(self._payload, most_bytes=self._limits.payload_bytes))
            scratch = stack.enter_context(_make_scratch(self._limits))
            setup = self._write_setup(payload, scratch)
            # A nursery may not write, and what it forks may not do more.
            if are_supported() and not scratch:
                has_told = False
                try:
                    with fork_process(self._target, setup, payload) as process:
                        for value in self._read_from(process):
                            has_told = True
                            yield value
                    return
                except ProcessLost:
                    if has_told:
                        raise explain_end(_KILLED, limits=self._limits) from None
                with suppress(OSError):
                    os.lseek(payload, 0, os.SEEK_SET)
            with start_fresh(setup, payload) as process:
                yield from self._read_from(process)

    def _read_from(self, process: SandboxProcess) -> Iterator[Any]:
        answer = Answer(process, limits=self._limits, while_waiting=self._while_waiting)
        yield from answer.read_values()
        self.is_stream = answer.is_stream

    def _write_setup(self, payload: int, scratch: str) -> bytes:
        limits = self._limits
        setup = {
            "path": [str(Path(entry).absolute()) for entry in sys.path],
            "parent": os.getpid(),
            "payload": payload,
            "scratch": scratch,
            "target": self._target,
            "arguments": self._arguments,
            "memory_bytes": limits.memory_bytes,
            "cpu_s": limits.cpu_s,
            "file_bytes": limits.file_bytes,
            "threads": limits.processes,
        }
        return msgspec.json.encode(setup)


@contextmanager
def _make_scratch(limits: SandboxLimits) -> Iterator[str]:
    if not limits.file_bytes:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="stack-sandbox-") as folder:
        yield folder
