"""Counters in Redis: exact among processes, and going on when it is killed, hangs, is flushed or poisoned."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.cache import caches
from pytest_django import Settings

from stack.accounts.limits import counters, locks
from stack.accounts.limits.shared import CountingRedis
from stack.config.caching import configure_caches
from stack.core import redis_connection
from stack.core.errors import TooMany
from stack.core.limits import Policy
from stack.core.redis_connection import find_circuit, open_redis
from tests.service_fixtures import OwnService

_FIVE = Policy("five", 5, 600)
_LOCKING = Policy("locking", 5, 600, is_strict=True, first_lock=60, longest_lock=3600)

# Django closes caches by this name; every test works with addresses of its own.
Start = Callable[[str], OwnService]


@pytest.fixture(autouse=True)
def opened_anew() -> Iterator[None]:
    find_circuit.cache_clear()
    yield
    find_circuit.cache_clear()


@pytest.fixture
def shared(redis_url: str, settings: Settings) -> str:
    settings.CACHES = configure_caches(redis_url=redis_url)
    assert isinstance(caches["limits"], CountingRedis)
    return redis_url


@pytest.fixture
def own(own_service: Start, settings: Settings) -> OwnService:
    redis = own_service("redis")
    settings.CACHES = configure_caches(redis_url=f"{redis.url}/0")
    return redis


def _passes(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except TooMany:
        return False
    return True


def _count_at_once(ask: Callable[[], object], times: int = 20) -> int:
    barrier = Barrier(times)

    def wait_and_ask(_: int) -> bool:
        barrier.wait()
        return _passes(ask)

    with ThreadPoolExecutor(times) as threads:
        return sum(threads.map(wait_and_ask, range(times)))


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("round_", range(5))
def test_exactly_so_many_of_twenty_at_once_pass(round_: int) -> None:
    assert _count_at_once(lambda: counters.take(_FIVE, "a")) == 5


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("round_", range(5))
def test_no_more_tries_get_in_while_a_lock_begins(round_: int) -> None:
    new: list[bool] = []

    def enter() -> None:
        try:
            locks.enter(_LOCKING, "a")
        except locks.Locked as error:
            new.append(error.is_new)
            raise

    assert _count_at_once(enter) == 5
    assert sorted(new) == [False] * 14 + [True]


def test_processes_count_together(shared: str) -> None:
    other = CountingRedis(shared, {})
    for _ in range(3):
        counters.take(_FIVE, "a")
    [(key, sum_)] = [(key, other.get(key)) for key in _list_keys(shared)]
    assert (sum_, other.add_one(key, "nothing", 1)) == (3, (0, 4))
    assert [_passes(lambda: counters.take(_FIVE, "a")) for _ in range(2)] == [True, False]


def _list_keys(url: str) -> list[str]:
    return [
        name.decode().removeprefix("stack:limits:") for name in open_redis(url).scan_iter("stack:limits:*")
    ]


def test_what_is_counted_goes_away_by_itself(shared: str) -> None:
    counters.take(_FIVE, "a")
    for _ in range(6):
        _passes(lambda: locks.enter(_LOCKING, "b"))
    redis = open_redis(shared)
    lives = [redis.ttl(name) for name in redis.scan_iter("*")]
    assert len(lives) == 4
    assert all(0 < each <= 86_400 for each in lives)


def test_who_is_pardoned_begins_anew(shared: str) -> None:
    for _ in range(10):
        _passes(lambda: locks.enter(_LOCKING, "a"))
    locks.pardon(_LOCKING, "a")
    assert open_redis(shared).dbsize() == 0
    assert _passes(lambda: locks.enter(_LOCKING, "a"))


@pytest.mark.usefixtures("shared")
def test_what_has_ended_is_not_given_back() -> None:
    counters.give_back(_FIVE, "a")
    assert [_passes(lambda: counters.take(_FIVE, "a")) for _ in range(6)] == [True] * 5 + [False]


@pytest.mark.parametrize("poison", [b"", b"many", b"\x80\x04K*.", b"1e999999x"])
def test_what_is_no_number_is_taken_for_nothing(shared: str, poison: bytes) -> None:
    for _ in range(6):
        _passes(lambda: counters.take(_FIVE, "a"))
        _passes(lambda: locks.enter(_LOCKING, "b"))
    redis = open_redis(shared)
    for name in list(redis.scan_iter("*")):
        redis.set(name, poison)
    assert counters.check(_FIVE, "a") == 0
    assert [_passes(lambda: counters.take(_FIVE, "a")) for _ in range(6)] == [True] * 5 + [False]
    assert _passes(lambda: locks.enter(_LOCKING, "b"))


def test_a_redis_that_is_flushed_counts_anew(shared: str) -> None:
    assert [_passes(lambda: counters.take(_FIVE, "a")) for _ in range(6)] == [True] * 5 + [False]
    open_redis(shared).flushdb()
    assert [_passes(lambda: counters.take(_FIVE, "a")) for _ in range(6)] == [True] * 5 + [False]


def test_a_killed_redis_is_missed_by_nobody_and_found_again(
    own: OwnService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(redis_connection, "_PAUSE_S", 0.2)
    counters.take(_FIVE, "a")
    own.kill()
    with caplog.at_level(logging.WARNING):
        # The process counts by itself: limits hold, and nobody is refused for want of Redis.
        assert [_passes(lambda: counters.take(_FIVE, "a")) for _ in range(6)] == [True] * 5 + [False]
        assert [_passes(lambda: locks.enter(_LOCKING, "a")) for _ in range(6)] == [True] * 5 + [False]
        own.start()
        time.sleep(0.3)
        # Redis kept the one of before: four are left.
        assert [_passes(lambda: counters.take(_FIVE, "a")) for _ in range(5)] == [True] * 4 + [False]
    assert [record.getMessage().partition(" (")[0] for record in caplog.records] == [
        "Redis does not answer",
        "Redis answers again",
    ]


def test_a_redis_that_hangs_costs_one_wait(own: OwnService) -> None:
    counters.take(_FIVE, "a")
    own.pause()
    begun = time.monotonic()
    for _ in range(50):
        counters.take(Policy("many", 1000, 600), "a")
    assert time.monotonic() - begun < 1.0
    own.pause(is_paused=False)
