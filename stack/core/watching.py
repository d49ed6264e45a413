"""Spans and timings that belong together, to be put around a function or a block."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from stack.core import measures
from stack.core.tracing import span


@contextmanager
def watching_search(kind: str) -> Iterator[None]:
    """`kind`: search, lookup or suggest."""
    begun = time.perf_counter()
    with span(kind):
        try:
            yield
        finally:
            measures.time_search(kind, seconds=time.perf_counter() - begun)
