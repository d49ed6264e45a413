"""Copies changes of the store into an index, and keeps the cursor that says how far.

The cursor is written after the index's commit: who was killed in between does some work again, which changes
nothing, since a document takes the place of the one of the same object.
"""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter

from django.db import connections, router

from stack.accounts.frequent import read_frequent
from stack.search.base import IndexWriter
from stack.search.documents import SearchDocument, make_document
from stack.search.models import IndexCursor
from stack.store.queries import read_changes, read_heads
from stack.store.records import HeadText

_log = logging.getLogger(__name__)

BATCH = 2_000
# Every commit is a segment to be merged later: far behind, or unseen, larger ones cost less.
_COMMIT_EVERY_S = 2.0
_COMMIT_UNSEEN_EVERY_S = 30.0


def copy_changes(
    writer: IndexWriter,
    *,
    limit: int | None = None,
    stop: threading.Event | None = None,
    is_unseen: bool = False,
) -> int:
    """Writes changes from the writer's cursor on; commits at the log's end, and on the way every two seconds.

    `is_unseen` says that nobody reads the copy before it is whole.
    """
    commit_every = _COMMIT_UNSEEN_EVERY_S if is_unseen else _COMMIT_EVERY_S
    read, cursor = 0, read_cursor(writer.cursor)
    committed = time.monotonic()
    while not (stop and stop.is_set()):
        batch = min(BATCH, limit - read) if limit is not None else BATCH
        changes = read_changes(cursor, batch) if batch else []
        if changes:
            cursor, read = changes[-1].sequence, read + len(changes)
            _write_objects(writer, (change.object_id for change in changes), cursor)
        is_end = len(changes) < batch or not batch
        if is_end or time.monotonic() - committed > commit_every:
            if read:
                writer.commit()
                save_cursor(writer.cursor, cursor, kept=writer.kept)
            committed = time.monotonic()
        if is_end:
            break
    return read


def read_cursor(name: str) -> int:
    """The last change that the copy has taken in; 0 for a copy that never did."""
    connection = connections[router.db_for_read(IndexCursor)]
    rows = read_frequent(connection, "SELECT sequence FROM search_indexcursor WHERE backend = %s", [name])
    return int(rows[0][0]) if rows else 0


def save_cursor(name: str, sequence: int, *, kept: frozenset[str]) -> None:
    """Moves the cursor; the first time for a copy, forgets those of copies that are gone: all but `kept`."""
    _, is_new = IndexCursor.objects.update_or_create(pk=name, defaults={"sequence": sequence})
    if is_new:
        kind = name.partition(" ")[0]
        IndexCursor.objects.filter(pk__startswith=f"{kind} ").exclude(pk__in=kept | {name}).delete()


def _write_objects(writer: IndexWriter, object_ids: Iterable[int], sequence: int) -> None:
    wanted = list(dict.fromkeys(object_ids))
    heads = sorted(read_heads(wanted), key=attrgetter("object_id"))
    shown = [head for head in heads if head.text and head.audience_id is not None]
    # One document at a time: thousands alive at once cost the garbage collector a fifth of all the work.
    writer.write(_read_document(head, sequence) for head in shown)
    writer.delete(list(set(wanted) - {head.object_id for head in shown}), sequence=sequence)


def _read_document(head: HeadText, sequence: int) -> SearchDocument:
    """An object that cannot be read is found by its id and type only: it must not hold up all others."""
    try:
        return make_document(head, sequence=sequence)
    except Exception:  # whatever it is, the next object is not to blame
        _log.exception("%s cannot be read for the index", head.stix_id)
        kind = head.stix_id.partition("--")[0]
        return make_document(replace(head, text=b'{"type":"%s"}' % kind.encode()), sequence=sequence)
