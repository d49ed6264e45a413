"""Keeps collections up with the change log: judges what changed, and gives new entries their dates.

Each collection has a cursor of its own, so that a new one is filled by reading the log from its beginning. It
stays behind the search index where a query feeds it. Whoever holds the collection's row writes; two runners
do no harm to each other.
"""

import logging
import threading
import time

from django.db import close_old_connections, connections, router

from stack.accounts.frequent import read_frequent
from stack.core.clock import now_us
from stack.core.errors import BadInput, Unavailable
from stack.jobs.leases import in_transaction
from stack.search.membership import finds_everything, indexed_up_to
from stack.sharing.collections.membership import judge_by_query, write_members
from stack.sharing.collections.models import Collection
from stack.store.database import Database, write_database
from stack.store.queries import last_change, read_changes
from stack.store.records import ChangeKind
from stack.store.selections.candidates import ended_embargoes, find_faces_of_audiences, read_candidates
from stack.store.selections.records import Candidate

_log = logging.getLogger(__name__)

# On SQLite everybody waits for a batch.
BATCH = 1_000
_POLL_S = 0.15
_BEHIND = (
    "SELECT id FROM collections_collection "
    "WHERE cursor < (SELECT COALESCE(MAX(sequence), 0) FROM store_change) ORDER BY id"
)
# How often somebody looks for embargoes that have ended.
_LOOK_EVERY_S = 1.0
_RETRY_S = 2.0


def follow_changes(stop: threading.Event) -> None:
    """Until `stop` is set. What cannot go on now, such as while the index is away, is tried again."""
    is_told = False
    looked_at = 0.0
    while not stop.is_set():
        pause = _POLL_S
        try:
            _take_changes(stop)
            if time.monotonic() - looked_at >= _LOOK_EVERY_S:
                _take_released()
                looked_at = time.monotonic()
            is_told = False
        except Unavailable as trouble:
            if not is_told:
                _log.warning("collections wait: %s", trouble.detail)
            is_told, pause = True, _RETRY_S
        close_old_connections()
        stop.wait(pause)


def catch_up() -> None:
    """Brings every collection as far as the change log, and for queries the index, has come."""
    _take_changes(threading.Event())
    _take_released()


def _take_changes(stop: threading.Event) -> None:
    behind = read_frequent(connections[router.db_for_write(Collection)], _BEHIND, [])
    end = last_change() if behind else 0
    for (collection_id,) in behind:
        while not stop.is_set() and _advance(collection_id, end):
            pass


def _take_released() -> None:
    """Lets those in whose embargo has ended since somebody looked."""
    now = now_us()
    database = write_database()
    rows = list(Collection.objects.filter(released_at__lt=now).values_list("pk", "released_at"))
    oldest = min((released_at for _, released_at in rows), default=now)
    if not ended_embargoes(database=database, after=oldest, until=now):
        return
    for collection_id, released_at in rows:
        if ended_embargoes(database=database, after=released_at, until=now):
            release_embargoed(collection_id, now)


def _advance(collection_id: int, end: int) -> bool:
    """Takes in one batch of changes; False when there is none for now, or the collection is gone."""
    row = Collection.objects.filter(pk=collection_id).first()
    if row is None:
        return False
    reach = end if not row.query or _finds_everything(row) else min(end, indexed_up_to())
    changes = [change for change in read_changes(row.cursor, BATCH) if change.sequence <= reach]
    if not changes:
        return False
    face_ids = list(dict.fromkeys(each.object_id for each in changes if each.kind is not ChangeKind.INDEX))
    database = write_database()
    faces = read_candidates(database, face_ids)
    found = _judge(row, database, faces)
    with in_transaction():
        locked = lock_collection(collection_id)
        if locked is None or (locked.cursor, locked.query) != (row.cursor, row.query):
            return locked is not None  # another process was faster, or the query is another now
        locked.cursor = changes[-1].sequence
        write_members(locked, database, faces, found)
    return True


def release_embargoed(collection_id: int, now: int) -> None:
    """Takes in what an embargo held back and holds back no more."""
    database = write_database()
    row = Collection.objects.filter(pk=collection_id).first()
    if row is None:
        return
    ended = ended_embargoes(database=database, after=row.released_at, until=now)
    face_ids = find_faces_of_audiences(database, ended)
    for start in range(0, len(face_ids), BATCH):
        refresh_faces(collection_id, face_ids[start : start + BATCH])
    Collection.objects.filter(pk=collection_id).update(released_at=now)


def refresh_faces(collection_id: int, face_ids: list[int]) -> None:
    """Judges these faces anew, whatever the log says."""
    database = write_database()
    row = Collection.objects.filter(pk=collection_id).first()
    if row is None:
        return
    faces = read_candidates(database, face_ids)
    found = _judge(row, database, faces)
    with in_transaction():
        locked = lock_collection(collection_id)
        if locked is not None:
            write_members(locked, database, faces, found)


def lock_collection(collection_id: int) -> Collection | None:
    """The row, which nobody else may change before this transaction ends."""
    rows = Collection.objects.select_related("organisation").select_for_update(of=("self",))
    return rows.filter(pk=collection_id).first()


def _judge(row: Collection, database: Database, faces: list[Candidate]) -> frozenset[int]:
    """A query that is none any more, as after an update of Stack, finds nothing; the log says so."""
    try:
        return judge_by_query(row, database, faces)
    except BadInput as fault:
        _log.warning("the query of collection %s cannot be read: %s", row.pk, fault.detail)
        return frozenset()


def _finds_everything(row: Collection) -> bool:
    try:
        return finds_everything(row.query)
    except BadInput:
        return True
