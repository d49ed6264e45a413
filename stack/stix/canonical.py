"""Canonical JSON: the one byte sequence that stands for a JSON value (RFC 8785).

STIX 2.1, section 2.9, names it as the input of the deterministic ids of cyber-observable objects.
"""

import math
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any, Final

_MAX_EXACT: Final = 2**53
_MAX_DEPTH: Final = 200


class CanonicalError(ValueError):
    """A value without a canonical form: a lone surrogate, NaN, infinity, an inexact integer, deep nesting."""


def canonical_json(value: Any) -> bytes:
    """The canonical UTF-8 bytes of a JSON value: keys in UTF-16 order, numbers as ECMAScript writes them.

    Raises `CanonicalError` for what I-JSON (RFC 7493) excludes, and for values that are not JSON.
    """
    parts: list[str] = []
    _write(value, parts, 0)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError as error:
        raise CanonicalError(
            f"a text has the lone surrogate U+{ord(error.object[error.start]):04X}, which UTF-8 cannot carry"
        ) from error


def format_number(value: float) -> str:
    """A finite number as ECMAScript's `Number::toString` writes it (RFC 8785, section 3.2.2.3)."""
    if not math.isfinite(value):
        raise CanonicalError(f"{value} is no JSON number")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    digits, point = _shortest_digits(abs(value))
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    exponent = f"e{point - 1:+d}"
    return f"{sign}{digits[0]}{'.' if count > 1 else ''}{digits[1:]}{exponent}"


def _shortest_digits(value: float) -> tuple[str, int]:
    """The digits of Python's shortest round-trip form and the place of the decimal point before them."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    return stripped.rstrip("0"), point - (len(digits) - len(stripped))


def _format_integer(value: int) -> str:
    if -_MAX_EXACT <= value <= _MAX_EXACT:
        return str(value)
    try:
        as_double = float(value)
    except OverflowError as error:
        raise CanonicalError("an integer is too large for a JSON number (IEEE 754 double)") from error
    if int(as_double) != value:
        raise CanonicalError(f"a JSON number cannot carry the integer {value} exactly: send it as a text")
    return format_number(as_double)


def _write(value: Any, parts: list[str], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise CanonicalError(f"the value is nested deeper than {_MAX_DEPTH} levels")
    if isinstance(value, str):
        parts.append(encode_basestring(value))
    elif value is None:
        parts.append("null")
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, int):
        parts.append(_format_integer(value))
    elif isinstance(value, float):
        parts.append(format_number(value))
    elif isinstance(value, Mapping):
        _write_mapping(value, parts, depth)
    elif isinstance(value, list | tuple):
        opener = "["
        for item in value:
            parts.append(opener)
            _write(item, parts, depth + 1)
            opener = ","
        parts.append("]" if value else "[]")
    else:
        raise CanonicalError(f"a {type(value).__name__} is no JSON value")


def _write_mapping(value: Mapping[Any, Any], parts: list[str], depth: int) -> None:
    opener = "{"
    for key in sorted(value, key=_sort_key):
        parts.append(f"{opener}{encode_basestring(key)}:")
        _write(value[key], parts, depth + 1)
        opener = ","
    parts.append("}" if value else "{}")


def _sort_key(key: Any) -> bytes:
    if not isinstance(key, str):
        raise CanonicalError(f"an object has a key that is no text: {key!r}")
    return key.encode("utf-16-be", "surrogatepass")
