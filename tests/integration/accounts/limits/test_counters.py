"""The counters against Django's cache, under threads and over time."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.cache import caches
from pytest_django import Settings

from stack.accounts.limits import counters, locks
from stack.accounts.limits.charging import find_block
from stack.accounts.limits.memory import CountingMemory
from stack.core.errors import TooMany, Unavailable
from stack.core.limits import Policy

_FIVE = Policy("five", 5, 600)
_LOCKING = Policy("locking", 5, 600, is_strict=True, first_lock=60, longest_lock=3600)
# In the middle of a window, so that no test crosses into the next by accident.
_START = 1_800_000_000.0 + 100


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that counts; a test moves it by changing the number."""
    now = [_START]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def _passes(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except TooMany:
        return False
    return True


def _count(ask: Callable[[], object], times: int) -> int:
    return sum(_passes(ask) for _ in range(times))


def _count_at_once(ask: Callable[[], object], times: int = 20) -> int:
    barrier = Barrier(times)

    def wait_and_ask(_: int) -> bool:
        barrier.wait()
        return _passes(ask)

    with ThreadPoolExecutor(times) as threads:
        return sum(threads.map(wait_and_ask, range(times)))


@pytest.mark.parametrize("round_", range(10))
def test_exactly_so_many_of_twenty_at_once_pass(round_: int) -> None:
    assert _count_at_once(lambda: counters.take(_FIVE, "a")) == 5


def test_exactly_so_many_at_the_edge_pass() -> None:
    twenty = Policy("twenty", 20, 600)
    assert _count(lambda: counters.take(twenty, "a"), 17) == 17
    assert _count_at_once(lambda: counters.take(twenty, "a")) == 3


@pytest.mark.parametrize("round_", range(10))
def test_no_more_tries_get_in_while_a_lock_begins(round_: int) -> None:
    assert _count_at_once(lambda: locks.enter(_LOCKING, "a")) == 5


def test_one_of_many_who_are_locked_out_at_once_turns_the_key() -> None:
    new: list[bool] = []

    def enter() -> None:
        try:
            locks.enter(_LOCKING, "a")
        except locks.Locked as error:
            new.append(error.is_new)
            raise

    _count_at_once(enter)
    assert sorted(new) == [False] * 14 + [True]


def test_subjects_and_policies_count_apart() -> None:
    for subject in ("a", "b"):
        for policy in (_FIVE, Policy("other", 5, 600)):
            assert _count(lambda: counters.take(policy, subject), 6) == 5  # noqa: B023  (called at once)


def test_what_is_left_is_told() -> None:
    assert [counters.take(_FIVE, "a").remaining for _ in range(5)] == [4, 3, 2, 1, 0]
    with pytest.raises(TooMany) as caught:
        counters.take(_FIVE, "a")
    assert caught.value.allowance is not None
    assert (caught.value.allowance.remaining, caught.value.allowance.policy) == (0, _FIVE)


def test_asking_again_and_again_does_not_make_it_last_longer(clock: list[float]) -> None:
    counters.take(_FIVE, "a")
    assert _count(lambda: counters.take(_FIVE, "a"), 500) == 4
    with pytest.raises(TooMany) as caught:
        counters.take(_FIVE, "a")
    clock[0] += caught.value.retry_after - 1
    assert not _passes(lambda: counters.take(_FIVE, "a"))
    clock[0] += 1
    assert _passes(lambda: counters.take(_FIVE, "a"))


def test_the_turn_of_a_window_lets_no_burst_through(clock: list[float]) -> None:
    clock[0] += 499
    assert _count(lambda: counters.take(_FIVE, "a"), 6) == 5
    clock[0] += 2
    assert not _passes(lambda: counters.take(_FIVE, "a"))


def test_never_more_than_the_limit_in_any_ten_minutes(clock: list[float]) -> None:
    passed = []
    for second in range(0, 4000, 7):
        clock[0] = _START + second
        if _passes(lambda: counters.take(_FIVE, "a")):
            passed.append(second)
    # Spread as they come, two fixed windows may let one more through than a log of moments would.
    most = max(sum(first <= each < first + 600 for each in passed) for first in passed)
    assert most <= 6
    assert len(passed) >= 5 * 4000 // 600 - 5


def test_given_back_is_as_if_never_taken() -> None:
    for _ in range(20):
        counters.take(_FIVE, "a")
        counters.give_back(_FIVE, "a")
    assert _count(lambda: counters.take(_FIVE, "a"), 6) == 5


def test_checking_counts_nothing() -> None:
    for _ in range(20):
        counters.check(_FIVE, "a")
    _count(lambda: counters.take(_FIVE, "a"), 5)
    assert not _passes(lambda: counters.check(_FIVE, "a"))


def test_locks_double_and_end(clock: list[float]) -> None:
    waits = []
    for _ in range(9):
        assert _count(lambda: locks.enter(_LOCKING, "a"), 5) == 5
        with pytest.raises(locks.Locked) as caught:
            locks.enter(_LOCKING, "a")
        waits.append(caught.value.retry_after)
        clock[0] += waits[-1] - 2
        assert not _passes(lambda: locks.enter(_LOCKING, "a"))
        clock[0] += 3
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_day_without_a_lock_begins_with_the_shortest(clock: list[float]) -> None:
    for _ in range(3):
        _count(lambda: locks.enter(_LOCKING, "a"), 6)
        clock[0] += 4000
    clock[0] += 90_000
    _count(lambda: locks.enter(_LOCKING, "a"), 5)
    with pytest.raises(locks.Locked) as caught:
        locks.enter(_LOCKING, "a")
    assert caught.value.retry_after == 60


def test_who_is_pardoned_begins_anew() -> None:
    _count(lambda: locks.enter(_LOCKING, "a"), 20)
    locks.pardon(_LOCKING, "a")
    assert _count(lambda: locks.enter(_LOCKING, "a"), 6) == 5


class BrokenMemory(CountingMemory):
    """As if there were no memory left."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        raise MemoryError

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        raise MemoryError


@pytest.fixture
def broken_cache(settings: Settings) -> None:
    broken = {"BACKEND": f"{__name__}.BrokenMemory", "LOCATION": "broken"}
    settings.CACHES = settings.CACHES | {"limits": broken}


@pytest.mark.usefixtures("broken_cache")
def test_without_the_cache_reads_pass_and_nobody_signs_in(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(counters._Complaint, "at", -60.0)
    assert counters.take(_FIVE, "a").remaining == 5
    counters.check(_FIVE, "a")
    counters.give_back(_FIVE, "a")
    with pytest.raises(Unavailable):
        counters.take(_LOCKING, "a")
    with pytest.raises(Unavailable):
        locks.enter(_LOCKING, "a")
    [said] = [record.getMessage() for record in caplog.records]
    assert "pass uncounted" in said


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("", "not an address", True),
    ],
)
def test_what_counts_as_one_client(first: str, second: str, is_one: bool) -> None:
    assert (find_block(first) == find_block(second)) is is_one


def test_so_many_subjects_do_not_push_one_out() -> None:
    _count(lambda: counters.take(_FIVE, "victim"), 5)
    for number in range(1000):
        counters.take(_FIVE, f"stranger-{number}")
    assert not _passes(lambda: counters.take(_FIVE, "victim"))
    assert caches["limits"]._max_entries == 200_000
