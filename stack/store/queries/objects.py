"""Objects: one, many, a page of them, and their exact texts."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice

from stack.accounts.principal import Principal
from stack.core.errors import BadInput
from stack.stix.ids import parse_id
from stack.store.answers import remember
from stack.store.places import open_place, seal_place
from stack.store.queries.rows import View, find_visible, open_view, read_row, read_rows
from stack.store.reading import read_texts
from stack.store.records import ObjectPage, ObjectRow


def get_object(principal: Principal, stix_id: str) -> ObjectRow | None:
    """The head of one object; None when there is none that the principal may see."""
    view = open_view(principal)
    found = find_visible(view, stix_id)
    if found is None:
        return None
    rows = view.read(f"SELECT {view.columns('o')} FROM store_object o WHERE o.id = %s", [found.face_id])
    return read_row(rows[0])


def find_objects(principal: Principal, stix_ids: Sequence[str]) -> dict[str, ObjectRow]:
    """Heads by STIX id; absent are texts that are no id, and ids of nothing that the principal may see."""
    view = open_view(principal)
    uuids = []
    for stix_id in stix_ids:
        with suppress(ValueError):
            uuids.append(parse_id(stix_id).uuid)
    rows = view.read_members(
        f"SELECT {view.columns('o')} FROM store_object o WHERE o.uuid {{members}} AND {view.sees('o')}", uuids
    )
    wanted = set(stix_ids)
    return {row.stix_id: row for row in read_rows(rows) if row.stix_id in wanted}


def get_text(principal: Principal, stix_id: str, *, version: int | None = None) -> bytes | None:
    """The exact text of the head, or of one version (its row id) of the object."""
    view = open_view(principal)
    found = find_visible(view, stix_id)
    if found is None:
        return None
    head = found.head
    if version is not None:
        rows = view.read(
            "SELECT v.id FROM store_version v JOIN store_object o ON o.id = v.object_id "
            f"WHERE v.id = %s AND o.uuid = %s AND o.type = %s AND {view.counts('v')}",
            [version, *found.identity],
        )
        if not rows:
            return None
        head = version
    return read_texts(view.database, [head]).get(head)


def hydrate(principal: Principal, object_ids: Iterable[int]) -> dict[int, ObjectRow]:
    """Rows by row id. What the principal may not see, or what is gone, is absent: this is the recheck that
    every search hit passes."""
    view = open_view(principal)
    rows = view.read_members(
        f"SELECT {view.columns('o')} FROM store_object o WHERE o.id {{members}} AND {view.sees('o')}",
        list(object_ids),
    )
    return {row.id: row for row in read_rows(rows)}


def list_objects(
    principal: Principal, *, types: Sequence[str] = (), limit: int = 100, after: str | None = None
) -> ObjectPage:
    """A page of objects. One type: newest `modified` first. Otherwise: last received first.

    `after` is the `next` of the page before; BadInput when it is not.
    """
    view = open_view(principal)
    where = [view.sees("o")]
    parameters: list[object] = []
    if types:
        where.append("o.type IN (" + ",".join(["%s"] * len(types)) + ")")
        parameters += types
    total = _count_objects(view, principal, types)
    by_modified = len(types) == 1
    order = "o.modified DESC, o.id DESC" if by_modified else "o.id DESC"
    if after:
        modified, row_id = _read_token(after)
        if by_modified:
            where.append("(o.modified, o.id) < (%s, %s)")
            parameters += [modified, row_id]
        else:
            where.append("o.id < %s")
            parameters.append(row_id)
    rows = view.read(
        f"SELECT {view.columns('o')} FROM store_object o WHERE {' AND '.join(where)} "
        f"ORDER BY {order} LIMIT %s",
        [*parameters, limit + 1],
    )
    found = read_rows(rows[:limit])
    more = len(rows) > limit
    return ObjectPage(found, total, _write_token(found[-1]) if more else None)


def _count_objects(view: View, principal: Principal, types: Sequence[str]) -> int:
    """Of these types, or of all without any."""

    def count() -> int:
        chosen = f" AND o.type IN ({','.join(['%s'] * len(types))})" if types else ""
        [(found,)] = view.read(f"SELECT COUNT(*) FROM store_object o WHERE {view.sees('o')}{chosen}", types)
        return int(found)

    return remember(principal, name="count", arguments=sorted(set(types)), compute=count, shape=int)


def count_by_type(principal: Principal) -> dict[str, int]:
    """How many objects of each type the principal may see, the most frequent first."""
    view = open_view(principal)

    def count() -> dict[str, int]:
        rows = view.read(
            f"SELECT o.type, COUNT(*) FROM store_object o WHERE {view.sees('o')} "
            "GROUP BY o.type ORDER BY 2 DESC, 1"
        )
        return dict(rows)

    return remember(principal, name="types", arguments=None, compute=count, shape=dict[str, int])


def iterate_texts(
    principal: Principal,
    *,
    types: Sequence[str] = (),
    object_ids: Iterable[int] | None = None,
    chunk: int = 1000,
) -> Iterator[bytes]:
    """The exact texts of heads, as they came: all that the principal may see (in order of receipt), some
    types, or of the given row ids in their order. Reads `chunk` at a time."""
    view = open_view(principal)
    if object_ids is not None:
        yield from _iterate_chosen(view, iter(object_ids), types, chunk)
        return
    where = view.sees("o")
    if types:
        where += " AND o.type IN (" + ",".join(["%s"] * len(types)) + ")"
    last = 0
    while True:
        rows = view.read(
            "SELECT o.id, t.body FROM store_object o JOIN store_text t ON t.id = o.head "
            f"WHERE {where} AND o.id > %s ORDER BY o.id LIMIT %s",
            [*types, last, chunk],
        )
        for _, body in rows:
            yield body.encode("utf-8")
        if len(rows) < chunk:
            return
        last = rows[-1][0]


def _iterate_chosen(
    view: View, object_ids: Iterator[int], types: Sequence[str], chunk: int
) -> Iterator[bytes]:
    while ids := list(islice(object_ids, chunk)):
        rows = view.read_members(
            "SELECT o.id, o.type, t.body FROM store_object o JOIN store_text t ON t.id = o.head "
            f"WHERE o.id {{members}} AND {view.sees('o')}",
            ids,
        )
        bodies = {row_id: body for row_id, kind, body in rows if not types or kind in types}
        for row_id in ids:
            if row_id in bodies:
                yield bodies[row_id].encode("utf-8")


def _write_token(row: ObjectRow) -> str:
    return seal_place((row.modified or 0, row.id), purpose="objects")


def _read_token(token: str) -> tuple[int, int]:
    try:
        return open_place(token, tuple[int, int], purpose="objects")
    except ValueError:
        raise BadInput(
            f"“{token[:40]}” is no page of this list", remedy="Use the `next` of the page before, unchanged."
        ) from None
