"""What became of the attempt that this process makes, noted where the row is written.

Reading the row afterwards would tell what the next worker does with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Noted:
    """The last word counts: a write that failed is followed by another one. An attempt without any lost its
    lease, or its process is ending."""

    def __init__(self) -> None:
        self.outcome = "lost"


_noted: ContextVar[Noted | None] = ContextVar("attempt_outcome", default=None)


@contextmanager
def noting_outcome() -> Iterator[Noted]:
    noted = Noted()
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def note_outcome(outcome: str) -> None:
    """done, failed, cancelled, dead, retried or released."""
    noted = _noted.get()
    if noted is not None:
        noted.outcome = outcome
