"""Writes of selections. Who calls holds a lock of the selection until the transaction ends, so that its dates
rise in commit order: who has read up to a date has read all that will ever be at or before it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count

from stack.core.clock import now_us
from stack.store.columns import COLUMNS
from stack.store.database import Database
from stack.store.selections.planning import Kept, Stated, plan_face


def refresh_entries(database: Database, *, selection_id: int, members: Mapping[int, bool], after: int) -> int:
    """Brings the entries of these faces up to date with the store, in their order. False: it is no member.

    `after` is the last date that the selection has given; returned is the last one now.
    """
    stated, types, audiences = _read_stated(database, [face for face, is_in in members.items() if is_in])
    kept = _read_kept(database, selection_id, list(members))
    dates = count(max(after + 1, now_us()))
    last = after
    rows: list[tuple[object, ...]] = []
    dropped: list[int] = []
    placed: list[tuple[int, int, int, int]] = []
    traces: list[tuple[int, int, int]] = []
    for face_id in members:
        plan = plan_face(stated.get(face_id, ()), kept.get(face_id, ()))
        for new in plan.added:
            last = next(dates)
            place = (int(new.is_last), int(new.is_first), 0, None)
            what = (face_id, new.version_id, audiences[face_id], types[face_id], new.version)
            rows.append((selection_id, last, *what, *place))
        if plan.trace is not None:
            last = next(dates)
            traces.append((last, selection_id, plan.trace))
        dropped += plan.dropped
        placed += [(int(is_last), int(is_first), selection_id, at) for at, is_last, is_first in plan.placed]
    _drop(database, selection_id, dropped)
    database.change(
        "UPDATE store_entry SET is_last = %s, is_first = %s WHERE selection_id = %s AND added_at = %s", placed
    )
    database.change(
        "UPDATE store_entry SET removed_at = %s, is_last = 0, is_first = 0 "
        "WHERE selection_id = %s AND added_at = %s",
        traces,
    )
    database.insert("store_entry", COLUMNS["store_entry"], rows)
    return last


def withhold_entries(database: Database, *, selection_id: int, added: Collection[int], after: int) -> int:
    """Takes these entries (by `added_at`) out, and keeps them out. Returns the last date now; who calls
    refreshes the faces, whose other versions may be the last or the first now."""
    dates = count(max(after + 1, now_us()))
    rows = [(next(dates), selection_id, at) for at in sorted(added)]
    database.change(
        "UPDATE store_entry SET removed_at = %s, is_withheld = 1, is_last = 0, is_first = 0 "
        "WHERE selection_id = %s AND added_at = %s",
        rows,
    )
    return rows[-1][0] if rows else after


def release_entries(database: Database, *, selection_id: int, face_ids: Sequence[int]) -> None:
    """Forgets what was withheld of these faces: they were put in anew."""
    found = _read_kept(database, selection_id, list(face_ids))
    _drop(
        database,
        selection_id,
        [entry.added_at for rows in found.values() for entry in rows if entry.is_withheld],
    )


def find_members(database: Database, *, selection_id: int, face_ids: Sequence[int]) -> frozenset[int]:
    """Those of the faces that have entries, withheld ones included, and were not removed as a whole."""
    found = _read_kept(database, selection_id, face_ids)
    return frozenset(
        face_id
        for face_id, rows in found.items()
        if any(entry.is_withheld or entry.removed_at is None for entry in rows)
    )


def drop_selection(database: Database, selection_id: int) -> None:
    """Forgets all entries and picks; what they stand for stays in the store."""
    database.change("DELETE FROM store_entry WHERE selection_id = %s", [(selection_id,)])
    database.change("DELETE FROM store_pick WHERE selection_id = %s", [(selection_id,)])


def _drop(database: Database, selection_id: int, added: Iterable[int]) -> None:
    database.change(
        "DELETE FROM store_entry WHERE selection_id = %s AND added_at = %s",
        [(selection_id, at) for at in added],
    )


def _read_stated(
    database: Database, face_ids: Sequence[int]
) -> tuple[dict[int, list[Stated]], dict[int, str], dict[int, int]]:
    """The versions of faces that have a head, their types and their audiences."""
    stated: dict[int, list[Stated]] = {}
    types: dict[int, str] = {}
    audiences: dict[int, int] = {}
    rows = database.read_members(
        "SELECT o.id, o.type, o.audience_id, o.head, o.created, v.id, v.modified, v.first_received, "
        "s.reliability, v.sha256 FROM store_object o JOIN store_version v ON v.object_id = o.id "
        "JOIN store_source s ON s.id = v.source_id WHERE o.head IS NOT NULL AND o.id {members}",
        face_ids,
    )
    for face_id, kind, audience_id, head, created, version_id, modified, received, *others in rows:
        reliability, sha256 = others
        types[face_id], audiences[face_id] = kind, audience_id
        stated.setdefault(face_id, []).append(
            Stated(version_id, modified, created, received, reliability, version_id == head, bytes(sha256))
        )
    return stated, types, audiences


def _read_kept(database: Database, selection_id: int, face_ids: Sequence[int]) -> dict[int, list[Kept]]:
    kept: dict[int, list[Kept]] = {}
    rows = database.read_members(
        "SELECT face_id, added_at, version_id, version, is_last, is_first, is_withheld, removed_at "
        "FROM store_entry WHERE +selection_id = %s AND face_id {members}",
        face_ids,
        [selection_id],
    )
    for face_id, added_at, version_id, version, is_last, is_first, is_withheld, removed_at in rows:
        kept.setdefault(face_id, []).append(
            Kept(added_at, version_id, version, bool(is_last), bool(is_first), bool(is_withheld), removed_at)
        )
    return kept
