"""Descriptions as people read them: the light Markdown of ATT&CK without live links. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PIECE = re.compile(
    r"""
      \[(?P<text>[^\[\]\n]{1,300})\]\((?P<url>https?://[^()\s]{1,1000})\)
    | \(Citation:\s(?P<citation>[^()\n]{1,300})\)
    | `(?P<tick>[^`\n]{1,2000})`
    | <code>(?P<code>.{1,2000}?)</code>
    """,
    re.VERBOSE,
)
_ATTACK_PAGE = re.compile(r"https?://attack\.mitre\.org/\w+/([A-Z]{1,2}\d{4})(?:/(\d{3}))?/?")
_PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a description: `text`, `code`, `citation`, or `link` with where it led to.

    `attack` is the ATT&CK id that a link names, to be searched for; other addresses are shown defanged.
    """

    kind: str
    text: str
    url: str = ""
    attack: str = ""


def read_prose(text: str) -> list[list[Piece]]:
    """The paragraphs of a description, each in pieces."""
    return [list(_read_pieces(part)) for part in _PARAGRAPH.split(text.strip()) if part.strip()]


def _read_pieces(text: str) -> Iterator[Piece]:
    at = 0
    for match in _PIECE.finditer(text):
        if match.start() > at:
            yield Piece("text", text[at : match.start()])
        yield _read_match(match)
        at = match.end()
    if at < len(text):
        yield Piece("text", text[at:])


def _read_match(match: re.Match[str]) -> Piece:
    if match["citation"]:
        return Piece("citation", match["citation"])
    if match["url"] is None:
        return Piece("code", match["tick"] or match["code"])
    page = _ATTACK_PAGE.fullmatch(match["url"])
    attack = ".".join(part for part in page.groups() if part) if page else ""
    return Piece("link", match["text"], url=match["url"], attack=attack)
