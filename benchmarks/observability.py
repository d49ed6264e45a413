"""What it costs a request that it is counted, timed and, without a collector, not traced."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.http import HttpResponse
from django.test import RequestFactory

from benchmarks.figures import Figure
from stack.config.request_log import RequestLogMiddleware
from stack.core import measures

_ROUNDS = 20_000
_GOAL_US = 50.0


def run() -> list[Figure]:
    """Microseconds of CPU a request; the statements of SQL that it asks are each timed too."""
    request = RequestFactory().get("/")
    answer = RequestLogMiddleware(lambda _: HttpResponse())
    silent = _measure(lambda: answer(request))
    with tempfile.TemporaryDirectory() as folder:
        measures.start_measuring(Path(folder), identify=lambda: "web")
        counted = _measure(lambda: answer(request))
        query = _measure(lambda: measures.time_query("select", seconds=0.001))
        measures.stop_measuring()
    cost = counted - silent
    return [
        Figure("Metrics: cost of a request", cost, "µs", "goal", _GOAL_US, _GOAL_US / max(cost, 0.01)),
        Figure("Metrics: cost of a statement of SQL", query, "µs", "", None, None),
    ]


def _measure(work: Callable[[], object]) -> float:
    for _ in range(1000):
        work()
    begun = time.process_time()
    for _ in range(_ROUNDS):
        work()
    return (time.process_time() - begun) / _ROUNDS * 1e6
