"""Redis, where STACK_REDIS names one: reachable, recent, and set up to forget and to refuse nothing."""

from collections.abc import Iterator
from typing import Any, Final

from stack.cli.doctor.base import Finding, State

_OLDEST: Final = 6
_NEARLY_FULL: Final = 0.9


def diagnose() -> Iterator[Finding]:
    from django.conf import settings

    if not settings.REDIS_URL:
        return
    from redis import RedisError

    from stack.core.redis_connection import open_redis

    client = open_redis(settings.REDIS_URL)
    try:
        told: dict[str, Any] = client.info()
    except (RedisError, OSError) as error:
        # The error's own words may repeat the address, and with it the password.
        remedy = "Start it, or correct STACK_REDIS. Until then jobs wait for the sweep, seconds each."
        yield Finding("redis", State.FAILED, f"does not answer: {type(error).__name__}", remedy)
        return
    yield _check_version(str(told.get("redis_version", "0")))
    yield from _check_settings(told)


def _check_version(version: str) -> Finding:
    if int(version.partition(".")[0]) < _OLDEST:
        return Finding("redis", State.FAILED, f"version {version}", "Upgrade it to 6.2 or newer.")
    return Finding("redis", State.OK, f"version {version} answers")


def _check_settings(told: dict[str, Any]) -> Iterator[Finding]:
    if not told.get("aof_enabled"):
        remedy = (
            "CONFIG SET appendonly yes, and the same in redis.conf: after a restart jobs wait for the sweep."
        )
        yield Finding("redis persistence", State.WARNING, "appendonly is off", remedy)
    else:
        yield Finding("redis persistence", State.OK, "appendonly is on")
    policy = str(told.get("maxmemory_policy", "noeviction"))
    if policy not in {"noeviction", "volatile-lru", "volatile-lfu", "volatile-ttl"}:
        remedy = "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf."
        detail = f"the eviction policy is {policy}: wake-ups and counts of limits may be thrown away"
        yield Finding("redis memory", State.WARNING, detail, remedy)
        return
    used, limit = int(told.get("used_memory", 0)), int(told.get("maxmemory", 0))
    if limit and used > _NEARLY_FULL * limit:
        remedy = "Raise maxmemory: a Redis that is full refuses writes."
        yield Finding("redis memory", State.WARNING, f"{used * 100 // limit} % of maxmemory in use", remedy)
    else:
        yield Finding("redis memory", State.OK, f"{used / 1e6:,.0f} MB in use, policy {policy}")
