"""What one process keeps of answers: the least recently used goes when there are too many bytes."""

import threading
from collections import OrderedDict
from time import monotonic

# What an entry costs beside its bytes, about.
_OVERHEAD = 300


class KeptAnswers:
    """Bytes by key, each for a time; at most `limit_bytes` together."""

    def __init__(self, *, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._size = 0

    def get(self, key: str) -> bytes | None:
        with self._lock:
            ends, value = self._kept.get(key, (0.0, b""))
            if ends <= monotonic():
                self._remove(key)
                return None
            self._kept.move_to_end(key)
            return value

    def put(self, key: str, value: bytes, lives_s: float) -> None:
        with self._lock:
            self._remove(key)
            self._kept[key] = (monotonic() + lives_s, value)
            self._size += _weigh(key, value)
            while self._size > self._limit:
                self._remove(next(iter(self._kept)))

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._size = 0

    @property
    def size_bytes(self) -> int:
        return self._size

    def _remove(self, key: str) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._size -= _weigh(key, found[1])


def _weigh(key: str, value: bytes) -> int:
    return len(key) + len(value) + _OVERHEAD
