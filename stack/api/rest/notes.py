"""`/objects/{id}/notes`: what people noted about an object."""

from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.handling import HANDLING_EXAMPLE, HandlingBody
from stack.api.rest.parameters import NO_NUL, After, Limit, StixId
from stack.api.rest.wire import instant
from stack.core.errors import NotFound
from stack.ingest import notes

_NOTE_EXAMPLE: dict[str, Any] = {
    "id": "note--0b6a3f0e-5a53-4f0e-8c43-6f7e8c7d0a11",
    "abstract": "Seen at a customer",
    "content": "The loader was delivered by a shared document on 3 March.",
    "author": "Analysts",
    "created": "2026-11-23T09:30:00Z",
    "modified": "2026-11-23T09:30:00Z",
    "tlp": "amber",
    "revoked": False,
}
router = Router(tags=["notes"])


class NoteItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_NOTE_EXAMPLE]})

    id: str = Field(description="STIX id of the note, which is an object like any other")
    abstract: str
    content: str
    author: str = Field(description="Who created it; empty where that is nothing that you may see")
    created: datetime | None
    modified: datetime | None
    tlp: str | None
    revoked: bool


class NoteList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_NOTE_EXAMPLE], "next": None}]})

    items: list[NoteItem]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last")


class NoteDraft(HandlingBody):
    """A note, and how it is to be narrower than its object."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [HANDLING_EXAMPLE | {name: _NOTE_EXAMPLE[name] for name in ("content", "abstract")}]
        },
    )

    content: str = Field(min_length=1, max_length=notes.LONGEST_CONTENT, pattern=NO_NUL)
    abstract: str = Field("", max_length=notes.LONGEST_ABSTRACT, pattern=NO_NUL)


@router.get("/objects/{stix_id}/notes", response=NoteList, auth=Needs(Permission.READ))
def list_notes(request: ApiRequest, stix_id: StixId, *, limit: Limit = 100, after: After = None) -> NoteList:
    """The notes about an object, by whomever, of those that you may see."""
    page = notes.list_notes(request.auth, stix_id, limit=limit, after=after)
    return NoteList(items=[_note_item(row) for row in page.rows], next=page.next)


@router.post(
    "/objects/{stix_id}/notes",
    response={201: NoteItem},
    auth=Needs(Permission.ANNOTATE, also=Permission.READ),
)
def add_note(request: ApiRequest, stix_id: StixId, body: NoteDraft) -> NoteItem:
    """Adds a note. It inherits all markings of the object: who may not see that does not see the note."""
    note_id = notes.add_note(
        request.auth,
        stix_id=stix_id,
        content=body.content,
        abstract=body.abstract,
        handling=body.read(request.auth),
    )
    note = notes.get_note(request.auth, note_id)
    if note is None:
        raise NotFound(
            f"{note_id} is kept, and marked so that you do not see it", remedy="Ask who is cleared for it."
        )
    return _note_item(note)


def _note_item(note: notes.NoteRow) -> NoteItem:
    return NoteItem(
        id=note.row.stix_id,
        abstract=note.abstract,
        content=note.content,
        author=note.author,
        created=instant(note.row.created),
        modified=instant(note.row.modified),
        tlp=note.row.tlp or None,
        revoked=note.row.revoked,
    )
