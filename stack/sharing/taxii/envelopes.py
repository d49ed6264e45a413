"""Answers made of stored bytes: nothing is parsed and written again. No list is empty (section 3.1)."""

from collections.abc import Iterable, Sequence
from typing import Final

from stack.sharing.taxii.media_types import STIX
from stack.sharing.taxii.times import write_date, write_version
from stack.store.selections.records import Entry

_EMPTY: Final = b"{}"


def write_envelope(texts: Sequence[bytes], *, following: str) -> bytes:
    """An envelope (section 3.7) around the exact texts of objects; `following` is its `next`, if any."""
    return _write_list("objects", texts, following)


def write_manifest(entries: Iterable[Entry], *, following: str) -> bytes:
    """Manifest records (section 5.3.1)."""
    records = [
        f'{{"id":"{entry.stix_id}","date_added":"{write_date(entry.added_at)}",'
        f'"version":"{write_version(entry.version)}","media_type":"{STIX}"}}'
        for entry in entries
    ]
    return _write_list("objects", [",".join(records).encode()] if records else [], following)


def write_versions(versions: Iterable[int], *, following: str) -> bytes:
    """The versions of an object (section 5.8.1)."""
    return _write_list("versions", [f'"{write_version(each)}"'.encode() for each in versions], following)


def _write_list(name: str, items: Sequence[bytes], following: str) -> bytes:
    """All in one join: a page is megabytes, and each further piece would copy them."""
    more = f'"more":true,"next":"{following}"' if following else '"more":false'
    if not items:
        return f"{{{more}}}".encode() if following else _EMPTY
    first, *rest = items
    pieces = [f'{{"{name}":['.encode() + first, *rest]
    pieces[-1] += f"],{more}}}".encode()
    return b",".join(pieces)
