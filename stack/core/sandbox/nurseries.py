"""The nurseries of this process: one for each module of readers, the last few that were asked.

A process that was forked from this one never uses them. They end with this process, however it ends: their
socket does.
"""

import atexit
import os
import sys
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock

from stack.core.sandbox import landlock, seccomp
from stack.core.sandbox.forked import ForkedProcess
from stack.core.sandbox.keeping import Key, Nursery
from stack.core.sandbox.payloads import open_payload
from stack.core.sandbox.processes import ProcessLost

_MOST_KEPT = 4
# After as many failures in a row a module has none for the life of this process.
_MOST_FAILURES = 3


@cache
def are_supported() -> bool:
    """Whether this machine has what they need to be as closed as a fresh process is."""
    return hasattr(os, "pidfd_open") and seccomp.is_supported() and landlock.find_version() > 0


class _Nurseries:
    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[Key, Nursery] = OrderedDict()
        self._failures: Counter[Key] = Counter()
        self._used: set[Key] = set()
        self._retired: list[Nursery] = []
        self.owner = os.getpid()

    def start(self, key: Key, setup: int, payload: int) -> tuple[Nursery, ForkedProcess]:
        """Raises `ProcessLost`."""
        with self._lock:
            if self._failures[key] >= _MOST_FAILURES:
                raise ProcessLost
            nursery, process = self._find(key, setup, payload) or self._replace(key, setup, payload)
            nursery.users += 1
            self._kept.move_to_end(key)
            return nursery, process

    def _find(self, key: Key, setup: int, payload: int) -> tuple[Nursery, ForkedProcess] | None:
        if nursery := self._kept.get(key):
            with suppress(ProcessLost):
                return nursery, nursery.fork(setup, payload)
        return None

    def _replace(self, key: Key, setup: int, payload: int) -> tuple[Nursery, ForkedProcess]:
        if old := self._kept.pop(key, None):
            self._retire(old)
        # One that works takes this back.
        self._failures[key] += 1
        self._kept[key] = nursery = Nursery(key, is_eager=key in self._used)
        self._used.add(key)
        while len(self._kept) > _MOST_KEPT:
            self._retire(self._kept.popitem(last=False)[1])
        return nursery, nursery.fork(setup, payload)

    def _retire(self, nursery: Nursery) -> None:
        """With its last call at the latest it ends."""
        if nursery.users:
            self._retired.append(nursery)
        else:
            nursery.end()

    def end(self, nursery: Nursery, process: ForkedProcess) -> None:
        """Of a call. With it goes a nursery that is over, or of which nobody knows what it does."""
        is_sure = process.end()
        with self._lock:
            nursery.users -= 1
            if not process.is_lost:
                self._failures[nursery.key] = 0
            is_retired = nursery in self._retired
            if is_sure and not nursery.is_over() and (nursery.users or not is_retired):
                return
            if is_retired:
                self._retired.remove(nursery)
            elif self._kept.get(nursery.key) is nursery:
                del self._kept[nursery.key]
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
