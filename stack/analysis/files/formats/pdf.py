"""The objects of a PDF (ISO 32000-1), found by their marks and not by its tables, which may lie or loop.

Every `N G obj` in the file is read, and every object in an object stream. Streams are decoded up to a size.
"""

import base64
import binascii
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from stack.analysis.files.formats.packing import inflate

_MOST_OBJECTS = 50_000
_LONGEST_DICTIONARY = 256 * 1024
_MOST_STREAM: Final = 32 * 1024 * 1024
_MOST_PACKED = 64 * 1024 * 1024
_OBJECT = re.compile(rb"(?<!\d)(\d{1,10})[\s\x00]{1,8}(\d{1,5})[\s\x00]{1,8}obj\b")
_STREAM = re.compile(rb"stream(?:\r\n|\n|\r)")
_LENGTH = re.compile(rb"/Length\s+(\d{1,10})(?!\s+\d+\s+R)")
_NAME = re.compile(rb"/([^\s\x00()<>\[\]{}/%]{1,127})")
_HEX_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_FILTERS = re.compile(rb"/Filter\s*(\[[^\]]{0,400}\]|/[A-Za-z0-9]{1,32})")
_NUMBER = re.compile(rb"/(First|N)\s+(\d{1,9})")
_PREDICTOR = re.compile(rb"/Predictor\s+(\d{1,3})")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class PdfObject(msgspec.Struct, frozen=True):
    """`body` is what stands before its stream, with names made plain; `raw` is its stream as it lies there.

    `is_length_false`: its stream is not as long as it states. `hidden_names` are those that were written with
    codes for letters that need none.
    """

    number: int
    body: bytes
    raw: memoryview | None = None
    hidden_names: tuple[str, ...] = ()
    is_length_false: bool = False


def list_objects(data: bytes, *, go_on: Callable[[], bool]) -> Iterator[PdfObject]:
    """Each object where it stands, in the order of the file, then those within object streams."""
    packed: list[PdfObject] = []
    ends = [match.start() for match in re.finditer(b"endstream", data)]
    places = [match for _, match in zip(range(_MOST_OBJECTS), _OBJECT.finditer(data), strict=False)]
    for number, match in enumerate(places):
        if not go_on():
            return
        end = places[number + 1].start() if number + 1 < len(places) else len(data)
        found = _read_object(data, match, end, ends)
        yield found
        if b"/ObjStm" in found.body and found.raw is not None:
            packed.append(found)
    count, room = len(places), _MOST_PACKED
    for holder in packed:
        content = decode_stream(holder)[: max(room, 0)]
        room -= len(content)
        for each in _read_packed(holder, content):
            count += 1
            if count > _MOST_OBJECTS or not go_on():
                return
            yield each


def _read_object(data: bytes, match: re.Match[bytes], end: int, ends: list[int]) -> PdfObject:
    start = match.end()
    stream = _STREAM.search(data, start, min(end, start + _LONGEST_DICTIONARY))
    # A stream may hold the word of an object by chance: its length, where it is plain, comes first.
    until = stream.start() if stream else data.find(b"endobj", start, end)
    until = end if until < 0 else until
    body, hidden = make_names_plain(data[start : min(until, start + _LONGEST_DICTIONARY)])
    if not stream:
        return PdfObject(int(match[1]), body, None, hidden)
    raw, is_false = _cut_stream(data, stream.end(), body, ends)
    return PdfObject(int(match[1]), body, raw, hidden, is_false)


def _cut_stream(data: bytes, start: int, body: bytes, ends: list[int]) -> tuple[memoryview, bool]:
    """By the length that is stated, if it is true; else up to the next end of a stream (`ends`)."""
    view = memoryview(data)
    stated = _LENGTH.search(body)
    if stated:
        stop = start + int(stated[1])
        if data[stop : stop + 12].lstrip().startswith(b"endstream"):
            return view[start : min(stop, start + _MOST_STREAM)], False
    following = bisect_left(ends, start)
    stop = ends[following] if following < len(ends) else len(data)
    return view[start : min(stop, start + _MOST_STREAM)], stated is not None


def make_names_plain(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """`/J#61vaScript` as `/JavaScript`, and which names were so written without need."""
    if b"#" not in body:
        return body, ()
    hidden: list[str] = []

    def make_plain(match: re.Match[bytes]) -> bytes:
        codes = [bytes.fromhex(each.decode()) for each in _HEX_IN_NAME.findall(match[1])]
        if not codes:
            return match[0]
        plain = _HEX_IN_NAME.sub(lambda each: bytes.fromhex(each[1].decode()), match[1])
        if any(each.isalpha() for each in codes) and plain.isalnum():
            hidden.append(plain.decode("latin-1"))
        return b"/" + plain if plain.isalnum() else match[0]

    return _NAME.sub(make_plain, body), tuple(hidden[:20])


def _read_packed(holder: PdfObject, content: bytes) -> Iterator[PdfObject]:
    numbers = {key: int(value) for key, value in _NUMBER.findall(holder.body)}
    first = numbers.get(b"First", 0)
    header = content[:first].split()[: 2 * numbers.get(b"N", 0)]
    try:
        places = [
            (int(number), first + int(at)) for number, at in zip(header[::2], header[1::2], strict=False)
        ]
    except ValueError:
        return
    for position, (number, start) in enumerate(places):
        end = places[position + 1][1] if position + 1 < len(places) else len(content)
        body, hidden = make_names_plain(content[start : min(max(end, start), start + _LONGEST_DICTIONARY)])
        yield PdfObject(number, body, None, hidden)


def decode_stream(found: PdfObject) -> bytes:
    """Through all its filters that are not of pictures; as much as is whole."""
    data = bytes(found.raw or b"")
    for name in list_filters(found.body):
        decode = _DECODERS.get(name)
        if decode is None:
            return data
        data = decode(data)
    predictor = _PREDICTOR.search(found.body)
    return _undo_png(data, found.body) if predictor and int(predictor[1]) >= 10 else data


def list_filters(body: bytes) -> list[bytes]:
    match = _FILTERS.search(body)
    return _NAME.findall(match[1])[:10] if match else []


def _undo_png(data: bytes, body: bytes) -> bytes:
    """Only rows that go by the one above, as cross-reference and object streams have them."""
    stated = re.search(rb"/Columns\s+(\d{1,5})", body)
    width = int(stated[1]) if stated else 1
    above, output = bytes(width), bytearray()
    for start in range(0, len(data), width + 1):
        kind, row = data[start], data[start + 1 : start + 1 + width]
        if kind == 2:
            row = bytes((now + before) & 0xFF for now, before in zip(row, above, strict=False))
        elif kind != 0:
            return data
        output += row
        above = row
    return bytes(output)


def _decode_flate(data: bytes) -> bytes:
    return inflate(data.lstrip(b"\r\n"), most=_MOST_STREAM) or inflate(data[2:], most=_MOST_STREAM, bits=-15)


def _decode_hex(data: bytes) -> bytes:
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", data.partition(b">")[0])
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())


def _decode_ascii85(data: bytes) -> bytes:
    try:
        return base64.a85decode(re.sub(rb"[^!-uz]", b"", data.partition(b"~")[0].replace(b"<~", b"")))
    except (ValueError, binascii.Error):
        return b""


def _decode_run_length(data: bytes) -> bytes:
    output, at = bytearray(), 0
    while at < len(data) and data[at] != 128 and len(output) < _MOST_STREAM:
        length = data[at]
        if length < 128:
            output += data[at + 1 : at + 2 + length]
            at += 2 + length
        else:
            output += data[at + 1 : at + 2] * (257 - length)
            at += 2
    return bytes(output)


def _decode_lzw(data: bytes) -> bytes:
    """Codes of 9 to 12 bits, most significant first, changing one code early."""
    table: list[bytes] = [bytes([each]) for each in range(256)] + [b"", b""]
    output, before, width, held, bits = bytearray(), b"", 9, 0, 0
    for byte in data:
        held, bits = (held << 8 | byte) & 0xFFFFFFFF, bits + 8
        if bits < width:
            continue
        bits -= width
        code = held >> bits & ((1 << width) - 1)
        if code == 257 or len(output) >= _MOST_STREAM:
            break
        if code == 256:
            del table[258:]
            before, width = b"", 9
            continue
        if code < len(table):
            entry = table[code]
        elif before:
            entry = before + before[:1]
        else:
            break
        output += entry
        if before and len(table) < 4096:
            table.append(before + entry[:1])
        before = entry
        width = 12 if len(table) >= 2047 else 11 if len(table) >= 1023 else 10 if len(table) >= 511 else 9
    return bytes(output)


_DECODERS: Final[dict[bytes, Callable[[bytes], bytes]]] = {
    b"FlateDecode": _decode_flate,
    b"Fl": _decode_flate,
    b"ASCIIHexDecode": _decode_hex,
    b"AHx": _decode_hex,
    b"ASCII85Decode": _decode_ascii85,
    b"A85": _decode_ascii85,
    b"RunLengthDecode": _decode_run_length,
    b"RL": _decode_run_length,
    b"LZWDecode": _decode_lzw,
    b"LZW": _decode_lzw,
}


def read_string(body: bytes, at: int) -> tuple[str, int]:
    """The text that begins at the bracket at `at`, (…) with its escapes or <…>, and where it ends."""
    if body[at : at + 1] == b"<":
        end = body.find(b">", at)
        end = len(body) if end < 0 else end
        data = _decode_hex(body[at + 1 : end])
    else:
        data, end = _read_bracketed(body, at + 1)
    if data.startswith((b"\xfe\xff", b"\xff\xfe")):
        return data.decode("utf-16", "replace"), end
    return data.decode("latin-1"), end


def _read_bracketed(body: bytes, at: int) -> tuple[bytes, int]:
    output, depth = bytearray(), 1
    while at < len(body):
        each = body[at : at + 1]
        if each == b"\\":
            octal = re.match(rb"[0-7]{1,3}", body[at + 1 : at + 4])
            if octal:
                output.append(int(octal[0], 8) & 0xFF)
                at += 1 + len(octal[0])
                continue
            following = body[at + 1 : at + 2]
            output += _ESCAPED.get(following, b"" if following in b"\r\n" else following)
            at += 2
            continue
        depth += (each == b"(") - (each == b")")
        if not depth:
            break
        output += each
        at += 1
    return bytes(output), at
