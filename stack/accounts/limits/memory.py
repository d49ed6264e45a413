"""The cache of a single web process."""

from typing import Any

from django.core.cache.backends.locmem import LocMemCache


class CountingMemory(LocMemCache):
    """Django's cache in memory without its look at every character of a key, which cost more than counting.

    All keys are made by `counters` and `locks`, from names, numbers, addresses and digests.
    """

    def add_one(self, key: str, key_before: str, seconds: int) -> tuple[int, int]:
        """What `key_before` holds, and what `key` does with one more: one step, of which others see all or
        nothing. A key that is new lives `seconds`."""
        before = int(self.get(key_before, 0))
        try:
            return before, int(self.incr(key))
        except ValueError:
            # Whoever comes first makes the counter; the others, who come at the same time, find it there.
            self.add(key, 0, timeout=seconds)
            return before, int(self.incr(key))

    def make_and_validate_key(self, key: Any, version: int | None = None) -> str:
        return str(key)
