"""Keeps the index up with the store: reads the change log from a cursor and writes what changed.

Any process may do it; whoever gets the writer first does, the others leave it to that one.
"""

import threading
import time

from django.db import close_old_connections

from stack.core.errors import Unavailable
from stack.search.choice import choose_backend
from stack.search.copying import copy_changes, read_cursor
from stack.search.operations import rebuild
from stack.store.queries import last_change

_POLL_S = 0.15
_WAIT_S = 0.02
_KEEP_WRITER_S = 5.0


def catch_up(limit: int | None = None) -> int:
    """Indexes changes up to the end of the log, or `limit` of them; gives back how many were read.

    0 also when another process is the writer: then it is doing this work. An index that is ahead of the log,
    because the database was restored from a backup, is built again; then it is the number of documents.
    """
    if _is_ahead():
        return _rebuild_if_free()
    with choose_backend().open_writer() as writer:
        return copy_changes(writer, limit=limit) if writer else 0


def ensure_fresh(timeout: float = 5.0) -> bool:
    """Makes what was committed before this call searchable: indexes it here, or waits for the writer.

    False when that took longer than `timeout` seconds.
    """
    end = last_change()
    deadline = time.monotonic() + timeout
    while _read_current_cursor() < end:
        if catch_up():
            continue
        if time.monotonic() > deadline:
            return False
        time.sleep(_WAIT_S)
    return True


def follow_changes(stop: threading.Event) -> None:
    """Indexes changes as they are committed, until `stop` is set. Where another process writes, it waits."""
    while not stop.is_set():
        if _is_ahead():
            _rebuild_if_free()
        if _is_behind():
            _write_while_busy(stop)
        close_old_connections()
        stop.wait(_POLL_S)


def _rebuild_if_free() -> int:
    try:
        return rebuild(timeout=0)
    except Unavailable:
        return 0


def _read_current_cursor() -> int:
    return read_cursor(choose_backend().cursor_name())


def _is_behind() -> bool:
    return not choose_backend().cursor_name() or _read_current_cursor() < last_change()


def _is_ahead() -> bool:
    return _read_current_cursor() > last_change()


def _write_while_busy(stop: threading.Event) -> None:
    """Keeps the writer for as long as changes come, so that merges go on beside the work."""
    with choose_backend().open_writer() as writer:
        if writer is None:
            return
        idle_since = time.monotonic()
        while not stop.is_set() and time.monotonic() - idle_since < _KEEP_WRITER_S:
            if copy_changes(writer, stop=stop):
                idle_since = time.monotonic()
            stop.wait(_POLL_S)
