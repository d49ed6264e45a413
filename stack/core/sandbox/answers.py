"""Reads the answer of a process line by line, within its limits; nothing of it is taken for granted."""

import os
import selectors
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import msgspec

from stack.core.sandbox.errors import Reason, SandboxRefused
from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.processes import SandboxProcess
from stack.core.sandbox.refusals import Fault, explain_end, explain_fault, refuse, say_size

_CHUNK = 256 * 1024
_END_WAIT_S = 5
_CALL_EVERY_S = 1.0
_VALUE, _END, _FAULT = b"=", b".", b"!"


class Answer:
    """`is_stream` tells, at the end, whether the function yielded its values."""

    def __init__(
        self,
        process: SandboxProcess,
        *,
        limits: SandboxLimits,
        while_waiting: Callable[[], None] | None = None,
    ) -> None:
        self._process = process
        self._limits = limits
        self._while_waiting = while_waiting
        self.is_stream = False

    def read_values(self) -> Iterator[Any]:
        """Raises `SandboxRefused`, `Unavailable` where no sandbox starts, and `ProcessLost`."""
        for line in self._read_lines():
            mark, body = line[:1], line[1:]
            if mark == _VALUE:
                yield _decode(body, Any)
            elif mark == _END:
                self.is_stream = body == b"stream"
                return
            elif mark == _FAULT:
                raise explain_fault(_decode(body, Fault), limits=self._limits)
            else:
                break
        raise explain_end(self._process.wait(_END_WAIT_S), limits=self._limits)

    def _read_lines(self) -> Iterator[bytes]:
        """Lines of the answer, without their ends; what stands after the last end of line is not one."""
        rest: list[bytes] = []
        for chunk in self._read_chunks():
            *lines, last = chunk.split(b"\n")
            for line in lines:
                yield b"".join((*rest, line))
                rest.clear()
            if last:
                rest.append(last)

    def _read_chunks(self) -> Iterator[bytes]:
        left_s, size = self._limits.wall_s, 0
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.answer, selectors.EVENT_READ)
            while True:
                since = monotonic()
                is_ready = selector.select(max(0.0, min(left_s, _CALL_EVERY_S)))
                left_s -= monotonic() - since
                if not is_ready and left_s <= 0:
                    raise refuse(Reason.WALL, f"took longer than {self._limits.wall_s:g} s")
                if not is_ready:
                    if self._while_waiting is not None:
                        self._while_waiting()
                    continue
                chunk = os.read(self._process.answer, _CHUNK)
                if not chunk:
                    return
                size += len(chunk)
                if size > self._limits.answer_bytes:
                    most = say_size(self._limits.answer_bytes)
                    raise refuse(Reason.ANSWER, f"makes more than {most} of what is read")
                yield chunk


def _decode(body: bytes, wanted: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=wanted)
    except (msgspec.DecodeError, RecursionError):
        raise SandboxRefused("Its reader gave no proper answer", reason=Reason.FAILED) from None
