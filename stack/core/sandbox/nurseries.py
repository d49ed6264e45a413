"""The nurseries of this process: one for each module of readers, the last few that were asked.

A process that was forked from this one never uses them. They end with this process, however it ends: their
socket does.
"""

import atexit
import os
import socket
import subprocess
import sys
from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock

import msgspec

from stack.core.sandbox import landlock, seccomp
from stack.core.sandbox.forked import ForkedProcess
from stack.core.sandbox.payloads import open_payload
from stack.core.sandbox.processes import ProcessLost, start_interpreter

_SCRIPT = Path(__file__).with_name("nursery.py")
_MOST_KEPT = 4
# After as many failures in a row a module has none for the life of this process.
_MOST_FAILURES = 3

_Key = tuple[str, tuple[str, ...]]


@cache
def are_supported() -> bool:
    """Whether this machine has what they need to be as closed as a fresh process is."""
    return hasattr(os, "pidfd_open") and seccomp.is_supported() and landlock.find_version() > 0


class Nursery:
    """One of them. `users` are the calls that it works for."""

    def __init__(self, key: _Key, *, is_eager: bool) -> None:
        module, path = key
        self.key = key
        self.users = 0
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = start_interpreter(_SCRIPT, given=theirs.fileno(), output=subprocess.DEVNULL)
        order = {"module": module, "path": path, "is_eager": is_eager}
        self._send(msgspec.json.encode(order))

    def fork(self, setup: int, payload: int) -> ForkedProcess:
        """Raises `ProcessLost` where it takes no more calls."""
        answer, theirs = os.pipe2(os.O_CLOEXEC)
        line, their_line = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        process = ForkedProcess(answer=answer, line=line)
        try:
            self._send(b"call", payload, theirs, setup, their_line.fileno())
        except ProcessLost:
            process.close()
            raise
        finally:
            os.close(theirs)
            their_line.close()
        return process

    def _send(self, text: bytes, *descriptors: int) -> None:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", descriptors))] if descriptors else []
        try:
            self._control.sendmsg([text], rights, socket.MSG_DONTWAIT)
        except OSError:
            raise ProcessLost from None

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


class _Nurseries:
    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[_Key, Nursery] = OrderedDict()
        self._failures: Counter[_Key] = Counter()
        self._used: set[_Key] = set()
        self._retired: list[Nursery] = []
        self.owner = os.getpid()

    def start(self, key: _Key, setup: int, payload: int) -> tuple[Nursery, ForkedProcess]:
        with self._lock:
            if self._failures[key] >= _MOST_FAILURES:
                raise ProcessLost
            nursery = self._kept.get(key)
            process = self._try_fork(nursery, setup, payload) if nursery else None
            if nursery is None or process is None:
                nursery = self._replace(key)
                process = nursery.fork(setup, payload)
            nursery.users += 1
            self._kept.move_to_end(key)
            return nursery, process

    def _replace(self, key: _Key) -> Nursery:
        if old := self._kept.pop(key, None):
            self._retire(old)
        try:
            self._kept[key] = nursery = Nursery(key, is_eager=key in self._used)
        except OSError:
            # No memory or no descriptors for it: a fresh process may still find some.
            raise ProcessLost from None
        self._used.add(key)
        while len(self._kept) > _MOST_KEPT:
            self._retire(self._kept.popitem(last=False)[1])
        return nursery

    def _try_fork(self, nursery: Nursery, setup: int, payload: int) -> ForkedProcess | None:
        try:
            return nursery.fork(setup, payload)
        except ProcessLost:
            return None

    def _retire(self, nursery: Nursery) -> None:
        """With its last call at the latest it ends."""
        if nursery.users:
            self._retired.append(nursery)
        else:
            nursery.end()

    def end(self, nursery: Nursery, process: ForkedProcess) -> None:
        is_sure = process.end()
        with self._lock:
            self._failures[nursery.key] = self._failures[nursery.key] + 1 if process.is_lost else 0
            nursery.users -= 1
            if nursery in self._retired:
                is_done = not (is_sure and nursery.users)
                if is_done:
                    self._retired.remove(nursery)
            else:
                is_done = not is_sure or nursery.is_over()
                if is_done and self._kept.get(nursery.key) is nursery:
                    del self._kept[nursery.key]
            if is_done:
                nursery.end()

    def end_all(self) -> None:
        with self._lock:
            for nursery in (*self._kept.values(), *self._retired):
                nursery.end()
            self._kept.clear()
            self._retired.clear()

    def forget_all(self) -> None:
        for nursery in (*self._kept.values(), *self._retired):
            nursery.forget()


_nurseries = _Nurseries()


@contextmanager
def fork_process(target: str, setup: bytes, payload: int) -> Iterator[ForkedProcess]:
    """A process that has the module of its target already, killed at the end if it is not over by then.

    Raises `ProcessLost` where none can be had in this way.
    """
    nurseries = _find_own()
    key = (target.partition(":")[0], tuple(str(Path(entry).absolute()) for entry in sys.path))
    with open_payload(setup, most_bytes=len(setup)) as given:
        nursery, process = nurseries.start(key, given, payload)
    try:
        yield process
    finally:
        if nurseries.owner == os.getpid():
            nurseries.end(nursery, process)
        else:
            process.close()


def end_nurseries() -> None:
    """Ends those of this process at once, with whatever they work on."""
    _find_own().end_all()


def _find_own() -> _Nurseries:
    if _nurseries.owner != os.getpid():
        _start_anew()
    return _nurseries


def _start_anew() -> None:
    """In a process that was forked: those of its parent are not its own, and their lock may be held."""
    global _nurseries  # noqa: PLW0603 - there is one table to a process
    _nurseries.forget_all()
    _nurseries = _Nurseries()


os.register_at_fork(after_in_child=_start_anew)
atexit.register(end_nurseries)
