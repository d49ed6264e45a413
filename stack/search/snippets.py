"""The piece of an object's text that a query matched: plain text, with the ranges of what matched in it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stack.search import query_tree as tree
from stack.search.documents import walk_texts

LENGTH = 220
_BEFORE = 70
_SEARCHED = 50_000
_MOST_MARKS = 20
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Snippet:
    """`marks` are (start, end) in characters of `text`."""

    text: str
    marks: tuple[tuple[int, int], ...]


class SnippetMaker:
    """Makes the snippets of one query. Phrases and values are found defanged too: “evil[.]example”."""

    def __init__(self, node: tree.Node) -> None:
        wanted = [words for text in tree.list_free_words(node) if (words := _WORD.findall(text))]
        is_pattern = _has_pattern(node)
        self._pattern = _compile_words(wanted, is_pattern=is_pattern) if wanted else None

    def make(self, obj: Mapping[str, Any]) -> Snippet:
        """Around the first match in the object's texts; the beginning of the first text when none matches."""
        first = ""
        for text in _list_sentences(obj):
            first = first or text
            if self._pattern and (match := self._pattern.search(text, 0, _SEARCHED)):
                return self._cut(text, match.start())
        return Snippet(_shorten(first), ())

    def _cut(self, text: str, found: int) -> Snippet:
        start = 0 if found <= _BEFORE else text.find(" ", found - _BEFORE, found) + 1 or found - _BEFORE
        end = min(start + LENGTH, len(text))
        piece = ("…" if start else "") + " ".join(text[start:end].splitlines())
        if end < len(text):
            piece += "…"
        marks = [match.span() for match in self._pattern.finditer(piece)] if self._pattern else []
        return Snippet(piece, tuple(marks[:_MOST_MARKS]))


def _list_sentences(obj: Mapping[str, Any]) -> Iterable[str]:
    """Texts with a blank in them, the description first: single words say nothing about a hit."""
    description = obj.get("description")
    if isinstance(description, str) and description:
        yield description
    yield from (text for text in walk_texts(obj) if " " in text and text != description)


def _compile_words(wanted: Sequence[Sequence[str]], *, is_pattern: bool) -> re.Pattern[str]:
    phrases = [r"[\W_]{1,4}".join(map(re.escape, words)) for words in wanted]
    edge = "" if is_pattern else r"\b"
    return re.compile(f"{edge}(?:{'|'.join(phrases)}){edge}", re.IGNORECASE)


def _has_pattern(node: tree.Node) -> bool:
    match node:
        case tree.Wildcard():
            return True
        case tree.And(parts) | tree.Or(parts):
            return any(_has_pattern(part) for part in parts)
        case _:
            return False


def _shorten(text: str) -> str:
    line = " ".join(text[: LENGTH * 2].split())
    return line if len(line) <= LENGTH else line[: line.rfind(" ", 0, LENGTH)] + "…"
