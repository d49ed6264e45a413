"""Answers made of stored bytes: nothing is parsed and written again. No list is empty (section 3.1)."""

from collections.abc import Iterable, Sequence
from typing import Final

from stack.sharing.taxii.media_types import STIX
from stack.sharing.taxii.times import write_date, write_version
from stack.store.selections.records import Entry

_EMPTY: Final = b"{}"


def write_envelope(texts: Sequence[bytes], *, following: str) -> bytes:
    """An envelope (section 3.7) around the exact texts of objects; `following` is its `next`, if any."""
    return _write_list("objects", b",".join(texts), following)


def write_manifest(entries: Iterable[Entry], *, following: str) -> bytes:
    """Manifest records (section 5.3.1)."""
    records = ",".join(
        [
            f'{{"id":"{entry.stix_id}","date_added":"{write_date(entry.added_at)}",'
            f'"version":"{write_version(entry.version)}","media_type":"{STIX}"}}'
            for entry in entries
        ]
    )
    return _write_list("objects", records.encode(), following)


def write_versions(versions: Iterable[int], *, following: str) -> bytes:
    """The versions of an object (section 5.8.1)."""
    return _write_list(
        "versions", ",".join([f'"{write_version(each)}"' for each in versions]).encode(), following
    )


def _write_list(name: str, items: bytes, following: str) -> bytes:
    parts = []
    if items:
        parts.append(b'"' + name.encode() + b'":[' + items + b"]")
    if following:
        parts.append(b'"more":true,"next":"' + following.encode() + b'"')
    elif items:
        parts.append(b'"more":false')
    return b"{" + b",".join(parts) + b"}" if parts else _EMPTY
