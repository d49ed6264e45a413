"""Writes of search: saved look-ups, and building the index again."""

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from stack.accounts.principal import Permission, Principal
from stack.core.clock import now_us
from stack.core.errors import BadInput, NotFound, Unavailable
from stack.search.base import IndexWriter
from stack.search.choice import choose_backend
from stack.search.copying import copy_changes, read_cursor
from stack.search.models import SavedLookup
from stack.store.queries import last_change

LONGEST_LOOKUP = 4_000_000
_WAIT_S = 0.1
_ROUNDS = 4
_FEW = 2_000


class Busy(Unavailable):
    """Another process is the writer."""


def rebuild(*, timeout: float = 10.0, stop: threading.Event | None = None) -> int:
    """Builds the index anew beside the one in use, then switches; gives back how many documents it has.

    Until then searches are answered by the old one. Raises Busy when another process is the writer for longer
    than `timeout` seconds, and Unavailable when it was told to `stop`.
    """
    backend = choose_backend()
    _fill(backend.open_rebuild, timeout=timeout, stop=stop)
    return backend.count_documents()


def switch(name: str, *, timeout: float = 10.0) -> int:
    """Brings another copy up to the store and lets searches ask it; gives back how many documents it has.

    Raises NotFound where there is no such copy.
    """
    backend = choose_backend()
    _fill(lambda: backend.open_switch(name), timeout=timeout, stop=None)
    return backend.count_documents()


def _fill(
    open_writer: Callable[[], AbstractContextManager[IndexWriter | None]],
    *,
    timeout: float,
    stop: threading.Event | None,
) -> None:
    deadline = time.monotonic() + timeout
    while True:
        with open_writer() as writer:
            if writer:
                _copy_all(writer, stop)
        if writer:
            return
        if time.monotonic() > deadline:
            raise Busy("Another process is writing the search index", remedy="Try again in a moment.")
        time.sleep(_WAIT_S)


def _copy_all(writer: IndexWriter, stop: threading.Event | None) -> None:
    """What there is, and once more what came meanwhile; who writes without a pause is followed afterwards."""
    for _ in range(_ROUNDS):
        behind = last_change() - read_cursor(writer.cursor)
        copy_changes(writer, limit=max(behind, 0), stop=stop, is_unseen=True)
        if stop and stop.is_set():
            raise Unavailable("The index was not built to the end", remedy="It is begun anew.")
        if behind < _FEW:
            break


def save_lookup(principal: Principal, text: str) -> str:
    """Keeps pasted lines for the principal's organisation and gives back the id for `/lookup/<id>`."""
    principal.require(Permission.READ)
    if len(text) > LONGEST_LOOKUP:
        raise BadInput(
            f"The look-up has {len(text):,} characters; at most {LONGEST_LOOKUP:,} are kept",
            remedy="Look up fewer values at a time.",
        )
    row = SavedLookup.objects.create(
        id=secrets.token_urlsafe(12),
        text=text,
        created_at=now_us(),
        organisation_id=principal.organisation_id,
        user_id=principal.user_id,
    )
    return row.id


def load_lookup(principal: Principal, lookup_id: str) -> str:
    """The lines of a saved look-up; NotFound when it is not of the principal's organisation."""
    principal.require(Permission.READ)
    row = SavedLookup.objects.filter(pk=lookup_id, organisation_id=principal.organisation_id).first()
    if row is None:
        raise NotFound("There is no such look-up", remedy="Paste the values again.")
    return row.text
