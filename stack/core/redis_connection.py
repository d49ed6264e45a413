"""Redis, where an installation has one: the connection, and what spares requests from one that hangs.

Nothing that Stack keeps in Redis is the only copy of anything. Whoever asks says what holds without it.
"""

import logging
import os
import threading
from collections.abc import Callable
from functools import cache, lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from redis import Redis

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

CONNECT_S, ANSWER_S = 0.5, 1.0
_PAUSE_S = 5.0
_LOGGED_EVERY_S = 60.0
_SENTINEL_PORT = 26379


def open_redis(url: str, *, answer_s: float = ANSWER_S) -> "Redis":
    """The client of this process for `STACK_REDIS`, through Sentinel where the address names some.

    It connects when it is first used, gives up after half a second without a connection and after `answer_s`
    seconds without an answer, and tries a connection that was closed meanwhile once more. Its calls raise
    `redis.RedisError`.
    """
    return _open(url, answer_s, os.getpid())


@lru_cache(maxsize=16)
def _open(url: str, answer_s: float, process: int) -> "Redis":
    from redis import ConnectionPool, Redis
    from redis.backoff import NoBackoff
    from redis.exceptions import ConnectionError as NoConnection
    from redis.retry import Retry
    from redis.sentinel import Sentinel

    waits: dict[str, Any] = {"socket_connect_timeout": CONNECT_S, "socket_timeout": answer_s}
    options = waits | {"retry": Retry(NoBackoff(), 1, (NoConnection,)), "socket_keepalive": True}
    if not url.startswith("redis+sentinel://"):
        return Redis(connection_pool=ConnectionPool.from_url(url, **options))
    parts = urlsplit(url)
    service, _, database = parts.path.strip("/").partition("/")
    who, _, hosts = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        [_read_host(each) for each in hosts.split(",")],
        sentinel_kwargs=waits,
        username=unquote(user) or None,
        password=unquote(password) or None,
        db=int(database or 0),
        **options,
    )
    client: Redis = sentinel.master_for(service)  # type: ignore[no-untyped-call]
    return client


def _read_host(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    return parts.hostname or "", parts.port or _SENTINEL_PORT


class Circuit:
    """Asks Redis. For five seconds after it failed nobody does, so that one that hangs costs few a wait."""

    def __init__(self, url: str, *, answer_s: float) -> None:
        self._url = url
        self._answer_s = answer_s
        self._lock = threading.Lock()
        self._ask_at = 0.0
        self._is_down = False
        self._logged_at = -_LOGGED_EVERY_S

    def attempt(self, ask: "Callable[[Redis], _T]", *, otherwise: Callable[[], _T]) -> _T:
        """What `ask` finds in Redis, or else `otherwise`; never raises what Redis or the way there causes."""
        from redis import RedisError

        if not self._may_ask():
            return otherwise()
        try:
            found = ask(open_redis(self._url, answer_s=self._answer_s))
        except (RedisError, OSError) as error:
            self._note_failure(error)
            return otherwise()
        if self._is_down:
            self._note_return()
        return found

    def _may_ask(self) -> bool:
        """While it is down, one asks every five seconds and the others go on without."""
        if not self._is_down:
            return True
        with self._lock:
            now = monotonic()
            if now < self._ask_at:
                return False
            self._ask_at = now + _PAUSE_S
        return True

    def _note_failure(self, error: Exception) -> None:
        with self._lock:
            now = monotonic()
            self._ask_at = now + _PAUSE_S
            self._is_down = True
            if now - self._logged_at < _LOGGED_EVERY_S:
                return
            self._logged_at = now
        # Not the error's text: it may repeat the address, and that a password.
        _log.warning(
            "Redis does not answer (%s): each process counts limits and keeps answers by itself",
            type(error).__name__,
        )

    def _note_return(self) -> None:
        with self._lock:
            was_down, self._is_down = self._is_down, False
        if was_down:
            _log.warning("Redis answers again")


@cache
def find_circuit(url: str) -> Circuit:
    """The one of this process for requests, which wait for Redis half a second at most."""
    return Circuit(url, answer_s=0.5)
