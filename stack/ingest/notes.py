"""Notes: what people of the own organisation add to an object, kept as STIX `note` objects (section 4.11).

A note is a statement by the source “Notes of <organisation>”. It inherits the markings of the object that
it is about and is never seen by more people than that object.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from uuid import UUID, uuid4

import orjson

from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import name_own_organisation
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput, FieldError, NotFound
from stack.ingest.base import Record
from stack.ingest.handling import narrow_to_object
from stack.ingest.preparing import prepare_records
from stack.stix.timestamps import format_instant
from stack.store.database import write_database
from stack.store.opening import record_opening
from stack.store.operations import ensure_source, write_statements
from stack.store.queries import find_objects, get_object, get_text, iterate_texts, list_neighbours
from stack.store.records import OWN_ALONE, Handling, ObjectRow, Statement
from stack.vault.operations import keyed_hash

LONGEST_CONTENT = 50_000
LONGEST_ABSTRACT = 300
_SOURCE_NAME = 200
_EDGE = "object_refs"
_STEPS = 20


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note as it stands. `author` is the name of who created it, empty where that is not to be seen."""

    row: ObjectRow
    abstract: str
    content: str
    author: str


@dataclass(frozen=True, slots=True)
class NotePage:
    rows: list[NoteRow]
    next: str | None


def add_note(
    principal: Principal, *, stix_id: str, content: str, abstract: str = "", handling: Handling = OWN_ALONE
) -> str:
    """Adds a note to an object and returns the note's id.

    `handling` can only narrow what the object itself allows. NotFound for an object that cannot be seen,
    BadInput for a text that is empty or too long.
    """
    principal.require(Permission.ANNOTATE)
    faults = tuple(_check_texts(content, abstract))
    if faults:
        raise BadInput("; ".join(f"{each.field}: {each.message}" for each in faults), errors=faults)
    row = get_object(principal, stix_id)
    if row is None:
        raise NotFound(f"There is no object {stix_id}", remedy="Check the id, or look the value up.")
    # Who may annotate may state notes, also with a key that may not ingest anything else.
    writer = replace(principal, permissions=principal.permissions | {Permission.INGEST})
    with write_database().write():
        inherited = narrow_to_object(principal, row.stix_id, handling)
        name = _name_organisation(principal)
        source = ensure_source(writer, name=f"Notes of {name}"[:_SOURCE_NAME], kind="notes", reliability=1)
        author = _state_author(writer, name=name, source_id=source.id)
        note = _write_note(row.stix_id, author, content=content.strip(), abstract=abstract.strip())
        write_statements(writer, statements=[note], source_id=source.id, handling=inherited)
        record_act(
            Act(
                "note.create",
                principal,
                object_kind="note",
                object_id=note.stix_id,
                after={"object": row.stix_id, "abstract": abstract.strip()},
            )
        )
    return note.stix_id


def list_notes(principal: Principal, stix_id: str, *, limit: int = 50, after: str | None = None) -> NotePage:
    """The notes about an object that the principal may see, by whomever, in the order of their receipt.

    NotFound for an object that cannot be seen. `after` is the `next` of the page before; a page of an object
    that much else refers to may have fewer notes than `limit` and a `next` all the same.
    """
    if get_object(principal, stix_id) is None:
        raise NotFound(f"There is no object {stix_id}", remedy="Check the id, or look the value up.")
    rows: list[ObjectRow] = []
    token = after
    for _ in range(_STEPS):
        # Reports refer to the object in the same way. Never more than is missing is read at a time, so that
        # what a step says about the next stays exact.
        page = list_neighbours(
            principal, stix_id, kind=_EDGE, direction="in", limit=limit - len(rows), after=token
        )
        rows += [edge.other for edge in page.rows if edge.other.type == "note"]
        token = page.next
        if token is None or len(rows) >= limit:
            break
    for row in rows:
        record_opening(principal, row)
    return NotePage(list(_describe_notes(principal, rows)), token)


def get_note(principal: Principal, note_id: str) -> NoteRow | None:
    row = get_object(principal, note_id)
    return None if row is None else next(_describe_notes(principal, [row]), None)


def _describe_notes(principal: Principal, rows: list[ObjectRow]) -> Iterator[NoteRow]:
    texts = iterate_texts(principal, object_ids=[row.id for row in rows])
    objects = {obj["id"].lower(): obj for obj in map(orjson.loads, texts)}
    authors = find_objects(principal, list({str(obj.get("created_by_ref", "")) for obj in objects.values()}))
    for row in rows:
        obj = objects.get(row.stix_id, {})
        author = authors.get(str(obj.get("created_by_ref", "")))
        yield NoteRow(
            row,
            abstract=str(obj.get("abstract", "")),
            content=str(obj.get("content", "")),
            author=author.name if author else "",
        )


def _check_texts(content: str, abstract: str) -> Iterator[FieldError]:
    if not content.strip():
        yield FieldError("content", "expected a text, got none")
    for name, text, longest in (
        ("content", content, LONGEST_CONTENT),
        ("abstract", abstract, LONGEST_ABSTRACT),
    ):
        if len(text) > longest:
            yield FieldError(name, f"expected at most {longest:,} characters, got {len(text):,}")
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in islice(text, longest)):
            yield FieldError(name, "expected text, got characters that are none (NUL or half a pair)")


def _name_organisation(principal: Principal) -> str:
    return name_own_organisation(principal) or f"organisation {principal.organisation_id}"


def _state_author(writer: Principal, *, name: str, source_id: int) -> str:
    """The id of the organisation's identity, stated when it is new or has another name.

    Only the organisation itself sees it: that it writes notes is nothing that others need to learn.
    """
    stix_id = identity_of(writer)
    text = get_text(writer, stix_id)
    before = orjson.loads(text) if text else None
    if before is None or before.get("name") != name:
        now = format_instant(now_us() // 1000 * 1000)
        identity = {
            "type": "identity",
            "spec_version": "2.1",
            "id": stix_id,
            "created": before["created"] if before else now,
            "modified": now,
            "name": name,
            "identity_class": "organization",
        }
        write_statements(writer, statements=[_state(identity)], source_id=source_id)
    return stix_id


def identity_of(principal: Principal) -> str:
    """The STIX id by which the principal's organisation signs what it states.

    It stays the same on this Stack, is another on every other, and cannot be guessed.
    """
    digest = bytes.fromhex(keyed_hash(str(principal.organisation_id), purpose="organisation-identity")[:32])
    return f"identity--{UUID(bytes=digest, version=4)}"


def _write_note(stix_id: str, author: str, *, content: str, abstract: str) -> Statement:
    now = format_instant(now_us() // 1000 * 1000)
    note = {
        "type": "note",
        "spec_version": "2.1",
        "id": f"note--{uuid4()}",
        "created_by_ref": author,
        "created": now,
        "modified": now,
        **({"abstract": abstract} if abstract else {}),
        "content": content,
        "object_refs": [stix_id],
    }
    return _state(note)


def _state(obj: Mapping[str, object]) -> Statement:
    """The statement, by the way that everything takes that comes in."""
    prepared = prepare_records([Record(0, orjson.dumps(obj))])
    if prepared.errors:
        raise BadInput(prepared.errors[0].message)
    return prepared.statements[0]
