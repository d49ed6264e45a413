"""Locks: whoever exceeds a policy is shut out for a time that doubles with each time, and never for ever."""

import time

from stack.accounts.limits.counters import forget, give_back, open_cache, refuse, surviving, take
from stack.core.errors import TooMany
from stack.core.limits import Policy, find_lock

# So long after its last lock, a subject begins with the shortest again.
_REMEMBERED = 86_400


class Locked(TooMany):
    """Shut out; `is_new` for the one who turned the key, so that an event is raised once a lock."""

    is_new = False


def enter(policy: Policy, subject: str) -> None:
    """Counts a try. Locked while a lock holds, and when this try is one too many, which begins a lock."""
    level = 0
    with surviving(policy):
        # In this order: whoever finds the level of a new lock finds the lock too.
        level = _find_level(policy, subject)
        left = _find_rest(policy, subject)
        if left > 0:
            raise _lock_out(policy, left)
    try:
        take(policy, _name_counter(subject, level))
    except TooMany:
        with surviving(policy):
            raise _begin(policy, subject, level) from None


def leave(policy: Policy, subject: str) -> None:
    """The try of just now is not counted."""
    with surviving(policy):
        give_back(policy, _name_counter(subject, _find_level(policy, subject)))


def pardon(policy: Policy, subject: str) -> None:
    """The owner has shown that it is them: tries and locks of before are forgotten."""
    with surviving(policy):
        for level in range(_find_level(policy, subject) + 1):
            forget(policy, _name_counter(subject, level))
        open_cache().delete_many([_name_lock(policy, subject), _name_level(policy, subject)])


def _begin(policy: Policy, subject: str, level: int) -> Locked:
    cache = open_cache()
    seconds = find_lock(policy, level=level + 1)
    # Of several at once, whose lock stands decides on the level; the others find it.
    if not cache.add(_name_lock(policy, subject), time.time() + seconds, timeout=seconds):
        return _lock_out(policy, max(_find_rest(policy, subject), 1))
    cache.set(_name_level(policy, subject), level + 1, timeout=_REMEMBERED)
    locked = _lock_out(policy, seconds)
    locked.is_new = True
    return locked


def _find_level(policy: Policy, subject: str) -> int:
    return int(open_cache().get(_name_level(policy, subject), 0))


def _find_rest(policy: Policy, subject: str) -> int:
    until = open_cache().get(_name_lock(policy, subject))
    return int(until - time.time()) + 1 if isinstance(until, float) and until > time.time() else 0


def _lock_out(policy: Policy, wait: int) -> Locked:
    error = refuse(policy, wait=wait)
    return Locked(error.detail, remedy=error.remedy, retry_after=wait, allowance=error.allowance)


def _name_lock(policy: Policy, subject: str) -> str:
    return f"{policy.name}:{subject}:locked"


def _name_level(policy: Policy, subject: str) -> str:
    return f"{policy.name}:{subject}:level"


def _name_counter(subject: str, level: int) -> str:
    # Each level counts anew: the window of before a lock would otherwise go on where the lock ends.
    return f"{subject}-{level}"
