"""All statements of an object, and the difference between two of them."""

from typing import Any

import orjson

from stack.stix.timestamps import format_instant
from stack.store.queries import get_text
from stack.store.records import VersionRow
from stack.web.answers import Sheet
from stack.web.differences import list_differences
from stack.web.object_tabs.base import Context, Subject

_COLUMNS = (
    "version",
    "source",
    "modified",
    "first_received",
    "last_received",
    "times_received",
    "sha256",
    "is_head",
    "is_conflicting",
    "reason",
)
_MOST_COMPARED = 10


def describe(subject: Subject) -> Context:
    """All statements, and the difference between two: those chosen, or the head and what was said before."""
    versions = subject.versions
    known = {str(version.id): version for version in versions}
    newer = known.get(subject.asked.get("to", "")) or next((row for row in versions if row.is_head), None)
    older = known.get(subject.asked.get("from", ""))
    candidates = [older] if older else _order_candidates(versions, newer)
    changes = None
    if newer:
        text = _decode(subject, newer)
        for older in candidates:
            changes = list_differences(_decode(subject, older), text)
            if changes:
                break
    return {"versions": versions, "older": older, "newer": newer, "changes": changes}


def _order_candidates(versions: list[VersionRow], newer: VersionRow | None) -> list[VersionRow]:
    """What the head may be compared with, nearest first: the list is newest first. The first that says
    something else is taken."""
    if newer is None:
        return []
    at = versions.index(newer)
    return [*versions[at + 1 :], *reversed(versions[:at])][:_MOST_COMPARED]


def _decode(subject: Subject, version: VersionRow) -> Any:
    return orjson.loads(get_text(subject.principal, subject.stix_id, version=version.id) or b"{}")


def write_sheet(subject: Subject, form: str) -> Sheet:
    return Sheet(_COLUMNS, map(_write_version, subject.versions), {})


def _write_version(row: VersionRow) -> tuple[Any, ...]:
    times = [
        None if at is None else format_instant(at)
        for at in (row.modified, row.first_received, row.last_received)
    ]
    return (
        row.id,
        row.source,
        *times,
        row.times_received,
        row.sha256,
        row.is_head,
        row.is_conflicting,
        row.reason,
    )
