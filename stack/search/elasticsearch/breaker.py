"""Remembers for a few seconds that the servers are down, so that not every request waits to find out."""

import threading
import time

from stack.search.elasticsearch.client import ServerDown

OPEN_S = 5.0


class Breaker:
    """Shared by the threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._error: ServerDown | None = None
        self._until = 0.0

    def check(self) -> None:
        """Raises what was found last, while that holds; afterwards one caller at a time finds out anew."""
        with self._lock:
            if self._error is None:
                return
            now = time.monotonic()
            if now < self._until:
                raise ServerDown(self._error.detail, remedy=self._error.remedy)
            self._until = now + OPEN_S

    def open(self, error: ServerDown) -> None:
        with self._lock:
            self._error, self._until = error, time.monotonic() + OPEN_S

    def close(self) -> None:
        with self._lock:
            self._error = None
