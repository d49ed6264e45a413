"""Rows as PostgreSQL's binary COPY takes them (its manual, COPY, “Binary Format”).

The driver's own way looks at each value by itself; written out for the few tables that batches fill, a row
costs a fraction of that, and the server has nothing to parse. Each function takes rows with the columns of
its table in the order of `COLUMNS`.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

from stack.store.columns import COLUMNS

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_NULL = b"\xff\xff\xff\xff"
# Before the values of a row stands their number, before each value its length in bytes.
_EDGE = Struct("!hiqiiiqiq").pack
_CHANGE = Struct("!hiqiqihiq").pack
_TEXT = Struct("!hiqi").pack
_KEY_VALUE = Struct("!hi").pack
_KEY_REST = Struct("!ihiqih").pack
_VERSION_UNTIL_MODIFIED = Struct("!hiqiqiqi32s").pack
_VERSION_REST = Struct("!iqiqiqiiih").pack
_OBJECT_UNTIL_TYPE = Struct("!hiqi16s").pack
_OBJECT_MODIFIED = Struct("!iqi?").pack
_ENTRY_UNTIL_TYPE = Struct("!hiqiqiqiqiq").pack
_ENTRY_REST = Struct("!iqihihih").pack
_PICK_UNTIL_TYPE = Struct("!hiqi16s").pack
_PICK_REST = Struct("!ihiq").pack
_LENGTH = Struct("!i").pack
_SMALL = Struct("!ih").pack
_BIG = Struct("!iq").pack

Rows = Iterable[tuple[Any, ...]]


def encode_edges(rows: Rows) -> bytes:
    return b"".join([_EDGE(4, 8, start, 4, kind, 8, end, 8, via) for start, kind, end, via in rows])


def encode_changes(rows: Rows) -> bytes:
    return b"".join([_CHANGE(4, 8, sequence, 8, face, 2, kind, 8, at) for sequence, face, kind, at in rows])


def encode_texts(rows: Rows) -> bytes:
    pieces: list[bytes] = []
    for row_id, body in rows:
        pieces += (_TEXT(2, 8, row_id, len(body)), body)
    return b"".join(pieces)


def encode_keys(rows: Rows) -> bytes:
    pieces: list[bytes] = []
    for text, kind, face, role in rows:
        value = text.encode()
        pieces += (_KEY_VALUE(4, len(value)), value, _KEY_REST(2, kind, 8, face, 2, role))
    return b"".join(pieces)


def encode_versions(rows: Rows) -> bytes:
    pieces: list[bytes] = []
    for row_id, face, source, sha256, modified, audience, first, last, times, redacted in rows:
        pieces += (
            _VERSION_UNTIL_MODIFIED(10, 8, row_id, 8, face, 8, source, 32, sha256),
            _NULL if modified is None else _BIG(8, modified),
            _VERSION_REST(8, audience, 8, first, 8, last, 4, times, 2, redacted),
        )
    return b"".join(pieces)


def encode_objects(rows: Rows) -> bytes:
    pieces: list[bytes] = []
    for row_id, uuid, kind, head, text, created, modified, revoked, confidence, score, audience in rows:
        name = text.encode()
        pieces += (
            _OBJECT_UNTIL_TYPE(11, 8, row_id, 16, uuid),
            _encode_type(kind),
            _NULL if head is None else _BIG(8, head),
            _LENGTH(len(name)),
            name,
            _NULL if created is None else _BIG(8, created),
            _OBJECT_MODIFIED(8, modified, 1, revoked),
            _NULL if confidence is None else _SMALL(2, confidence),
            _NULL if score is None else _SMALL(2, score),
            _NULL if audience is None else _BIG(8, audience),
        )
    return b"".join(pieces)


def encode_entries(rows: Rows) -> bytes:
    pieces: list[bytes] = []
    for selection, added, face, version_id, audience, kind, version, last, first, withheld, removed in rows:
        pieces += (
            _ENTRY_UNTIL_TYPE(11, 8, selection, 8, added, 8, face, 8, version_id, 8, audience),
            _encode_type(kind),
            _ENTRY_REST(8, version, 2, last, 2, first, 2, withheld),
            _NULL if removed is None else _BIG(8, removed),
        )
    return b"".join(pieces)


def encode_picks(rows: Rows) -> bytes:
    pieces: list[bytes] = []
    for selection, uuid, kind, is_member, at in rows:
        pieces += (
            _PICK_UNTIL_TYPE(5, 8, selection, 16, uuid),
            _encode_type(kind),
            _PICK_REST(2, is_member, 8, at),
        )
    return b"".join(pieces)


@lru_cache(maxsize=1_000)
def _encode_type(kind: str) -> bytes:
    return _LENGTH(len(kind.encode())) + kind.encode()


_ENCODERS: dict[str, Callable[[Rows], bytes]] = {
    "store_edge": encode_edges,
    "store_change": encode_changes,
    "store_text": encode_texts,
    "store_key": encode_keys,
    "store_version": encode_versions,
    "store_object": encode_objects,
    "store_entry": encode_entries,
    "store_pick": encode_picks,
}


def encode_rows(table: str, columns: Sequence[str], rows: Rows) -> bytes | None:
    """The rows as one file for `COPY … WITH (FORMAT binary)`; None for other tables and columns."""
    if COLUMNS.get(table) != tuple(columns):
        return None
    return HEADER + _ENCODERS[table](rows) + TRAILER
