"""Why a record cannot be decoded, as a rule and in words."""

import re

import orjson

_NO_NUMBER = re.compile(rb"[:,\[]\s*+-?+(?:NaN|Infinity)\b")


def explain_error(error: ValueError | RecursionError, text: bytes) -> tuple[str, str]:
    """The rule that a decoder's refusal of `text` stands for, and what was wrong."""
    reason = str(error)
    if isinstance(error, RecursionError) or "depth limit" in reason:
        return "depth", "it is nested too deep; some hundred levels are allowed"
    if "UTF-8" in reason:
        return "unicode", f"not UTF-8{_find_bad_bytes(text)}; save the file as UTF-8"
    if "surrogate" in reason:
        return "unicode", f"half a surrogate pair is no character (RFC 7493, 2.1): {reason}"
    if _NO_NUMBER.search(text):
        return "json", f"JSON has no NaN and no Infinity; leave the property out: {reason}"
    return "json", f"not valid JSON: {reason}"


def _find_bad_bytes(text: bytes) -> str:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return f": byte {error.start:,} of it is {text[error.start : error.start + 1].hex().upper()}"
    return ""


def explain_text(text: bytes) -> tuple[str, str]:
    """The same for a text that is known not to decode."""
    try:
        orjson.loads(text)
    except ValueError as error:
        return explain_error(error, text)
    return "json", "not valid JSON"
