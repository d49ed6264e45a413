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


def describe(subject: Subject) -> Context:
    """All statements, and the difference between two: those chosen, or the head and the one before."""
    versions = subject.versions
    known = {str(version.id): version for version in versions}
    newer = known.get(subject.asked.get("to", "")) or next((row for row in versions if row.is_head), None)
    older = known.get(subject.asked.get("from", "")) or _find_older(versions, newer)
    changes = None
    if newer and older:
        texts = [get_text(subject.principal, subject.stix_id, version=row.id) for row in (older, newer)]
        changes = list_differences(*(orjson.loads(text or b"{}") for text in texts))
    return {"versions": versions, "older": older, "newer": newer, "changes": changes}


def _find_older(versions: list[VersionRow], newer: VersionRow | None) -> VersionRow | None:
    """The next statement in the list, which is newest first; for the last one, the one above it."""
    if newer is None or len(versions) < 2:
        return None
    at = versions.index(newer)
    return versions[at + 1] if at + 1 < len(versions) else versions[at - 1]


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
