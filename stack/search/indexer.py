"""Keeps the index up with the store: reads the change log from a cursor and writes what changed.

Any process may do it; whoever gets the writer first does, the others leave it to that one.
"""

import logging
import threading
import time

from django.db import close_old_connections

from stack.core.errors import Unavailable
from stack.search.choice import choose_backend
from stack.search.copying import copy_changes, read_cursor
from stack.search.operations import Busy, rebuild
from stack.store.queries import last_change

_log = logging.getLogger(__name__)

_POLL_S = 0.15
# How soon servers that were down are asked again.
_RETRY_S = 1.0
_WAIT_S = 0.02
_KEEP_WRITER_S = 5.0


def catch_up(limit: int | None = None) -> int:
    """Indexes changes up to the end of the log, or `limit` of them; gives back how many were read.

    0 also when another process is the writer: then it is doing this work. An index that is ahead of the log,
    because the database was restored from a backup, is built again; then it is the number of documents.
    """
    if _is_ahead() or (limit is None and _is_missing()):
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
    if _is_ahead() or _is_missing():
        _rebuild_if_free(stop)
    elif _is_behind():
        _write_while_busy(stop)


def _is_missing() -> bool:
    """Whether a copy is to be filled from the beginning: unseen, so that none takes it for the whole."""
    return not choose_backend().cursor_name() and last_change() > 0


def _rebuild_if_free(stop: threading.Event | None = None) -> int:
    try:
        return rebuild(timeout=0, stop=stop)
    except Busy:
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
            if writer.cursor != choose_backend().cursor_name():
                return  # another copy has taken its place
            if copy_changes(writer, stop=stop):
                idle_since = time.monotonic()
            stop.wait(_POLL_S)
