"""Runs a function on foreign bytes in a fresh process that can do nothing but compute and answer.

The function is named `package.module:function`. It gets a file (binary, seekable, read only) and the
arguments, and returns a JSON value or yields some. Whatever the bytes make of it: it has no network, no files
but Python's own and its libraries', no further processes, no environment, and it ends within its limits.
"""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec

from stack.core.errors import Unavailable
from stack.core.sandbox.errors import Reason, SandboxRefused
from stack.core.sandbox.limits import DEFAULT_LIMITS, SandboxLimits
from stack.core.sandbox.payloads import Payload, open_payload

_CHILD = Path(__file__).with_name("child.py")
_CHUNK = 256 * 1024
_END_WAIT_S = 5
_CALL_EVERY_S = 1.0
_MIB = 1024 * 1024
_VALUE, _END, _FAULT = b"=", b".", b"!"
_SMALLER = "Check that the file is what it says it is, or split it."


class _Fault(msgspec.Struct, frozen=True):
    """What the child says about why it ended."""

    kind: str
    text: str = ""
    remedy: str = ""


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
    with _Child(target, payload=payload, arguments=arguments, limits=limits) as child:
        child.while_waiting = while_waiting
        values = list(child.read_values())
        return values if child.is_stream else values[0]


def stream_sandboxed(
    target: str,
    *,
    payload: Payload,
    arguments: Mapping[str, Any] | None = None,
    limits: SandboxLimits = DEFAULT_LIMITS,
) -> Iterator[Any]:
    """What the function yields, as it comes; the process ends with the iterator. Raises `SandboxRefused`."""
    with _Child(target, payload=payload, arguments=arguments, limits=limits) as child:
        yield from child.read_values()


class _Child:
    """The process of one call, from its start to its certain end."""

    def __init__(
        self, target: str, *, payload: Payload, arguments: Mapping[str, Any] | None, limits: SandboxLimits
    ) -> None:
        self._target = target
        self._payload = payload
        self._arguments = arguments or {}
        self._limits = limits
        self._stack = ExitStack()
        self.is_stream = False
        self.while_waiting: Callable[[], None] | None = None

    def __enter__(self) -> "_Child":
        with ExitStack() as stack:
            descriptor = stack.enter_context(
                open_payload(self._payload, most_bytes=self._limits.payload_bytes)
            )
            scratch = stack.enter_context(_make_scratch(self._limits))
            self._process = stack.enter_context(_start(descriptor))
            self._send_setup(descriptor, scratch)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _send_setup(self, descriptor: int, scratch: str) -> None:
        limits = self._limits
        setup = {
            "path": [str(Path(entry).absolute()) for entry in sys.path],
            "parent": os.getpid(),
            "payload": descriptor,
            "scratch": scratch,
            "target": self._target,
            "arguments": self._arguments,
            "memory_bytes": limits.memory_bytes,
            "cpu_s": limits.cpu_s,
            "file_bytes": limits.file_bytes,
            "threads": limits.processes,
        }
        if self._process.stdin is not None:
            # A child that is gone already says why by how it ended.
            with suppress(BrokenPipeError), self._process.stdin as pipe:
                pipe.write(msgspec.json.encode(setup))

    def read_values(self) -> Iterator[Any]:
        for line in self._read_lines():
            mark, body = line[:1], line[1:]
            if mark == _VALUE:
                yield self._decode(body, Any)
            elif mark == _END:
                self.is_stream = body == b"stream"
                return
            elif mark == _FAULT:
                raise self._explain_fault(self._decode(body, _Fault))
            else:
                break
        raise self._explain_end()

    def _decode(self, body: bytes, wanted: Any) -> Any:
        try:
            return msgspec.json.decode(body, type=wanted)
        except (msgspec.DecodeError, RecursionError):
            raise SandboxRefused("Its reader gave no proper answer", reason=Reason.FAILED) from None

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
        output = self._process.stdout
        if output is None:
            return
        left_s, size = self._limits.wall_s, 0
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while True:
                since = monotonic()
                is_ready = selector.select(max(0.0, min(left_s, _CALL_EVERY_S)))
                left_s -= monotonic() - since
                if not is_ready and left_s <= 0:
                    raise self._refuse(Reason.WALL, f"took longer than {self._limits.wall_s:g} s")
                if not is_ready:
                    if self.while_waiting is not None:
                        self.while_waiting()
                    continue
                chunk = os.read(output.fileno(), _CHUNK)
                if not chunk:
                    return
                size += len(chunk)
                if size > self._limits.answer_bytes:
                    most = _say_size(self._limits.answer_bytes)
                    raise self._refuse(Reason.ANSWER, f"makes more than {most} of what is read")
                yield chunk

    def _explain_fault(self, fault: _Fault) -> Exception:
        # Whoever wrote the file may have written this: it goes to terminals too.
        text = _keep_printable(fault.text)
        if fault.kind == "memory":
            return self._refuse_memory()
        if fault.kind == "input":
            return SandboxRefused(text, reason=Reason.INPUT, remedy=_keep_printable(fault.remedy))
        if fault.kind == "setup":
            return Unavailable(
                f"The sandbox for foreign files does not start: {text}",
                remedy="“stack doctor” says what this machine gives.",
            )
        return SandboxRefused(f"The file could not be read: {text}", reason=Reason.FAILED)

    def _explain_end(self) -> Exception:
        """Why the process ended without a last line."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_WAIT_S)
        code = self._process.poll()
        if code == -signal.SIGXCPU:
            return self._refuse(Reason.CPU, f"took more than {self._limits.cpu_s} s of computing")
        if code == -signal.SIGKILL:
            return self._refuse(Reason.MEMORY, "was stopped by the machine, which ran out of memory or time")
        if code is not None and code < 0:
            return self._refuse(Reason.CRASHED, f"crashed its reader (signal {-code})")
        return self._refuse(Reason.CRASHED, "ended its reader without an answer")

    def _refuse_memory(self) -> SandboxRefused:
        return self._refuse(
            Reason.MEMORY, f"needed more than {_say_size(self._limits.memory_bytes)} of memory"
        )

    def _refuse(self, reason: Reason, what: str) -> SandboxRefused:
        return SandboxRefused(f"The file could not be read: it {what}", reason=reason, remedy=_SMALLER)


@contextmanager
def _start(descriptor: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603 - Python itself, with a script of ours
        [sys.executable, "-I", "-S", "-B", str(_CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(descriptor,),
        env={},
        cwd="/",
        start_new_session=True,
    )
    try:
        yield process
    finally:
        # Before it is waited for, its number cannot be another's.
        if process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        process.wait()


@contextmanager
def _make_scratch(limits: SandboxLimits) -> Iterator[str]:
    if not limits.file_bytes:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="stack-sandbox-") as folder:
        yield folder


def _keep_printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


def _say_size(size: int) -> str:
    return f"{size // _MIB:,} MB" if size >= _MIB else f"{size:,} bytes"
