"""A nursery: has imported a reader, and forks a process for each call, which then is what `child` is.

It never sees a foreign byte, nor what a call is about: both go to the process that it forks, by descriptor.
It ends with its owner, after some idle minutes, after some hundred calls, and when a process of its has
crashed, so that nobody tries addresses of memory one after the other on processes that all look alike.
"""

import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any, Final, NoReturn

from stack.core.sandbox.child import answer_call
from stack.core.sandbox.confinement import confine_nursery
from stack.core.sandbox.lines import STARTED, receive, send, take_line

# At once; each has two descriptors here.
_MOST_PROCESSES: Final = 64
# Loading ahead does not pay for one call alone.
_WARM_AFTER: Final = 2
# What comes with a call: payload, setup, where the answer goes, and the line to its caller.
_GIVEN: Final = 4
# Where the descriptors of a call stand in its process, and what lies above anything in use.
_FIRST, _ABOVE = 3, 200
_NO_CRASHES: Final = (signal.SIGKILL, signal.SIGXCPU)


def nurse(control: socket.socket, order: dict[str, Any]) -> NoReturn:
    """Locks itself in, imports the module, and works until it ends. `order` is a `keeping.Order`."""
    threads = os.open("/proc/self/task", os.O_RDONLY | os.O_DIRECTORY)
    confine_nursery(order["module"])
    # What is imported stays.
    gc.disable()
    _Nursery(control, importlib.import_module(order["module"]), threads, order).run()
    os._exit(0)


class _Process:
    """A process at work. `line` goes to its caller."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self.line = line
        self.descriptor = os.pidfd_open(pid)
        self.is_awaited = True


class _Nursery:
    def __init__(
        self, control: socket.socket, module: ModuleType, threads: int, order: dict[str, Any]
    ) -> None:
        self._control = control
        self._module = module
        self._threads = threads
        self._is_eager: bool = order["is_eager"]
        self._idle_ms = round(order["idle_s"] * 1000)
        self._most_calls: int = order["most_calls"]
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
        if not self._is_warm and not self._is_over and (self._is_eager or self._calls >= _WARM_AFTER):
            return 0
        return None if self._processes else self._idle_ms

    def _take_call(self) -> None:
        text, given = receive(self._control)
        if not text:
            # Who asked is gone; what works for it goes with this process.
            os._exit(0)
        if len(given) == _GIVEN and len(self._processes) < _MOST_PROCESSES:
            self._fork(given, take_line(given.pop()))
        for descriptor in given:
            os.close(descriptor)
        self._calls += 1
        if self._calls >= self._most_calls:
            self._stop_taking()

    def _fork(self, given: list[int], line: socket.socket) -> None:
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
        # Where nobody is there who would like to know, the line says so at the next look.
        with suppress(OSError):
            send(line, STARTED, process.descriptor)

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
        with suppress(OSError):
            send(process.line, str(code).encode())
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
        # Else each collection in a process would make pages of its own of what all share.
        gc.freeze()


def _become_child(given: list[int], parent: int) -> NoReturn:
    """In the forked process: keeps nothing but what this call is about."""
    try:
        gc.enable()
        payload, setup, answer = _move_down(given)
        with os.fdopen(setup, "rb") as file:
            order = json.load(file)
        answer_call(order | {"payload": payload, "parent": parent}, answer)
    finally:
        os._exit(1)


def _move_down(given: list[int]) -> range:
    """The first free numbers for them; all others are closed."""
    above = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for descriptor in given]
    low = range(_FIRST, _FIRST + len(above))
    for source, target in zip(above, low, strict=True):
        os.dup2(source, target, inheritable=False)
    os.closerange(low.stop, os.sysconf("SC_OPEN_MAX"))
    return low
