"""Who may write: one at a time, by a row in the database, for as long as it is renewed.

A session lock would not survive a pooler between Stack and the database. A writer that was away for longer
than its lease may still have a request on the way; that one changes nothing, because every document carries
the place in the change log that it shows (see `writer`).
"""

import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError
from django.db.models import Q

from stack.core.clock import now_us
from stack.core.errors import Unavailable
from stack.search.models import IndexLease

LEASE_S = 15.0
_RENEW_EVERY_S = 3.0


class Lease:
    """Held by this writer until it is given back or lapses."""

    def __init__(self, index: str, holder: str) -> None:
        self._index = index
        self._holder = holder
        self._renewed = time.monotonic()

    def keep(self) -> None:
        """Renews now and then; Unavailable when another writer has taken over."""
        if time.monotonic() - self._renewed < _RENEW_EVERY_S:
            return
        if not _take(self._index, self._holder):
            raise Unavailable(
                "Another process has become the writer of the search index",
                remedy="Nothing is lost; it goes on where this one stopped.",
            )
        self._renewed = time.monotonic()


@contextmanager
def hold_lease(index: str) -> Iterator[Lease | None]:
    """The lease of an index, or None while another writer has it."""
    IndexLease.objects.get_or_create(pk=index)
    holder = secrets.token_hex(16)
    if not _take(index, holder):
        yield None
        return
    try:
        yield Lease(index, holder)
    finally:
        with suppress(DatabaseError):  # then it lapses by itself
            IndexLease.objects.filter(pk=index, holder=holder).update(holder="", until=0)


def forget_leases(indices: Iterable[str]) -> None:
    """Of copies that are gone."""
    IndexLease.objects.filter(pk__in=list(indices)).delete()


def _take(index: str, holder: str) -> bool:
    now = now_us()
    is_free = Q(holder=holder) | Q(until__lt=now)
    taken = IndexLease.objects.filter(is_free, pk=index).update(
        holder=holder, until=now + int(LEASE_S * 1_000_000)
    )
    return bool(taken)
