"""Reads of selections, each for a principal: pages by date, versions, what was removed, how many."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from stack.accounts.principal import Principal
from stack.stix.ids import format_id, parse_id
from stack.store.answers import remember
from stack.store.database import read_database
from stack.store.queries.rows import View, open_view
from stack.store.selections.records import Entry, EntryFilter, EntryPage, RemovedEntry, TextPage

_LAST = EntryFilter()
_TYPE_PLACE = "k"


def read_entries(
    principal: Principal,
    selection_id: int,
    *,
    after: int = 0,
    limit: int = 1000,
    chosen: EntryFilter = _LAST,
    with_text: bool = True,
) -> EntryPage:
    """Up to `limit` entries with a later date than `after`, in the order of their dates."""
    view = open_view(principal)
    columns = "e.added_at, o.type, o.uuid, e.version"
    rows = _read_page(
        view, selection_id, columns, after=after, limit=limit, chosen=chosen, with_text=with_text
    )
    entries = [
        Entry(at, format_id(kind, bytes(uuid)), version, _bytes_of(body[0]) if body else b"")
        for at, kind, uuid, version, *body in rows[:limit]
    ]
    return EntryPage(entries, len(rows) > limit)


def read_texts(
    principal: Principal,
    selection_id: int,
    *,
    after: int = 0,
    limit: int = 1000,
    chosen: EntryFilter = _LAST,
) -> TextPage:
    """The same, for those who want nothing but the texts: the path of TAXII's largest answers."""
    view = open_view(principal)
    rows = _read_page(
        view, selection_id, "e.added_at", after=after, limit=limit, chosen=chosen, with_text=True
    )
    has_more = len(rows) > limit
    if has_more:
        del rows[limit:]
    if not rows:
        return TextPage([], 0, 0, has_more=False)
    return TextPage([_bytes_of(body) for _, body in rows], rows[0][0], rows[-1][0], has_more)


def list_versions(
    principal: Principal, selection_id: int, stix_id: str, *, after: int = 0, limit: int = 1000
) -> list[tuple[int, int]]:
    """The date and the version of every entry of an object, in the order of their dates."""
    page = read_entries(
        principal,
        selection_id,
        after=after,
        limit=limit,
        chosen=EntryFilter(stix_ids=(stix_id,), every=True),
        with_text=False,
    )
    return [(entry.added_at, entry.version) for entry in page.entries]


def read_removed(
    principal: Principal, selection_id: int, *, after: int, limit: int = 1000
) -> list[RemovedEntry]:
    """Objects that left after this date and are not back, for whoever could see them while they were in."""
    view = open_view(principal)
    rows = view.read(
        "SELECT e.removed_at, o.type, o.uuid FROM store_entry e JOIN store_object o ON o.id = e.face_id "
        f"WHERE e.selection_id = %s AND e.removed_at > %s AND {view.may_see('e.audience_id')} "
        "AND NOT EXISTS (SELECT 1 FROM store_object b JOIN store_entry f "
        "ON f.face_id = b.id AND +f.selection_id = e.selection_id AND f.removed_at IS NULL "
        "JOIN store_version w ON w.id = f.version_id AND w.object_id = f.face_id "
        f"WHERE b.uuid = o.uuid AND b.type = o.type AND {view.may_see('w.audience_id')}) "
        "ORDER BY e.removed_at LIMIT %s",
        [selection_id, after, limit],
    )
    return [RemovedEntry(at, format_id(kind, bytes(uuid))) for at, kind, uuid in rows]


def count_entries(principal: Principal, selection_id: int) -> int:
    """How many objects of the selection the principal may see, each once."""
    view = open_view(principal)

    def count() -> int:
        sql, parameters = _select(view, selection_id, "COUNT(*)", after=0, chosen=_LAST, with_text=False)
        [(found,)] = view.read(sql, parameters)
        return int(found)

    arguments = [selection_id, last_date(selection_id)]
    return remember(principal, name="entries", arguments=arguments, compute=count, shape=int)


def newest_date(principal: Principal, selection_id: int) -> int:
    """When the newest of the entries came in that the principal may see; 0 where there is none."""
    view = open_view(principal)
    sql, parameters = _select(view, selection_id, "e.added_at", after=0, chosen=_LAST, with_text=False)
    rows = view.read(f"{sql} ORDER BY e.added_at DESC LIMIT 1", parameters)
    return int(rows[0][0]) if rows else 0


def last_date(selection_id: int) -> int:
    """The newest date that the selection has given to an entry or to a removal; 0 for an empty one. A system
    read, for cursors and kept answers: it tells of what a principal may not see, and is shown to nobody."""
    [(added, removed)] = read_database().read(
        "SELECT (SELECT MAX(added_at) FROM store_entry WHERE selection_id = %s), "
        "(SELECT MAX(removed_at) FROM store_entry WHERE selection_id = %s AND removed_at IS NOT NULL)",
        [selection_id, selection_id],
    )
    return max(added or 0, removed or 0)


def _bytes_of(body: str | bytes) -> bytes:
    return body if isinstance(body, bytes) else body.encode()


def _read_page(
    view: View,
    selection_id: int,
    columns: str,
    *,
    after: int,
    limit: int,
    chosen: EntryFilter,
    with_text: bool,
) -> list[tuple[Any, ...]]:
    """One row more than `limit` where there is one."""
    faces = _find_faces(view, chosen.stix_ids)
    if chosen.stix_ids and not faces:
        return []
    sql, parameters = _select(
        view, selection_id, columns, after=after, chosen=chosen, with_text=with_text, faces=faces
    )
    date = f"{_place_of(chosen, faces)}.added_at"
    return view.read(f"{sql} ORDER BY {date} LIMIT %s", [*parameters, limit + 1])


def _select(
    view: View,
    selection_id: int,
    columns: str,
    *,
    after: int,
    chosen: EntryFilter,
    with_text: bool,
    faces: Sequence[int] = (),
) -> tuple[str, list[object]]:
    tables = "store_entry e"
    place = _place_of(chosen, faces)
    where = [f"{place}.selection_id = %s", f"{place}.added_at > %s", "e.removed_at IS NULL"]
    where.append(_is_seen(view))
    if place == _TYPE_PLACE:
        tables = f"store_entry {place} CROSS JOIN {tables}"
        where += [f"e.selection_id = {place}.selection_id", f"e.added_at = {place}.added_at"]
    parameters: list[object] = [selection_id, after]
    if with_text:
        tables += " JOIN store_text t ON t.id = e.version_id"
        columns += f", {view.database.as_bytes('t.body')}"
    if view.is_split or "o." in columns:
        tables += " JOIN store_object o ON o.id = e.face_id"
    for column, values in (("e.face_id", faces), (f"{place}.type", chosen.types)):
        if values:
            where.append(f"{column} IN ({','.join(['%s'] * len(values))})")
            parameters += values
    versions, instants = _choose_versions(view, chosen)
    where.append(versions)
    parameters += instants
    return f"SELECT {columns} FROM {tables} WHERE {' AND '.join(where)}", parameters


def _is_seen(view: View) -> str:
    """The version is still one of its face (none that was taken back, or has another audience now), and one
    that may be seen. With the offset PostgreSQL asks for each entry: it would take the join for one that
    finds one row, and read the whole selection before it sorts a page out of it."""
    return (
        "EXISTS (SELECT 1 FROM store_version v WHERE v.id = e.version_id AND v.object_id = e.face_id "
        f"AND {view.may_see('v.audience_id')} LIMIT 1 OFFSET 0)"
    )


def _place_of(chosen: EntryFilter, faces: Sequence[int]) -> str:
    """What entries are found by, as SQLite would not choose by itself: a few objects (a plus sign keeps it
    off the dates of the whole selection), one type (its index has them by date), or the dates."""
    if faces:
        return "+e"
    return _TYPE_PLACE if len(chosen.types) == 1 else "e"


def _choose_versions(view: View, chosen: EntryFilter) -> tuple[str, list[object]]:
    """The rule of `EntryFilter` in SQL. Where several faces can be seen, each version counts once."""
    if chosen.last and not (chosen.first or chosen.every or chosen.instants):
        return ("e.is_last = 1" + (f" AND {view.sees('o')}" if view.is_split else "")), []
    once = f" AND {_comes_first(view)}" if view.is_split else ""
    if chosen.every:
        return f"1 = 1{once}", []
    ways = []
    if chosen.last:
        ways.append("e.is_last = 1" + (f" AND {view.sees('o')}" if view.is_split else ""))
    if chosen.first:
        ways.append("e.is_first = 1" + (f" AND {_is_oldest(view)}" if view.is_split else ""))
    if chosen.instants:
        ways.append(f"e.version IN ({','.join(['%s'] * len(chosen.instants))})")
    return f"({' OR '.join(ways) or '1 = 0'}){once}", list(chosen.instants)


def _comes_first(view: View) -> str:
    """No other face that can be seen, and that comes before, has an entry of the same version."""
    return (
        "NOT EXISTS (SELECT 1 FROM store_rival r JOIN store_object b ON b.uuid = o.uuid AND b.type = o.type "
        "AND b.audience_id = r.audience_id JOIN store_entry f ON +f.selection_id = e.selection_id "
        "AND f.face_id = b.id AND f.version = e.version AND f.removed_at IS NULL "
        "JOIN store_version w ON w.id = f.version_id AND w.object_id = f.face_id "
        f"WHERE r.face_id = o.id AND {view.may_see('w.audience_id')})"
    )


def _is_oldest(view: View) -> str:
    """No other face that can be seen has an entry of an older version."""
    return (
        "NOT EXISTS (SELECT 1 FROM store_object b JOIN store_entry f ON +f.selection_id = e.selection_id "
        "AND f.face_id = b.id AND f.version < e.version AND f.removed_at IS NULL "
        "JOIN store_version w ON w.id = f.version_id AND w.object_id = f.face_id "
        f"WHERE b.uuid = o.uuid AND b.type = o.type AND b.id <> o.id AND {view.may_see('w.audience_id')})"
    )


def _find_faces(view: View, stix_ids: Sequence[str]) -> list[int]:
    """The faces of those ids that there are."""
    wanted = set()
    for stix_id in stix_ids:
        with suppress(ValueError):
            parsed = parse_id(stix_id)
            wanted.add((parsed.uuid, parsed.type))
    rows = view.read_members(
        "SELECT o.uuid, o.type, o.id FROM store_object o WHERE o.uuid {members}",
        sorted({uuid for uuid, _ in wanted}),
    )
    return [row_id for uuid, kind, row_id in rows if (bytes(uuid), kind) in wanted]
