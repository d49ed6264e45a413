"""Counts against a policy, in the cache `limits`, which every thread and every process of it shares.

Adding one and reading the sum are one step of the cache, so of twenty at the edge exactly those pass that
there is room for. Who is refused gets their one back: asking again and again does not make it last longer.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import NamedTuple, cast

from django.core.cache import caches

from stack.accounts.limits.memory import CountingMemory
from stack.accounts.limits.shared import CountingRedis
from stack.core.errors import StackError, TooMany, Unavailable
from stack.core.limits import Allowance, Policy, describe_wait, find_wait, weigh
from stack.core.measures import count_refusal

_log = logging.getLogger(__name__)
_LOGGED_EVERY = 60.0

CountingCache = CountingMemory | CountingRedis


class _Window(NamedTuple):
    """Where the counts of a subject are, `elapsed` seconds into the current window."""

    key: str
    key_before: str
    elapsed: float


def take(policy: Policy, subject: str) -> Allowance:
    """Counts one more and says what is left. TooMany where that is nothing.

    `subject` is safe to stand in a cache key: a number, an address, a digest. When the cache fails, a strict
    policy raises Unavailable and any other lets everything through.
    """
    with surviving(policy):
        try:
            return _take(policy, subject)
        except TooMany:
            count_refusal(policy.name)
            raise
    return Allowance(policy, policy.limit, policy.seconds)


def check(policy: Policy, subject: str) -> int:
    """How much is used. TooMany where nothing is left; counts nothing."""
    with surviving(policy):
        return _check(policy, subject)
    return 0


def give_back(policy: Policy, subject: str) -> None:
    """Undoes one `take` of just now."""
    with surviving(policy):
        _take_away(open_cache(), _find_window(policy, subject).key)


def forget(policy: Policy, subject: str) -> None:
    """Counts from nothing again."""
    window = _find_window(policy, subject)
    with surviving(policy):
        open_cache().delete_many([window.key, window.key_before])


@contextmanager
def surviving(policy: Policy) -> Iterator[None]:
    """Around every use of the cache: when it fails, what is strict is Unavailable and the rest goes on."""
    try:
        yield
    except StackError:
        raise
    except Exception as error:
        _complain(policy, error)
        if policy.is_strict:
            raise Unavailable(
                "Nobody can sign in for the moment", remedy="Try again; the server's log says why."
            ) from None


def open_cache() -> CountingCache:
    return cast("CountingCache", caches["limits"])


def refuse(policy: Policy, *, wait: int) -> TooMany:
    """What whoever exceeds the policy is told; `wait` in seconds."""
    return TooMany(
        "Too many requests" if not policy.is_strict else "Too many tries",
        remedy=f"Wait {describe_wait(wait)}, then try again.",
        retry_after=wait,
        allowance=Allowance(policy, 0, wait),
    )


def _take(policy: Policy, subject: str) -> Allowance:
    window, cache = _find_window(policy, subject), open_cache()
    before, current = cache.add_one(window.key, window.key_before, 2 * policy.seconds)
    used = weigh(policy, before=before, current=current, elapsed=window.elapsed)
    if used > policy.limit:
        _take_away(cache, window.key)
        raise refuse(
            policy, wait=find_wait(policy, before=before, current=current - 1, elapsed=window.elapsed)
        )
    return Allowance(policy, policy.limit - used, ceil(policy.seconds - window.elapsed))


def _check(policy: Policy, subject: str) -> int:
    window, cache = _find_window(policy, subject), open_cache()
    found = cache.get_many([window.key_before, window.key])
    before, current = found.get(window.key_before, 0), found.get(window.key, 0)
    used = weigh(policy, before=before, current=current, elapsed=window.elapsed)
    if used >= policy.limit:
        raise refuse(policy, wait=find_wait(policy, before=before, current=current, elapsed=window.elapsed))
    return used


def _find_window(policy: Policy, subject: str) -> _Window:
    number, elapsed = divmod(time.time(), policy.seconds)
    name = f"{policy.name}:{subject}:"
    return _Window(f"{name}{number:.0f}", f"{name}{number - 1:.0f}", elapsed)


def _take_away(cache: CountingCache, key: str) -> None:
    try:
        cache.decr(key)
    except ValueError:
        # Its window has ended since.
        return


class _Complaint:
    """When it was last said that nothing can be counted: once a minute is enough."""

    at = -_LOGGED_EVERY


def _complain(policy: Policy, error: Exception) -> None:
    now = time.monotonic()
    if now - _Complaint.at >= _LOGGED_EVERY:
        _Complaint.at = now
        effect = "are refused" if policy.is_strict else "pass uncounted"
        _log.error("Limits cannot be counted (%s: %s): requests %s", type(error).__name__, error, effect)
