"""Words of others, made safe to show: cut, of one line, without control characters and secrets."""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable
from html import unescape
from typing import Final
from urllib.parse import quote, quote_plus

import orjson

_LONGEST: Final = 160
_LEAST_SECRET: Final = 4
_TAGS: Final = re.compile(r"<[^>]{0,500}>")
_BLANKS: Final = re.compile(r"\s+")


def clean_words(text: str, *, most: int = _LONGEST) -> str:
    """One line of at most `most` characters, without tags, control and direction characters."""
    plain = unescape(_TAGS.sub(" ", text[: most * 20]))
    kept = "".join(
        each if unicodedata.category(each)[0] != "C" else " " for each in plain.replace("\ufffd", "")
    )
    line = _BLANKS.sub(" ", kept).strip()
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def hide_secrets(body: bytes, secrets: Iterable[str]) -> bytes:
    """The bytes without any of these texts, however they may be written in an answer."""
    for secret in secrets:
        if len(secret) < _LEAST_SECRET:
            continue
        for form in sorted(_list_forms(secret), key=len, reverse=True):
            body = body.replace(form, b"[credential]")
    return body


def _list_forms(secret: str) -> set[bytes]:
    texts = {secret, quote(secret, safe=""), quote_plus(secret), orjson.dumps(secret).decode()[1:-1]}
    plain = {text.encode("utf-8", "replace") for text in texts}
    return plain | {b64encode(secret.encode("utf-8", "replace")).rstrip(b"=")}
