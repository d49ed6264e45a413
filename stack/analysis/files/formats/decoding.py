"""Takes layers of encoding off scripts: base64, character codes, escapes, concatenation, reversal.

Nothing is run. Each step is bounded, and so is the number of layers.
"""

import base64
import binascii
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

import msgspec

from stack.analysis.files.formats.packing import inflate

_MOST_LAYERS = 48
_DEEPEST = 6
_MOST_TEXT = 1024 * 1024
_MOST_BINARY = 16 * 1024 * 1024
_MOST_MATCHES = 400
_SHORTEST_TEXT = 6

_TOKEN = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){16,}")
_PERCENT = re.compile(r"(?:%u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}){6,}")
_ESCAPES = re.compile(r"(?:\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}){4,}")
_CHR = (
    r"(?:Chr[WB]?\$?\s*\(\s*(?:&H[0-9A-Fa-f]{1,4}|\d{1,5})&?\s*\)|\[char\]\s*(?:0x[0-9A-Fa-f]{1,4}|\d{1,5}))"
)
_CHR_RUN = re.compile(rf"{_CHR}(?:\s*[&+]\s*(?:_\s*\n\s*)?{_CHR}){{2,}}", re.IGNORECASE)
_CHR_VALUE = re.compile(r"(?:&H|0x)([0-9A-Fa-f]{1,4})|(\d{1,5})")
_NUMBERS = re.compile(
    r"(?<![\w.])(?:(?:0x[0-9A-Fa-f]{1,4}|\d{1,5})\s*,\s*){7,}(?:0x[0-9A-Fa-f]{1,4}|\d{1,5})(?![\w.])"
)
_JOINED = re.compile(
    r"""(?:"(?:[^"\n]{0,400})"|'(?:[^'\n]{0,400})')(?:\s*[&+]\s*(?:_\s*\n\s*)?(?:"(?:[^"\n]{0,400})"|'(?:[^'\n]{0,400})')){2,}"""
)
_PIECE = re.compile(r""""([^"\n]{0,400})"|'([^'\n]{0,400})'""")
_QUOTED = re.compile(r"""["']([^"'\n]{8,4000})["']""")
_REVERSES = re.compile(r"StrReverse|\[::-1\]|\.reverse\(\)|\[array\]::Reverse|\[-1\.\.-", re.IGNORECASE)
_TICKS = re.compile(r"(?<=\w)`(?=[A-Za-z])")
_CARETS = re.compile(r"(?<=\w)\^(?=[A-Za-z.])")
_PRINTABLE = frozenset(map(chr, range(32, 127))) | frozenset("\r\n\t")
_MAGICS = (
    b"MZ",
    b"PK\x03\x04",
    b"\x7fELF",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"Rar!",
    b"7z\xbc\xaf",
    b"{\\rt",
    b"MSCF",
)


class Layer(msgspec.Struct, frozen=True):
    """What was found under `how` (base64, character codes…): text, or else the bytes of a file."""

    how: str
    text: str = ""
    binary: bytes = b""
    depth: int = 1


def decode_layers(text: str, *, go_on: Callable[[], bool] = lambda: True) -> Iterator[Layer]:
    """Each layer once, outer ones first."""
    waiting, seen, count = deque([(text[: 2 * _MOST_TEXT], 0)]), set[int](), 0
    while waiting and go_on():
        current, depth = waiting.popleft()
        for step in _STEPS:
            for layer in step(current):
                mark = hash((layer.text, layer.binary))
                if mark in seen:
                    continue
                seen.add(mark)
                count += 1
                if count > _MOST_LAYERS:
                    return
                yield msgspec.structs.replace(layer, depth=depth + 1)
                if layer.text and depth + 1 < _DEEPEST:
                    waiting.append((layer.text, depth + 1))


def _decode_tokens(text: str) -> Iterator[Layer]:
    """Long runs of the letters of base64, which hexadecimal digits are among."""
    for match in _find(_TOKEN, text):
        found = match[0]
        if _HEX.fullmatch(found):
            yield from _judge_bytes(bytes.fromhex(found), "hexadecimal digits")
            continue
        for cut in (found, found.rstrip("=")[: len(found) // 4 * 4]):
            try:
                data = base64.b64decode(cut, validate=True)
            except binascii.Error:
                continue
            yield from _judge_bytes(data, "base64")
            break


def _decode_numbers(text: str) -> Iterator[Layer]:
    for match in _find(_NUMBERS, text):
        values = [
            int(each, 0) if each[:2] in ("0x", "0X") else int(each) for each in re.split(r"\s*,\s*", match[0])
        ]
        if max(values) < 256:
            yield from _judge_bytes(bytes(values), "numbers of characters")
        elif max(values) < 0xD800:
            yield from _judge_text("".join(map(chr, values)), "numbers of characters")


def _decode_chr(text: str) -> Iterator[Layer]:
    lowered = text.lower()
    for match in _find(_CHR_RUN, text) if "chr" in lowered or "[char]" in lowered else ():
        values = [int(hexa, 16) if hexa else int(number) for hexa, number in _CHR_VALUE.findall(match[0])]
        yield from _judge_text("".join(chr(each) for each in values if each < 0xD800), "character codes")


def _decode_escapes(text: str) -> Iterator[Layer]:
    for match in _find(_ESCAPES, text) if "\\x" in text or "\\u" in text else ():
        values = [int(each, 16) for each in re.findall(r"\\[xu]([0-9A-Fa-f]+)", match[0])]
        if max(values) < 256:
            yield from _judge_bytes(bytes(values), "escapes")
        else:
            yield from _judge_text(
                "".join(chr(each) for each in values if not 0xD800 <= each < 0xE000), "escapes"
            )
    for match in _find(_PERCENT, text) if text.count("%") >= 6 else ():
        plain = re.sub(r"%u([0-9A-Fa-f]{4})", lambda each: _make_character(int(each[1], 16)), match[0])
        yield from _judge_text(unquote(plain, errors="replace"), "percent escapes")


def _make_character(number: int) -> str:
    return chr(number) if not 0xD800 <= number < 0xE000 else "?"


def _join_strings(text: str) -> Iterator[Layer]:
    """ "po" + "wer" + 'shell'; all that a text has in one layer."""
    joined = [
        "".join(first or second for first, second in _PIECE.findall(match[0]))
        for match in _find(_JOINED, text)
    ]
    if joined:
        yield from _judge_text("\n".join(joined), "joined strings")


def _drop_marks(text: str) -> Iterator[Layer]:
    """`I`n`vo`ke and p^ow^er, which PowerShell and cmd.exe read without them."""
    if text.count("`") >= 4 and len(_TICKS.findall(text)) >= 4:
        yield Layer("backticks", _TICKS.sub("", text))
    if text.count("^") >= 4 and len(_CARETS.findall(text)) >= 4:
        yield Layer("carets", text.replace("^", ""))


def _reverse(text: str) -> Iterator[Layer]:
    if _REVERSES.search(text):
        reversed_texts = [match[1][::-1] for match in _find(_QUOTED, text)]
        yield from _judge_text("\n".join(reversed_texts), "reversed text")


_STEPS: Final = (
    _decode_tokens,
    _decode_chr,
    _decode_numbers,
    _decode_escapes,
    _join_strings,
    _drop_marks,
    _reverse,
)


def _find(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for number, match in enumerate(pattern.finditer(text)):
        if number >= _MOST_MATCHES:
            return
        yield match


def _judge_bytes(data: bytes, how: str) -> Iterator[Layer]:
    """A file, compressed bytes, text in UTF-8 or UTF-16; what is none of these is chance."""
    data = data[:_MOST_BINARY]
    if data.startswith(_MAGICS) and len(data) > 64:
        yield Layer(how, binary=data)
        return
    if unpacked := _unpack(data):
        yield from _judge_bytes(unpacked, f"{how}, compressed")
        return
    if len(data) >= 12 and data[1::2].count(0) > len(data) // 3:
        yield from _judge_text(data.decode("utf-16-le", "replace"), how)
        return
    try:
        yield from _judge_text(data.decode("utf-8"), how)
    except UnicodeDecodeError:
        return


def _unpack(data: bytes) -> bytes:
    """Gzip, zlib, or the bare DEFLATE that System.IO.Compression writes; that last one must make text."""
    if data[:3] == b"\x1f\x8b\x08":
        return inflate(data, most=_MOST_BINARY, bits=zlib.MAX_WBITS | 16)
    if data[:1] == b"x" and data[1:2] in (b"\x01", b"\x5e", b"\x9c", b"\xda"):
        return inflate(data, most=_MOST_BINARY)
    if len(data) < 40 or data.isascii():
        return b""
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        output = machine.decompress(data, _MOST_BINARY)
    except zlib.error:
        return b""
    return output if machine.eof and len(output) > len(data) // 2 else b""


def _judge_text(text: str, how: str) -> Iterator[Layer]:
    text = text[:_MOST_TEXT].strip("\0")
    if len(text) < _SHORTEST_TEXT:
        return
    sample = text[:4096]
    if sum(each in _PRINTABLE for each in sample) >= len(sample) * 0.9:
        yield Layer(how, text)
