"""A nursery: has imported a reader, and forks a process for each call, which then is what `child` is.

Started as a script without `site`, by `nurseries`, with a socket as its standard input. It never sees a
foreign byte, nor what a call is about: both go to the process that it forks, by descriptor. It ends with that
socket, after some idle minutes, after some hundred calls, and when a process of its has crashed, so that
nobody tries addresses of memory one after the other on processes that all look alike.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType
    from typing import Any

_STARTED = b"started"
_MESSAGE = 256 * 1024
_IDLE_MS = 180_000
_MOST_CALLS = 200
# At once; each has two descriptors here.
_MOST_PROCESSES = 64
# Loading ahead does not pay for one call alone.
_WARM_AFTER = 2
# What comes with a call: payload, answer, setup, and as the last its line.
_LINE = 3
_DESCRIPTOR_BYTES = 4
# Where the descriptors of a call stand in its process, and what lies above anything in use.
_FIRST, _ABOVE = 3, 200
_NO_CRASHES = (signal.SIGKILL, signal.SIGXCPU)


def main() -> None:
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=os.dup(0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    order = json.loads(control.recvmsg(_MESSAGE)[0])
    sys.path[:] = order["path"]
    from stack.core.sandbox.confinement import confine_nursery

    threads = os.open("/proc/self/task", os.O_RDONLY | os.O_DIRECTORY)
    confine_nursery(order["module"])
    _Nursery(control, _import(order["module"]), threads, is_eager=order["is_eager"]).run()
    os._exit(0)


def _import(name: str) -> ModuleType:
    import importlib

    # Used by each of its processes: loaded once.
    importlib.import_module("stack.core.sandbox.child")
    return importlib.import_module(name)


class _Process:
    """A process at work. `line` goes to its caller."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self.line = line
        self.descriptor = os.pidfd_open(pid)
        self.is_awaited = True


class _Nursery:
    def __init__(self, control: socket.socket, module: ModuleType, threads: int, *, is_eager: bool) -> None:
        self._control = control
        self._module = module
        self._threads = threads
        self._is_eager = is_eager
        self._warming: Iterator[None] | None = None
        self._is_warm = False
        self._is_over = False
        self._calls = 0
        self._processes: dict[int, _Process] = {}
        self._lines: dict[int, _Process] = {}
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._settle()

    def run(self) -> None:
        while self._processes or not self._is_over:
            patience = self._find_patience()
            ready = [descriptor for descriptor, _ in self._poll.poll(patience)]
            if not ready and patience:
                return
            if not ready:
                self._warm_up()
            for descriptor in ready:
                if process := self._processes.get(descriptor):
                    self._reap(process)
                elif process := self._lines.get(descriptor):
                    self._kill(process)
            # Last, as a new call may get the numbers of descriptors that have just been closed.
            if self._control.fileno() in ready:
                self._take_call()

    def _find_patience(self) -> int | None:
        """Milliseconds to wait for an event, None for ever."""
        if not self._is_warm and (self._is_eager or self._calls >= _WARM_AFTER):
            return 0
        return None if self._processes else _IDLE_MS

    def _take_call(self) -> None:
        given = _receive(self._control)
        if given is None:
            # Who asked is gone; what works for it goes with this process.
            os._exit(0)
        is_whole = len(given) == _LINE + 1
        if is_whole and len(self._processes) < _MOST_PROCESSES:
            self._fork(given[:_LINE], given.pop())
        for descriptor in given:
            os.close(descriptor)
        self._calls += 1
        if self._calls >= _MOST_CALLS:
            self._stop_taking()

    def _fork(self, given: list[int], line_descriptor: int) -> None:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=line_descriptor)
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            # The caller sees it by the end of its line.
            line.close()
            return
        if pid == 0:
            _become_child(given, parent)
        process = _Process(pid, line)
        self._processes[process.descriptor] = process
        self._lines[line.fileno()] = process
        self._poll.register(process.descriptor, select.POLLIN)
        self._poll.register(line, select.POLLIN)
        _send(line, _STARTED, process.descriptor)

    def _kill(self, process: _Process) -> None:
        """Its caller waits no longer."""
        self._poll.unregister(process.line)
        process.is_awaited = False
        signal.pidfd_send_signal(process.descriptor, signal.SIGKILL)

    def _reap(self, process: _Process) -> None:
        code = os.waitstatus_to_exitcode(os.waitpid(process.pid, 0)[1])
        self._poll.unregister(process.descriptor)
        if process.is_awaited:
            self._poll.unregister(process.line)
        del self._processes[process.descriptor], self._lines[process.line.fileno()]
        os.close(process.descriptor)
        _send(process.line, str(code).encode())
        process.line.close()
        if code < 0 and -code not in _NO_CRASHES:
            self._stop_taking()

    def _stop_taking(self) -> None:
        """Works on until the last process is over; callers that are late start elsewhere."""
        if not self._is_over:
            self._is_over = True
            self._poll.unregister(self._control)
            self._control.close()

    def _warm_up(self) -> None:
        """One step, while there is nothing else to do."""
        if self._warming is None:
            self._warming = getattr(self._module, "warm_up", lambda: iter(()))()
        try:
            next(self._warming)
        except StopIteration:
            self._is_warm = True
        except Exception:
            # Whoever needs what does not load will meet the same, and tell.
            self._is_warm = True
        self._settle()

    def _settle(self) -> None:
        # A directory has two links and one for each folder in it, here the threads. With a second one, what a
        # fork leaves of its locks is anybody's guess.
        if os.fstat(self._threads).st_nlink != 3:
            os._exit(1)
        # Else each collection would make pages of its own of what all share.
        gc.collect()
        gc.freeze()


def _become_child(given: list[int], parent: int) -> None:
    """In the forked process: keeps nothing but what this call is about. Does not return."""
    try:
        from stack.core.sandbox import child

        payload, answer, setup = _move_down(given)
        with os.fdopen(setup, "rb") as file:
            order: dict[str, Any] = json.load(file)
        child.answer_call(order | {"payload": payload, "parent": parent}, answer)
    finally:
        os._exit(1)


def _move_down(given: list[int]) -> range:
    """The first free numbers for them; all others are closed."""
    import fcntl

    above = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for descriptor in given]
    low = range(_FIRST, _FIRST + len(above))
    for source, target in zip(above, low, strict=True):
        os.dup2(source, target, inheritable=False)
    os.closerange(low.stop, os.sysconf("SC_OPEN_MAX"))
    return low


def _receive(control: socket.socket) -> list[int] | None:
    """The descriptors of a call; None when there will be no more."""
    text, given, *_ = control.recvmsg(
        _MESSAGE, socket.CMSG_SPACE((_LINE + 1) * _DESCRIPTOR_BYTES), socket.MSG_CMSG_CLOEXEC
    )
    if not text:
        return None
    packed = b"".join(
        data for level, kind, data in given if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
    )
    starts = range(0, len(packed) - len(packed) % _DESCRIPTOR_BYTES, _DESCRIPTOR_BYTES)
    return [int.from_bytes(packed[start : start + _DESCRIPTOR_BYTES], sys.byteorder) for start in starts]


def _send(line: socket.socket, text: bytes, descriptor: int | None = None) -> None:
    rights = []
    if descriptor is not None:
        packed = descriptor.to_bytes(_DESCRIPTOR_BYTES, sys.byteorder)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)]
    try:
        line.sendmsg([text], rights, socket.MSG_DONTWAIT)
    except OSError:
        # Nobody is there who would like to know.
        return


if __name__ == "__main__":
    main()
