"""The bytes of a mail taken apart: header fields (RFC 5322) and the tree of its parts (RFC 2045, 2046).

Python's own parser recurses with the nesting and reads a line again for each level. This one reads each byte
once a level, down to a depth, so that its time is in proportion to the size whoever wrote the mail.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from stack.ingest.documents.passages import decode_text
from stack.ingest.documents.readers.mail import decode_words

MAILS: Final = frozenset(("message/rfc822", "message/global"))
MOST_FIELDS: Final = 2_000
MOST_PARTS: Final = 1_000
DEEPEST_PART: Final = 30
LONGEST_TEXT: Final = 16_384
_LONGEST_PARAMETERS = 4_000
_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


@dataclass(frozen=True, slots=True)
class RawField:
    """A header field: `name` in lower case, `raw_name` and `raw` (with folds and line ends) as they stand."""

    name: str
    raw_name: bytes
    raw: bytes

    @property
    def text(self) -> str:
        """On one line, encoded words not yet read; at most 16,384 characters."""
        return decode_text(_FOLD.sub(b"", self.raw[: 4 * LONGEST_TEXT])).strip()[:LONGEST_TEXT]


@dataclass(slots=True)
class Entity:
    """A mail or a part of one: its fields, and where its body is in `data`."""

    data: bytes
    start: int
    end: int
    fields: list[RawField]
    type: str
    name: str = ""
    disposition: str = ""
    charset: str = ""
    encoding: str = ""
    boundary: str = ""
    children: list["Entity"] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def read_field(self, name: str) -> str:
        """The first field of this name, on one line; empty where there is none."""
        return next((each.text for each in self.fields if each.name == name), "")

    def read_body(self) -> bytes:
        """The body, decoded as its transfer encoding says."""
        return _decode_transfer(self.data[self.start : self.end], self.encoding)


def parse_mail(data: bytes) -> Entity:
    """The tree of the mail's parts. Never fails: what is odd is among the `faults` of the root."""
    start = _skip_envelope(data)
    root = _parse_entity(data, start, len(data), default="text/plain")
    waiting = [(root, 0)]
    count = 1
    while waiting:
        entity, depth = waiting.pop()
        if not entity.type.startswith("multipart/"):
            continue
        if depth >= DEEPEST_PART:
            root.faults.append(f"Parts are nested more than {DEEPEST_PART} deep; what is below was not read.")
            continue
        for begin, end in _split_parts(entity, root):
            count += 1
            if count > MOST_PARTS:
                root.faults.append(f"The mail has more than {MOST_PARTS:,} parts; the rest was not read.")
                return root
            default = "message/rfc822" if entity.type == "multipart/digest" else "text/plain"
            child = _parse_entity(data, begin, end, default=default)
            entity.children.append(child)
            waiting.append((child, depth + 1))
    return root


def walk_leaves(root: Entity) -> Iterator[Entity]:
    """The parts that hold something, in the order of the mail."""
    waiting = [root]
    while waiting:
        entity = waiting.pop()
        if entity.children:
            waiting += reversed(entity.children)
        else:
            yield entity


def _skip_envelope(data: bytes) -> int:
    """Where the fields begin: after a byte order mark, blank lines and the line of a mailbox file."""
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while data[start : start + 1] in (b"\r", b"\n") and start < len(data):
        start += 1
    if data.startswith(b"From ", start):
        stop = data.find(b"\n", start)
        start = len(data) if stop < 0 else stop + 1
    return start


def _parse_entity(data: bytes, start: int, end: int, *, default: str) -> Entity:
    fields, body, faults = _split_fields(data, start, end)
    by_name: dict[str, str] = {}
    for each in fields:
        if each.name.startswith("content-"):
            by_name.setdefault(each.name, each.text)
    holder = Message()
    holder["Content-Type"] = by_name.get("content-type", default)[:_LONGEST_PARAMETERS]
    if stated := by_name.get("content-disposition"):
        holder["Content-Disposition"] = stated[:_LONGEST_PARAMETERS]
    entity = Entity(data, body, end, fields, default, faults=faults)
    entity.encoding = by_name.get("content-transfer-encoding", "").strip().lower()
    try:
        entity.type = holder.get_content_type()
        entity.boundary = holder.get_boundary() or ""
        entity.charset = holder.get_content_charset() or ""
        entity.disposition = holder.get_content_disposition() or ""
        entity.name = decode_words(holder.get_filename() or "")
    except (ValueError, LookupError, AttributeError, TypeError):
        faults.append("A content type or disposition could not be read.")
    return entity


def _split_fields(data: bytes, start: int, end: int) -> tuple[list[RawField], int, list[str]]:
    """The fields, where the body begins, and what is odd."""
    spans: list[list[int]] = []
    names: list[bytes] = []
    odd = left_out = 0
    at = start
    while at < end:
        stop = data.find(b"\n", at, end) + 1 or end
        first = data[at]
        if first == 0x0A or (first == 0x0D and stop - at == 2):
            at = stop
            break
        match = None if first in b" \t" else _NAME.match(data, at, stop)
        if first in b" \t":
            if spans and not left_out:
                spans[-1][1] = stop
        elif match is None:
            odd += 1
        elif len(spans) >= MOST_FIELDS:
            left_out += 1
        else:
            names.append(match[1])
            spans.append([match.end(), stop])
        at = stop
    faults = []
    if odd:
        faults.append(f"Lines of the header that are no header fields: {odd:,}.")
    if left_out:
        faults.append(f"The header has {left_out:,} fields more than the {MOST_FIELDS:,} that were read.")
    fields = [
        RawField(name.decode("ascii").lower(), name, data[begin:stop])
        for name, (begin, stop) in zip(names, spans, strict=True)
    ]
    return fields, at, faults


def _split_parts(entity: Entity, root: Entity) -> list[tuple[int, int]]:
    """Where each part of a multipart begins and ends (RFC 2046, section 5.1)."""
    boundary = entity.boundary.encode("utf-8", "replace")
    if not boundary:
        root.faults.append("A multipart of the mail names no boundary.")
        return []
    line = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*\r?$", re.MULTILINE)
    places: list[tuple[int, int]] = []
    begin = -1
    for match in line.finditer(entity.data, entity.start, entity.end):
        if begin >= 0:
            places.append((begin, _drop_line_end(entity.data, begin, match.start())))
        begin = -1 if match[1] else min(match.end() + 1, entity.end)
        if match[1] or len(places) > MOST_PARTS:
            return places
    if begin >= 0:
        root.faults.append("A multipart of the mail has no end.")
        places.append((begin, entity.end))
    elif not places:
        root.faults.append("A multipart of the mail has no parts.")
    return places


def _drop_line_end(data: bytes, begin: int, end: int) -> int:
    """The line end before a boundary belongs to the boundary."""
    for mark in (b"\r\n", b"\n"):
        if data.endswith(mark, begin, end):
            return end - len(mark)
    return end


def _decode_transfer(body: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        digits = _NOT_BASE64.sub(b"", body)
        # What was cut off in the middle of four digits is lost, the rest is not.
        digits = digits[: -1 if len(digits) % 4 == 1 else None]
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return _decode_uu(body)
    return body


def _decode_uu(body: bytes) -> bytes:
    pieces = []
    for line in body.splitlines():
        if line.startswith(b"begin ") or line.strip() in (b"end", b"`"):
            continue
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(pieces)
