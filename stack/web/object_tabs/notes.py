"""What people noted about the object, and the form for another note."""

from stack.accounts.principal import Permission
from stack.ingest.notes import LONGEST_ABSTRACT, LONGEST_CONTENT, list_notes
from stack.store.records import NeighbourCount
from stack.web.links import change_query, next_page, object_url
from stack.web.marking_picker import pick_for_note
from stack.web.object_tabs.base import Context, Subject
from stack.web.prose import read_prose

_PAGE = 50


def describe(subject: Subject) -> Context:
    after = subject.asked.get("after") or None
    page = list_notes(subject.principal, subject.stix_id, limit=_PAGE, after=after)
    may_annotate = Permission.ANNOTATE in subject.principal.permissions
    total = count_notes(subject.counts)
    return {
        "notes": [
            {"note": note, "content": read_prose(note.content), "url": object_url(note.row.stix_id)}
            for note in page.rows
        ],
        "note_total": total,
        "note_text": f"Showing {len(page.rows):,} of {total:,}",
        "next_url": next_page(subject.asked, page.next),
        "first_url": change_query(subject.asked, {}) or "?" if after else "",
        "may_annotate": may_annotate,
        "note_picker": pick_for_note(subject.principal, subject.stix_id) if may_annotate else None,
        "longest_content": LONGEST_CONTENT,
        "longest_abstract": LONGEST_ABSTRACT,
    }


def count_notes(counts: list[NeighbourCount]) -> int:
    return sum(
        each.count
        for each in counts
        if (each.kind, each.direction, each.type) == ("object_refs", "in", "note")
    )
