"""The history of an object: every distinct statement, by whom, and why one of them is shown."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from stack.accounts.principal import Principal
from stack.store.queries.rows import View, find_visible, open_view
from stack.store.reading import is_same_content, read_texts
from stack.store.records import VersionRow

_WHY_SHOWN = "shown: revoked or newest, then most reliable, then lowest SHA-256"


def list_versions(principal: Principal, stix_id: str) -> list[VersionRow]:
    """Statements newest `modified` first, then by SHA-256; empty when the object is not visible."""
    view = open_view(principal)
    found = find_visible(view, stix_id)
    if found is None:
        return []
    head = found.head
    rows = view.read(
        "SELECT v.id, v.source_id, s.name, v.modified, v.sha256, v.first_received, v.last_received, "
        "v.times_received, s.reliability, v.redacted FROM store_object o "
        "JOIN store_version v ON v.object_id = o.id JOIN store_source s ON s.id = v.source_id "
        f"WHERE o.uuid = %s AND o.type = %s AND {view.counts('v')} "
        "ORDER BY COALESCE(v.modified, 0) DESC, v.sha256, v.id",
        list(found.identity),
    )
    digests = {row[0]: bytes(row[4]).hex() for row in rows} | _digest_renditions(view, rows)
    conflicting = _find_conflicts(view, rows, digests)
    shown = next((row for row in rows if row[0] == head), None)
    return [
        VersionRow(
            id=row[0],
            source_id=row[1],
            source=row[2],
            modified=row[3],
            sha256=digests[row[0]],
            first_received=row[5],
            last_received=row[6],
            times_received=row[7],
            is_head=row[0] == head,
            is_conflicting=row[3] in conflicting,
            reason=_explain(row, shown, digests, is_only=len(rows) == 1),
        )
        for row in rows
    ]


def _digest_renditions(view: View, rows: list[tuple[Any, ...]]) -> dict[int, str]:
    """Of what is shown in part, the SHA-256 of that part: the one of the whole would let others guess it."""
    texts = read_texts(view.database, [row[0] for row in rows if row[9]])
    return {version_id: sha256(text).hexdigest() for version_id, text in texts.items()}


def _find_conflicts(view: View, rows: list[tuple[Any, ...]], digests: Mapping[int, str]) -> set[int | None]:
    """The `modified` times under which statements differ in more than white space and the order of keys."""
    by_time: dict[int | None, dict[str, int]] = {}
    for version_id, _, _, modified, *_ in rows:
        by_time.setdefault(modified, {})[digests[version_id]] = version_id
    rivals = {modified: list(ids.values()) for modified, ids in by_time.items() if len(ids) > 1}
    texts = read_texts(view.database, [version_id for ids in rivals.values() for version_id in ids])
    return {
        modified
        for modified, (first, *others) in rivals.items()
        if any(not is_same_content(texts[first], texts[other]) for other in others)
    }


def _explain(
    row: tuple[Any, ...], shown: tuple[Any, ...] | None, digests: Mapping[int, str], *, is_only: bool
) -> str:
    """Why a statement is, or is not, the one that is shown."""
    if shown is None:
        return "another statement is shown"
    if row[0] == shown[0]:
        return "shown: the only statement" if is_only else _WHY_SHOWN
    if digests[row[0]] == digests[shown[0]]:
        return "says the same as the one shown"
    if row[3] != shown[3]:
        is_older = int(str(row[3] or 0)) < int(str(shown[3] or 0))
        return "older than the one shown" if is_older else "newer than the revocation, which is final"
    if int(str(row[8])) > int(str(shown[8])):
        return "same modified time, from a less reliable source"
    is_next = int(str(row[8])) == int(str(shown[8])) and bytes(row[4]) >= bytes(shown[4])
    return (
        "same modified time, and its SHA-256 is not the lowest"
        if is_next
        else "same modified time as the revocation, which is final"
    )
