"""The body of a post: how much is read of it, and which objects are in it (TAXII 2.1, 3.7 and 5.5)."""

from typing import Any, Final

import msgspec
from django.http import HttpRequest

from stack.core.errors import BadInput
from stack.ingest.base import Limits, Record
from stack.ingest.splitting import split_json
from stack.ingest.streams import stream_bytes
from stack.sharing.taxii.errors import TooLarge

MOST_OBJECTS: Final = 100_000
"""Objects in one post: what becomes of each is kept."""

_PIECE: Final = 262_144
_LONGEST_ID: Final = 300
_ENVELOPE_PLACE: Final = "objects[{}]"


class _Head(msgspec.Struct):
    id: Any = None
    modified: Any = None
    created: Any = None


_HEAD: Final = msgspec.json.Decoder(_Head)


class Posted(msgspec.Struct, frozen=True, gc=False):
    """An object of a post as its sender names it; the version is `modified`, else `created`, else empty."""

    stix_id: str
    version: str


def is_chunked(request: HttpRequest) -> bool:
    return "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()


def measure_body(request: HttpRequest) -> int | None:
    """Its length in bytes as announced; None for a body that comes in chunks."""
    if is_chunked(request):
        return None
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def read_body(request: HttpRequest, *, limit: int) -> bytes:
    """The whole body. Raises `TooLarge` before any of it is read where its length says so, and otherwise as
    soon as it is too much."""
    announced = measure_body(request)
    if announced is not None and announced > limit:
        raise _too_large(limit)
    # Django reads no further than the announced length, and of a chunked body that is nothing.
    source = request.META["wsgi.input"] if announced is None else request
    pieces, size = [], 0
    while piece := source.read(_PIECE):
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
    return b"".join(pieces)


def list_posted(content: bytes) -> list[Posted]:
    """What an envelope holds. Raises `BadInput` for what is no envelope, and for an empty one."""
    if not content.lstrip()[:1] == b"{":
        raise _no_envelope("expected a JSON object with a list “objects”")
    found: list[Posted] = []
    for item in split_json(stream_bytes(content), Limits()):
        if item.place != _ENVELOPE_PLACE:
            raise _no_envelope("expected one JSON object with a list “objects”")
        if not isinstance(item, Record):
            raise _no_envelope(f"{item.label}: {item.message}")
        if len(found) == MOST_OBJECTS:
            raise TooLarge(
                f"The envelope has more than {MOST_OBJECTS:,} objects", remedy="Send them in several posts."
            )
        found.append(_name(item))
    if not found:
        raise _no_envelope("there are no objects in it")
    return found


def _name(record: Record) -> Posted:
    """What is no object, or has no id, is called by its place."""
    try:
        head = _HEAD.decode(record.text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        head = _Head()
    stix_id = head.id if isinstance(head.id, str) and 0 < len(head.id) <= _LONGEST_ID else record.label
    versions = (value for value in (head.modified, head.created) if isinstance(value, str) and value)
    return Posted(stix_id, next(versions, "")[:_LONGEST_ID])


def _no_envelope(message: str) -> BadInput:
    return BadInput(
        f"The body is no TAXII envelope: {message}", remedy='Send {"objects": […]} with STIX 2.1 objects.'
    )


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than the {limit // 1_048_576:,} MiB that are taken",
        remedy="Send the objects in several posts; the API root tells its max_content_length.",
    )
