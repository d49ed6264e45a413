"""The cache of a single web process."""

from typing import Any

from django.core.cache.backends.locmem import LocMemCache


class CountingMemory(LocMemCache):
    """Django's cache in memory without its look at every character of a key, which cost more than counting.

    All keys are made by `counters` and `locks`, from names, numbers, addresses and digests.
    """

    def make_and_validate_key(self, key: Any, version: int | None = None) -> str:
        return str(key)
