import importlib
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.stix.canonical import CanonicalError, canonical_json, format_number

_PEER: Any = importlib.import_module("stix2.canonicalization.Canonicalize")
_PEER_NUMBERS: Any = importlib.import_module("stix2.canonicalization.NumberToJson")
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _FLOATS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        # RFC 8785, appendix B.
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_writes_numbers_as_the_rfc_lists_them(bits: str, text: str) -> None:
    assert format_number(struct.unpack(">d", bytes.fromhex(bits))[0]) == text


def test_sorts_keys_by_utf_16_units() -> None:
    # RFC 8785, section 3.2.3: the emoji is above U+FB33 as a code point and below it in UTF-16.
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    keys = list(json.loads(canonical_json(value)))
    assert keys == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_escapes_only_what_json_has_to_escape() -> None:
    assert canonical_json('€$\x0f\nA\'\x42"\\\\"/\x7f') == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f"'.encode()


@given(_JSON)
def test_agrees_with_the_peer(value: object) -> None:
    assert canonical_json(value) == _PEER.canonicalize(value)


@given(_FLOATS)
def test_numbers_agree_with_the_peer(value: float) -> None:
    assert format_number(value) == _PEER_NUMBERS.convert2Es6Format(value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("\ud800", "lone surrogate U\\+D800"),
        ({"\udfff": 1}, "lone surrogate"),
        (float("nan"), "no JSON number"),
        (float("-inf"), "no JSON number"),
        (2**53 + 1, "cannot"),
        (10**400, "too large"),
        ({1: 2}, "key that is no text"),
        ({"a": {1}}, "set is no JSON value"),
    ],
)
def test_refuses_what_has_no_canonical_form(value: object, reason: str) -> None:
    with pytest.raises(CanonicalError, match=reason):
        canonical_json(value)


def test_refuses_endless_nesting_instead_of_overflowing() -> None:
    value: object = 1
    for _ in range(100_000):
        value = [value]
    with pytest.raises(CanonicalError, match="nested deeper"):
        canonical_json(value)


def test_integers_that_a_double_holds_exactly_are_taken() -> None:
    assert canonical_json(10**21) == b"1e+21"
