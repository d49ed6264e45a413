"""The cache of several web processes: they count in Redis, so that a limit holds for all of them together.

While Redis does not answer, each counts in its own memory. Limits then hold for each process, and locks that
were begun in Redis are not seen; refusing everybody instead would let whoever can hurt Redis shut the doors.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from stack.accounts.limits.memory import CountingMemory
from stack.core.redis_connection import find_circuit

if TYPE_CHECKING:
    from redis import Redis

_T = TypeVar("_T")
_PREFIX = "stack:limits:"
_LARGEST_SCAN = 1_000

# One more of KEYS[1], which is made with ARGV[1] seconds to live; answers with KEYS[2] and the sum.
_ADD_ONE = """
redis.call('SET', KEYS[1], 0, 'NX', 'EX', ARGV[1])
return {redis.call('GET', KEYS[2]), redis.call('INCR', KEYS[1])}
"""
# What has ended is not begun again: it would stay for ever.
_CHANGE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
return redis.call('INCRBY', KEYS[1], ARGV[1])
"""


class CountingRedis(BaseCache):
    """Numbers by name; what else stands there is taken for nothing."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._circuit = find_circuit(location)
        self._memory = CountingMemory("limits", params)

    def add_one(self, key: str, key_before: str, seconds: int) -> tuple[int, int]:
        """See `CountingMemory.add_one`."""
        names = [_PREFIX + key, _PREFIX + key_before]

        def ask(redis: "Redis") -> tuple[int, int]:
            from redis import ResponseError

            try:
                before, current = redis.eval(_ADD_ONE, 2, *names, seconds)
            except ResponseError:
                # Something that is no number stands there, and would refuse to be counted for ever.
                redis.delete(*names)
                before, current = redis.eval(_ADD_ONE, 2, *names, seconds)
            return int(_read(before, 0)), int(current)

        return self._ask(ask, otherwise=lambda: self._memory.add_one(key, key_before, seconds))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(
            lambda redis: _read(redis.get(_PREFIX + key), default),
            otherwise=lambda: self._memory.get(key, default),
        )

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        wanted = list(keys)

        def ask(redis: "Redis") -> dict[Any, Any]:
            found = redis.mget([_PREFIX + key for key in wanted])
            read = ((key, _read(value, None)) for key, value in zip(wanted, found, strict=True))
            return {key: value for key, value in read if value is not None}

        return self._ask(ask, otherwise=lambda: self._memory.get_many(wanted))

    def add(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return self._ask(
            lambda redis: bool(redis.set(_PREFIX + key, repr(value), nx=True, px=self._live_ms(timeout))),
            otherwise=lambda: self._memory.add(key, value, timeout),
        )

    def set(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._ask(
            lambda redis: redis.set(_PREFIX + key, repr(value), px=self._live_ms(timeout)),
            otherwise=lambda: self._memory.set(key, value, timeout),
        )

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """ValueError where nothing stands, as Django's caches have it."""
        changed = self._ask(
            lambda redis: redis.eval(_CHANGE, 1, _PREFIX + key, delta),
            otherwise=lambda: self._memory.incr(key, delta),
        )
        if changed is None:
            raise ValueError(f"Key '{key}' not found")
        return int(changed)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._ask(
            lambda redis: bool(redis.delete(_PREFIX + key)), otherwise=lambda: self._memory.delete(key)
        )

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        wanted = list(keys)
        self._ask(
            lambda redis: redis.delete(*(_PREFIX + key for key in wanted)),
            otherwise=lambda: self._memory.delete_many(wanted),
        )

    def clear(self) -> None:
        self._memory.clear()

        def forget_all(redis: "Redis") -> None:
            for name in redis.scan_iter(match=f"{_PREFIX}*", count=_LARGEST_SCAN):
                redis.delete(name)

        self._ask(forget_all, otherwise=lambda: None)

    def _ask(self, ask: "Callable[[Redis], _T]", *, otherwise: Callable[[], _T]) -> _T:
        return self._circuit.attempt(ask, otherwise=otherwise)

    def _live_ms(self, timeout: float | None) -> int:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return max(1, int(1000 * (seconds or 0)))


def _read(value: Any, default: Any) -> Any:
    """A number as it was written; anything else is taken for nothing."""
    if not isinstance(value, bytes):
        return default
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return default
