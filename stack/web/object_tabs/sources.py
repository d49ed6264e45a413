"""Who states the object, since when, and whose statement is shown."""

from stack.store.records import VersionRow
from stack.web.object_tabs.base import Context, Subject


def describe(subject: Subject) -> Context:
    """One row per source, with what it last said and whether that is what Stack shows."""
    sources: dict[int, list[VersionRow]] = {}
    for version in subject.versions:
        sources.setdefault(version.source_id, []).append(version)
    return {
        "sources": [
            {
                "name": rows[0].source,
                "newest": rows[0],
                "statements": len(rows),
                "first_received": min(row.first_received for row in rows),
                "last_received": max(row.last_received for row in rows),
                "is_shown": any(row.is_head for row in rows),
                "is_conflicting": any(row.is_conflicting for row in rows),
            }
            for rows in sources.values()
        ]
    }
