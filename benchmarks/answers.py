"""Counts at a million objects: worked out at each request, and kept until the next change.

With `STACK_TEST_REDIS` also kept in Redis, as several web processes do.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator

from django.conf import settings

from benchmarks.figures import Figure
from benchmarks.filled_store import fill_store, name_count
from stack.accounts.principal import Principal
from stack.store.answers import forget_answers
from stack.store.queries import count_by_type, list_objects, list_sources

_ROUNDS = 7
_QUESTIONS: dict[str, Callable[[Principal], object]] = {
    "list of sources": list_sources,
    "page of 100 objects with their total": lambda principal: list_objects(principal, limit=100),
    "objects by type": count_by_type,
}


def run() -> list[Figure]:
    principal = fill_store().principal
    figures = [*_measure(principal, "in the process")]
    if os.environ.get("STACK_TEST_REDIS"):
        settings.REDIS_URL = f"{os.environ['STACK_TEST_REDIS']}/255"
        figures += _measure(principal, "in Redis")
        settings.REDIS_URL = ""
    return figures


def _measure(principal: Principal, place: str) -> Iterator[Figure]:
    for name, ask in _QUESTIONS.items():
        worked_out, kept = [], []
        for _ in range(_ROUNDS):
            _forget()
            worked_out.append(_time(ask, principal))
            kept.append(_time(ask, principal))
        value, baseline = statistics.median(kept), statistics.median(worked_out)
        title = f"answers: {name}, kept {place}, {name_count()}"
        yield Figure(title, value, "ms", "worked out", baseline, baseline / value)


def _forget() -> None:
    forget_answers()
    if settings.REDIS_URL:
        from stack.core.redis_connection import open_redis

        open_redis(settings.REDIS_URL).flushdb()


def _time(ask: Callable[[Principal], object], principal: Principal) -> float:
    start = time.perf_counter()
    ask(principal)
    return (time.perf_counter() - start) * 1000
