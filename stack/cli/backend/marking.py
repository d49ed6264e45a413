"""Markings and notes for the command line: of this data folder, or of a server through its REST API."""

import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from stack.cli.backend.choice import is_remote, read_token, start_local
from stack.cli.backend.records import HandlingFields

_PAGE = 500


def read_access(stix_id: str) -> dict[str, Any]:
    """Who may see the object and why, as `GET /objects/{id}/access` answers."""
    if is_remote():
        found: dict[str, Any] = _ask().get(f"/objects/{quote(stix_id)}/access")
        return found
    start_local()
    from stack.accounts.queries import local_principal

    return _describe_here(local_principal(), stix_id)


def mark(stix_id: str, fields: HandlingFields) -> dict[str, Any]:
    """Gives the own statements of the object this handling; answers as `read_access` does."""
    if is_remote():
        found: dict[str, Any] = _ask().put(f"/objects/{quote(stix_id)}/handling", _encode(fields))
        return found
    start_local()
    from stack.accounts.queries import local_principal
    from stack.store.marking import mark_object

    principal = local_principal()
    mark_object(principal, stix_id=stix_id, handling=_read_fields(principal, fields))
    return _describe_here(principal, stix_id)


def iterate_notes(stix_id: str) -> Iterator[dict[str, Any]]:
    """The notes about an object, as `GET /objects/{id}/notes` answers, all of them."""
    if is_remote():
        return _iterate_there(stix_id)
    return _iterate_here(stix_id)


def add_note(stix_id: str, *, content: str, abstract: str, fields: HandlingFields) -> dict[str, Any]:
    """Adds a note and answers as `POST /objects/{id}/notes` does."""
    if is_remote():
        document = _encode(fields) | {"content": content, "abstract": abstract}
        made: dict[str, Any] = _ask().post(f"/objects/{quote(stix_id)}/notes", document)
        return made
    start_local()
    from stack.accounts.queries import local_principal
    from stack.ingest import notes

    principal = local_principal()
    note_id = notes.add_note(
        principal,
        stix_id=stix_id,
        content=content,
        abstract=abstract,
        handling=_read_fields(principal, fields),
    )
    note = notes.get_note(principal, note_id)
    return {"id": note_id} if note is None else _describe_note(note)


def _read_fields(principal: Any, fields: HandlingFields) -> Any:
    """The `Handling` that the options name, for the data folder here."""
    from stack.ingest.handling import HandlingDraft, read_handling

    return read_handling(principal, HandlingDraft(**asdict(fields)))


def _encode(fields: HandlingFields) -> dict[str, Any]:
    """The body of the REST API, which wants an absent value to be null."""
    return {
        "tlp": fields.tlp or None,
        "markings": list(fields.markings),
        "share_with": list(fields.share_with),
        "embargo_until": fields.embargo_until or None,
    }


def _ask() -> Any:
    from stack.cli.backend.http import Client

    return Client(os.environ["STACK_URL"].strip(), read_token())


def _describe_here(principal: Any, stix_id: str) -> dict[str, Any]:
    from stack.cli.backend.local import format_instant
    from stack.core.errors import NotFound
    from stack.ingest.audience_words import describe_access
    from stack.store.queries import get_access

    access = get_access(principal, stix_id)
    if access is None:
        raise NotFound(f"There is no object {stix_id}", remedy="Check the id, or look the value up.")
    return {
        "owner": access.owner,
        "is_own": access.is_own,
        "markings": [asdict(row) | {"tlp": row.tlp or None} for row in access.markings],
        "everyone": access.everyone,
        "organisations": access.organisations,
        "groups": access.groups,
        "embargo_until": format_instant(access.embargo_until),
        "words": describe_access(access),
    }


def _iterate_there(stix_id: str) -> Iterator[dict[str, Any]]:
    client, after = _ask(), None
    while True:
        page = client.get(f"/objects/{quote(stix_id)}/notes", {"limit": _PAGE, "after": after})
        yield from page["items"]
        after = page["next"]
        if after is None:
            return


def _iterate_here(stix_id: str) -> Iterator[dict[str, Any]]:
    start_local()
    from stack.accounts.queries import local_principal
    from stack.ingest.notes import list_notes

    principal, after = local_principal(), None
    while True:
        page = list_notes(principal, stix_id, limit=_PAGE, after=after)
        yield from (_describe_note(note) for note in page.rows)
        after = page.next
        if after is None:
            return


def _describe_note(note: Any) -> dict[str, Any]:
    from stack.cli.backend.local import format_instant

    return {
        "id": note.row.stix_id,
        "abstract": note.abstract,
        "content": note.content,
        "author": note.author,
        "created": format_instant(note.row.created),
        "modified": format_instant(note.row.modified),
        "tlp": note.row.tlp or None,
        "revoked": note.row.revoked,
    }
