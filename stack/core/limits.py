"""Limits by number and time: the arithmetic of a sliding window, and how an answer tells what is left.

The window slides over two fixed ones: what the one before counted weighs as much as of it is still inside.
That takes two numbers a subject, where a log of moments would take one each, and it lets no burst through at
the turn of a window as fixed windows do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Policy:
    """At most `limit` in any `seconds`. One that is strict refuses everything while nothing can be counted.

    With `first_lock`, whoever exceeds it is locked out for so many seconds, then for twice as many, up to
    `longest_lock`.
    """

    name: str
    limit: int
    seconds: int
    is_strict: bool = False
    first_lock: int = 0
    longest_lock: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a policy leaves to somebody: `remaining` until `reset` seconds from now."""

    policy: Policy
    remaining: int
    reset: int


def weigh(policy: Policy, *, before: int, current: int, elapsed: float) -> int:
    """How much is used, `elapsed` seconds into the current window; rounded up, never too little."""
    return ceil(before * (policy.seconds - elapsed) / policy.seconds) + current


def find_wait(policy: Policy, *, before: int, current: int, elapsed: float) -> int:
    """After how many seconds one more fits, if nothing else comes in between; at least 1."""
    room = policy.limit - 1 - current
    if room >= 0:
        wait = policy.seconds * (1 - room / max(before, 1)) - elapsed
    else:
        wait = policy.seconds - elapsed + policy.seconds * (1 - (policy.limit - 1) / current)
    return max(1, ceil(wait))


def find_lock(policy: Policy, *, level: int) -> int:
    """Seconds of the lock at its `level`, 1 for the first."""
    return int(min(policy.first_lock * 2 ** min(level - 1, 20), policy.longest_lock))


def describe_allowance(allowance: Allowance) -> Mapping[str, str]:
    """The headers of draft-ietf-httpapi-ratelimit-headers-10, and the older ones that most clients read."""
    policy = allowance.policy
    return {
        "RateLimit-Policy": f'"{policy.name}";q={policy.limit};w={policy.seconds}',
        "RateLimit": f'"{policy.name}";r={allowance.remaining};t={allowance.reset}',
        "RateLimit-Limit": str(policy.limit),
        "RateLimit-Remaining": str(allowance.remaining),
        "RateLimit-Reset": str(allowance.reset),
    }


def describe_wait(seconds: int) -> str:
    """`1 second`, `40 seconds`, `5 minutes`: rounded up, for people."""
    number, unit = (seconds, "second") if seconds <= 90 else (ceil(seconds / 60), "minute")
    return f"{number} {unit}" + ("s" if number != 1 else "")
