"""Checks of single values: the data types of STIX 2.1, section 2, that hold no other values.

A check takes a decoded JSON value and returns None where it is clean. The first lines of each are the hot
path.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable
from math import isfinite
from typing import Any, Final

from stack.stix.spec import model
from stack.stix.timestamps import TimestampError, is_common_form, parse_instant
from stack.stix.validation.faults import Findings, error, shorten, show, warning, wrong_type

Check = Callable[[Any], Findings]

MAX_DEPTH: Final = 64
"""Levels of nesting below a property; deeper ones are refused, since no tool downstream can walk them."""

_is_hex = re.compile(r"(?:[0-9a-f]{2})+\Z").match
_is_selector = re.compile(
    r"(?:[A-Za-z0-9_-]{1,250}|\[[0-9]{1,9}\])(?:\.(?:[A-Za-z0-9_-]{1,250}|\[[0-9]{1,9}\]))*\Z"
).match


def check_text(value: Any) -> Findings:
    """A string that UTF-8 can carry."""
    if type(value) is str:
        return None if value.isascii() else check_encodable(value)
    return wrong_type("a text", value, "2.15")


def check_encodable(value: str) -> Findings:
    """Whether a text can be written as UTF-8, which lone surrogates cannot."""
    try:
        value.encode()
    except UnicodeEncodeError as failure:
        code = ord(value[failure.start])
        message = (
            f"The text has the lone surrogate U+{code:04X} at character {failure.start}. Send valid Unicode."
        )
        return [error("lone-surrogate", "2.15", message)]
    return None


def check_boolean(value: Any) -> Findings:
    """JSON true or false."""
    return None if value is True or value is False else wrong_type("true or false", value, "2.2")


def check_timestamp(value: Any) -> Findings:
    """A timestamp of section 2.16."""
    if type(value) is not str:
        return wrong_type("a timestamp such as 2026-01-31T08:15:30.123Z", value, "2.16")
    if is_common_form(value):
        return None
    try:
        parse_instant(value)
    except TimestampError as failure:
        return [error("timestamp", "2.16", f"{str(failure)[:200]}.")]
    return None


def check_version_timestamp(value: Any) -> Findings:
    """A timestamp with milliseconds at least, as `created` and `modified` have to be."""
    if type(value) is str and len(value) >= 24 and is_common_form(value):
        return None
    if (findings := check_timestamp(value)) is not None or len(value) >= 24:
        return findings
    message = "created and modified have at least three digits of a second's fraction. Add .000 before the Z."
    return [warning("timestamp-precision", "3.2", message)]


def compile_timestamp(kind: model.Timestamp) -> Check:
    """A timestamp, of the precision that the row asks for."""
    return check_version_timestamp if kind.digits else check_timestamp


def compile_text(kind: model.Text) -> Check:
    """A text, of a shape where the table asks for one."""
    shape = kind.shape
    if shape is None:
        return check_text

    def check(value: Any) -> Findings:
        if type(value) is str and shape.matches(value) and value.isascii():
            return None
        if (findings := check_text(value)) is not None or shape.matches(value):
            return findings
        return [warning(shape.name, shape.section, f"Expected {shape.expected}, got {shorten(value)}.")]

    return check


def compile_constant(kind: model.Constant) -> Check:
    """The one text that the table allows."""
    only = kind.value

    def check(value: Any) -> Findings:
        if value == only:
            return None
        return [error("constant", "3.2", f"Expected {only!r}, got {show(value)}.")]

    return check


def compile_integer(kind: model.Integer) -> Check:
    """A whole number within a range. `3.0` is taken for 3, with a warning."""
    low, high = kind.low, kind.high

    def check(value: Any) -> Findings:
        if type(value) is int:
            if low <= value <= high:
                return None
            return [
                error("range", "2.10", f"Expected an integer from {low:,} to {high:,}, got {show(value)}.")
            ]
        if type(value) is float and value.is_integer() and low <= value <= high:
            message = f"Expected an integer, got {value!r}. Write it without a fraction."
            return [warning("integer-form", "2.10", message)]
        return wrong_type("an integer", value, "2.10")

    return check


def compile_float(kind: model.Float) -> Check:
    """A finite number within a range."""
    low = float("-inf") if kind.low is None else kind.low
    high = float("inf") if kind.high is None else kind.high

    def check(value: Any) -> Findings:
        if type(value) is not float and type(value) is not int:
            return wrong_type("a number", value, "2.6")
        if low <= value <= high and (type(value) is int or isfinite(value)):
            return None
        return [error("range", "2.6", f"Expected a finite number from {low} to {high}, got {show(value)}.")]

    return check


def check_hex(value: Any) -> Findings:
    """Pairs of lower-case hexadecimal digits."""
    if type(value) is not str:
        return wrong_type("hexadecimal digits", value, "2.8")
    if _is_hex(value):
        return None
    if _is_hex(value.lower()):
        return [
            warning("hex-case", "2.8", "Expected lower-case hexadecimal digits. Write a-f instead of A-F.")
        ]
    message = f"Expected an even number of digits 0-9 and a-f, got {shorten(value)}."
    return [error("hex", "2.8", message)]


def check_binary(value: Any) -> Findings:
    """Base64 of RFC 4648. White space in it is a warning: the bytes are the same."""
    if type(value) is not str:
        return wrong_type("a base64 text", value, "2.1")
    try:
        a2b_base64(value, strict_mode=True)
    except (Base64Error, ValueError) as failure:
        compact = "".join(value.split())
        if len(compact) < len(value) and check_binary(compact) is None:
            return [warning("base64-form", "2.1", "The base64 has white space in it. Remove it.")]
        return [error("base64", "2.1", f"Expected base64: {str(failure)[:100]}.")]
    return None


def check_selector(value: Any) -> Findings:
    """The syntax of a granular marking's selector."""
    if type(value) is not str:
        return wrong_type("a selector", value, "7.2.3")
    if _is_selector(value):
        return None
    message = f"{shorten(value)} is no selector. Write names and [indexes] joined by dots: labels.[0]."
    return [error("selector", "7.2.3", message)]


def compile_closed(kind: model.Closed) -> Check:
    """A word of an enumeration."""
    values, name, section = kind.values, kind.name, kind.section

    def check(value: Any) -> Findings:
        if type(value) is not str:
            return wrong_type(f"a word of {name}", value, "2.4")
        if value in values:
            return None
        choice = ", ".join(sorted(values))
        return [error("enumeration", section, f"{shorten(value)} is not in {name}. Use one of: {choice}.")]

    return check


def compile_open(kind: model.Open) -> Check:
    """A word that is best taken from a vocabulary."""
    values, name, section = kind.values, kind.name, kind.section

    def check(value: Any) -> Findings:
        if type(value) is str:
            if value in values:
                return None
            message = f"{shorten(value)} is not in {name}. Use a word of the vocabulary where one fits."
            return check_encodable(value) or [warning("vocabulary", section, message)]
        return wrong_type(f"a word of {name}", value, "2.14")

    return check


def check_any(value: Any) -> Findings:
    """A value that the standard does not define: texts that UTF-8 can carry, and no endless nesting."""
    kind = type(value)
    if kind is str:
        return None if value.isascii() else check_encodable(value)
    if kind is list:
        for item in value:
            if type(item) is not str or not item.isascii():
                return _check_tree(value)
        return None
    if kind is dict:
        return _check_tree(value)
    if kind is float and not isfinite(value):
        return [error("json-type", "2.6", "NaN and infinity are no JSON numbers. Leave the property out.")]
    return None


def _check_tree(value: Any) -> Findings:
    """Breadth first, without recursion: the value comes from outside and may be nested without end."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for node in level:
            if type(node) is dict:
                below.extend(node)
                below.extend(node.values())
            else:
                below.extend(node)
        for leaf in below:
            if type(leaf) is str and not leaf.isascii() and (findings := check_encodable(leaf)) is not None:
                return findings
            if type(leaf) is float and not isfinite(leaf):
                return [error("json-type", "2.6", "NaN and infinity are no JSON numbers. Leave them out.")]
        level = [node for node in below if type(node) is dict or type(node) is list]
        if not level:
            return None
    return [error("nesting", "2.3", f"The value is nested deeper than {MAX_DEPTH} levels. Flatten it.")]
