"""Keeps the index up with the store: reads the change log from a cursor and writes what changed.

Any process may do it; whoever gets the writer first does, the others leave it to that one.
"""

import logging
import threading
import time
from dataclasses import dataclass

from django.db import close_old_connections

from stack.core.errors import Unavailable
from stack.search.choice import choose_backend
from stack.search.copying import copy_changes, read_cursor
from stack.search.operations import Busy, rebuild
from stack.store.queries import last_change

_log = logging.getLogger(__name__)

_POLL_S = 0.15
# After a commit: each is a segment to be merged later, and more follows mostly.
_BUSY_S = 0.5
# How soon servers that were down are asked again.
_RETRY_S = 1.0
_WAIT_S = 0.02
_KEEP_WRITER_S = 5.0


def catch_up(limit: int | None = None) -> int:
    """Indexes changes up to the end of the log, or `limit` of them; gives back how many were read.

    0 also when another process is the writer: then it is doing this work. An index that is ahead of the log,
    because the database was restored from a backup, is built again; then it is the number of documents.
    """
    found = _look()
    if found.is_ahead or (limit is None and found.is_missing):
        return _rebuild_if_free()
    with choose_backend().open_writer() as writer:
        return copy_changes(writer, limit=limit) if writer else 0


def ensure_fresh(timeout: float = 5.0) -> bool:
    """Makes what was committed before this call searchable: indexes it here, or waits for the writer.

    False when that took longer than `timeout` seconds, or the index cannot be written now.
    """
    end = last_change()
    deadline = time.monotonic() + timeout
    while _read_current_cursor() < end:
        try:
            if catch_up():
                continue
        except Unavailable:
            return False
        if time.monotonic() > deadline:
            return False
        time.sleep(_WAIT_S)
    return True


def follow_changes(stop: threading.Event) -> None:
    """Indexes changes as they are committed, until `stop` is set.

    Where another process writes, it waits; where the index cannot be reached, it goes on as soon as it can.
    """
    is_told = False
    while not stop.is_set():
        try:
            _follow_once(stop)
            is_told = False
        except Unavailable as trouble:
            if not is_told:
                _log.warning("the search index waits: %s", trouble.detail)
            is_told = True
            stop.wait(_RETRY_S)
        close_old_connections()
        stop.wait(_POLL_S)


def _follow_once(stop: threading.Event) -> None:
    found = _look()
    if found.is_ahead or found.is_missing:
        _rebuild_if_free(stop)
    elif found.is_behind:
        _write_while_busy(stop)


@dataclass(frozen=True, slots=True)
class _Look:
    """The copy in use, if any, how far it has come, and the end of the log."""

    name: str
    reached: int
    end: int

    @property
    def is_missing(self) -> bool:
        """Whether a copy is to be filled from the beginning: unseen, so that none takes it for the whole."""
        return not self.name and self.end > 0

    @property
    def is_behind(self) -> bool:
        return not self.name or self.reached < self.end

    @property
    def is_ahead(self) -> bool:
        return self.reached > self.end


def _look() -> _Look:
    name = choose_backend().cursor_name()
    return _Look(name, read_cursor(name), last_change())


def _rebuild_if_free(stop: threading.Event | None = None) -> int:
    try:
        return rebuild(timeout=0, stop=stop)
    except Busy:
        return 0


def _read_current_cursor() -> int:
    return read_cursor(choose_backend().cursor_name())


def _write_while_busy(stop: threading.Event) -> None:
    """Keeps the writer for as long as changes come, so that merges go on beside the work."""
    with choose_backend().open_writer() as writer:
        if writer is None:
            return
        idle_since = time.monotonic()
        while not stop.is_set() and time.monotonic() - idle_since < _KEEP_WRITER_S:
            if writer.cursor != choose_backend().cursor_name():
                return  # another copy has taken its place
            has_copied = copy_changes(writer, stop=stop) > 0
            if has_copied:
                idle_since = time.monotonic()
            stop.wait(_BUSY_S if has_copied else _POLL_S)
