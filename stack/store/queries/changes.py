"""The change log: for people, what they may see of it; for the indexer, all of it."""

from collections.abc import Sequence

from stack.accounts.principal import Principal
from stack.stix.ids import format_id
from stack.store.access import read_audiences
from stack.store.database import read_database
from stack.store.queries.rows import open_view, read_row
from stack.store.records import ChangeKind, ChangeRow, HeadText, RecentChange

# To ask the enumeration costs more than all else of a row.
_KINDS = {int(kind): kind for kind in ChangeKind}


def last_change() -> int:
    """The end of the change log; 0 when nothing ever happened."""
    return read_database().last_id("store_change", "sequence")


def read_changes(after: int, limit: int) -> list[ChangeRow]:
    """Changes past `after` in commit order. A system read: it names objects, and shows nothing of them."""
    rows = read_database().read(
        "SELECT sequence, object_id, kind, at FROM store_change "
        "WHERE sequence > %s ORDER BY sequence LIMIT %s",
        [after, limit],
    )
    return [ChangeRow(sequence, object_id, _KINDS[kind], at) for sequence, object_id, kind, at in rows]


def read_heads(object_ids: Sequence[int]) -> list[HeadText]:
    """A system read for the indexer only: texts with the audience that the copy must carry."""
    database = read_database()
    sources: dict[int, list[int]] = {}
    for object_id, source_id in database.read_members(
        "SELECT DISTINCT object_id, source_id FROM store_version WHERE object_id {members}", list(object_ids)
    ):
        sources.setdefault(object_id, []).append(source_id)
    rows = database.read_members(
        "SELECT o.id, o.uuid, o.type, o.audience_id, t.body FROM store_object o "
        "LEFT JOIN store_text t ON t.id = o.head WHERE o.id {members}",
        list(object_ids),
    )
    rivals: dict[int, list[int]] = {}
    for face_id, audience_id in database.read_members(
        "SELECT face_id, audience_id FROM store_rival WHERE face_id {members}", list(object_ids)
    ):
        rivals.setdefault(face_id, []).append(audience_id)
    audiences = read_audiences(database)
    return [
        HeadText(
            object_id=row_id,
            stix_id=format_id(kind, bytes(uuid)),
            audience_id=audience_id,
            text=(body or "").encode("utf-8"),
            source_ids=tuple(sorted(sources.get(row_id, ()))),
            rival_ids=tuple(sorted(rivals.get(row_id, ()))),
            markings=() if audience_id is None else audiences[audience_id].markings,
        )
        for row_id, uuid, kind, audience_id, body in rows
    ]


def list_withdrawn(principal: Principal, *, after: int) -> list[int]:
    """Row ids of faces that changed past `after` and that the principal is not shown: a copy that has read up
    to there may still have them otherwise. New faces are left out, which no copy has yet."""
    view = open_view(principal)
    rows = view.read(
        "SELECT DISTINCT o.id FROM store_change c JOIN store_object o ON o.id = c.object_id "
        f"WHERE c.sequence > %s AND c.kind <> %s AND NOT COALESCE({view.sees('o')}, FALSE)",
        [after, int(ChangeKind.ADD)],
    )
    return [row[0] for row in rows]


def list_recent_changes(principal: Principal, *, limit: int = 20) -> list[RecentChange]:
    """The latest changes to objects that the principal may see, newest first."""
    view = open_view(principal)
    rows = view.read(
        f"SELECT c.sequence, c.kind, c.at, {view.columns('o')} FROM store_change c "
        f"JOIN store_object o ON o.id = c.object_id WHERE {view.sees('o')} AND c.kind <> %s "
        "ORDER BY c.sequence DESC LIMIT %s",
        [int(ChangeKind.INDEX), limit],
    )
    return [RecentChange(row[0], ChangeKind(row[1]), row[2], read_row(row, 3)) for row in rows]
