"""What readers give: the title of a document, its text in parts, remarks; and how much of it there may be."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from stack.core.errors import BadInput

LONGEST_PART = 40_000
_LONGEST_TITLE = 200


class Title(msgspec.Struct, frozen=True, tag=True):
    """What the document calls itself."""

    text: str


class Remark(msgspec.Struct, frozen=True, tag=True):
    """Something about the document that people should know, such as what of it was not read."""

    text: str


class Passage(msgspec.Struct, frozen=True, tag=True):
    """A piece of text: `part` says where it stands ("page 3", "attachment “a.pdf”, page 1").

    `about` is `headers` where the text is not what somebody wrote but what the mail's way added.
    """

    part: str
    text: str
    about: Literal["content", "headers"] = "content"


class Attached(msgspec.Struct, frozen=True, tag=True):
    """A file in the document; `within` is the label of what it is attached to, empty for the document."""

    name: str
    data: bytes
    within: str = ""


Text: TypeAlias = Title | Remark | Passage
Piece: TypeAlias = Text | Attached


class Budget:
    """How much text, and how many parts and documents within documents, one document may give."""

    def __init__(self, *, characters: int = 5_000_000, parts: int = 5_000, nested: int = 200) -> None:
        self._characters = characters
        self._parts = parts
        self._nested = nested

    def take(self, passage: Passage) -> None:
        self._characters -= len(passage.text)
        self._parts -= 1
        if self._characters < 0 or self._parts < 0:
            raise BadInput(
                "The document holds more text than a report does: 5 million characters or 5,000 parts",
                remedy="Split it; a list of indicators is better ingested as text or CSV.",
            )

    def take_nested(self) -> bool:
        """Whether one more document within the document may be read."""
        self._nested -= 1
        return self._nested >= 0


def split_text(part: str, text: str, about: Literal["content", "headers"] = "content") -> Iterator[Passage]:
    """The text as passages of at most 40,000 characters, which end with a line or a word where they can."""
    start, number = 0, 1
    is_long = len(text) > LONGEST_PART
    while start < len(text):
        end = min(start + LONGEST_PART, len(text))
        if end < len(text):
            end = _find_end(text, start, end)
        piece = text[start:end]
        if piece.strip():
            title = f"{part}, {number}" if is_long else part
            yield Passage(title[:_LONGEST_TITLE], clean_text(piece), about)
            number += 1
        start = end


def clean_text(text: str) -> str:
    """Without NUL and halves of pairs, which no database keeps; lines end with a line feed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")
    return text.encode("utf-8", "replace").decode("utf-8") if _has_surrogates(text) else text


def decode_text(data: bytes, charset: str = "") -> str:
    """Text in the charset named, in UTF-8 or UTF-16 by its mark, else as Windows-1252; never fails."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    for name in (charset, "utf-8"):
        try:
            if name:
                return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def _has_surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _find_end(text: str, start: int, end: int) -> int:
    for mark in ("\n", " "):
        found = text.rfind(mark, start + LONGEST_PART // 2, end)
        if found > 0:
            return found + 1
    return end
