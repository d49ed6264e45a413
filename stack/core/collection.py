"""The garbage collector, kept out of work that it cannot help."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Work that makes thousands of objects and drops them all: nothing looks for cycles among them meanwhile.

    Where the collector runs in the midst of that, it looks again and again at what is still in use, and takes
    a third of the time. For work of a second at most; safe to nest, and in several threads.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
