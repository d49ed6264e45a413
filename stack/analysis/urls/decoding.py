"""What stands in the parameters of a URL, decoded as often as somebody encoded it."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, unquote_plus

import msgspec

from stack.analysis.urls.reading import ReadUrl

_DEEPEST: Final = 4
_MOST_VALUES: Final = 100
_LONGEST: Final = 8192
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}", re.ASCII)
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}){6,}", re.ASCII)
_ESCAPE: Final = re.compile(r"%[0-9a-fA-F]{2}", re.ASCII)


class Decoded(msgspec.Struct, frozen=True):
    """`name` of the parameter, empty for a part of the path or the fragment; `how`: "percent, base64"."""

    name: str
    text: str
    how: str = ""


def decode_values(url: ReadUrl) -> tuple[Decoded, ...]:
    """Every value of query, fragment and path's parts, as it stands and as it decodes; bounded."""
    found: dict[tuple[str, str], Decoded] = {}
    for name, value in _list_values(url):
        for each in _unfold(Decoded(name, value[:_LONGEST]), _DEEPEST):
            found.setdefault((each.name, each.text), each)
            if len(found) >= _MOST_VALUES:
                return tuple(found.values())
    return tuple(found.values())


def _list_values(url: ReadUrl) -> Iterator[tuple[str, str]]:
    yield from split_query(url.query)
    if url.fragment:
        yield "", unquote(url.fragment)
        yield from split_query(url.fragment.partition("?")[2])
    for part in url.path.split("/"):
        if len(part) >= 12:
            yield "", unquote(part)


def split_query(query: str) -> Iterator[tuple[str, str]]:
    """Names and values, percent-decoded once; a part without "=" is a value without a name."""
    for part in re.split("[&;]", query)[:_MOST_VALUES]:
        name, separator, value = part.partition("=")
        if not separator:
            name, value = "", part
        if value:
            yield unquote_plus(name)[:100], unquote_plus(value)


def _unfold(value: Decoded, depth: int) -> Iterator[Decoded]:
    yield value
    if depth == 0:
        return
    for text, how in _decode_once(value.text):
        yield from _unfold(Decoded(value.name, text, f"{value.how}, {how}" if value.how else how), depth - 1)


def _decode_once(text: str) -> Iterator[tuple[str, str]]:
    if _ESCAPE.search(text) and unquote(text) != text:
        yield unquote(text), "percent"
    if _HEX.fullmatch(text):
        raw, how = bytes.fromhex(text), "hexadecimal"
    elif _BASE64.fullmatch(text):
        raw, how = _read_base64(text), "base64"
    else:
        return
    plain = _read_text(raw)
    if plain is not None:
        yield plain, how


def _read_base64(text: str) -> bytes:
    """Of either alphabet, with or without padding; nothing where it is neither."""
    padded = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _read_text(raw: bytes) -> str | None:
    """Text where nearly all of it can be read: words often decode to noise."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if len(text) >= 6 and text.isprintable() and text.isascii() else None
