"""Which format an input is in: forced by its name, or the parser that is surest of its beginning."""

import re
from collections.abc import Callable
from functools import cache
from typing import cast

from stack.core.errors import BadInput
from stack.core.plugins import discover_plugins
from stack.ingest.base import ParserPlugin
from stack.ingest.streams import ByteStream

_HEAD = 64 * 1024
_REFUSED = (
    (b"%PDF", "a PDF document", "Add it to the review desk: stack review add FILE."),
    (
        b"PK\x03\x04",
        "a ZIP archive",
        "Unpack it and ingest the files in it; gzip and zstd are taken as they are.",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Office document",
        "Save it as DOCX or PDF, and add that to the review desk.",
    ),
    (b"\x7fELF", "a program", "Stack takes in what is known about it, not the file."),
    (b"MZ", "a program", "Stack takes in what is known about it, not the file."),
    (b"SQLite format 3", "a database", "Export from it what you want to ingest."),
)
# A byte order mark, or ASCII characters with zero bytes between them.
_WIDE = re.compile(rb"\xff\xfe|\xfe\xff|\0{1,3}[\t-~]|[\t-~]\0")
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body")


@cache
def list_parsers() -> dict[str, ParserPlugin]:
    """All parsers by their name."""
    return cast("dict[str, ParserPlugin]", discover_plugins("stack.ingest.parsers", "Parser"))


_offers: dict[str, Callable[[str], ParserPlugin | None]] = {}


def offer_parsers(prefix: str, find: Callable[[str], ParserPlugin | None]) -> None:
    """Lets a room above add formats called `prefix:NAME`; `find` gives the parser of a NAME.

    They are never guessed, only named, and so in no list of formats.
    """
    _offers[prefix] = find


def find_parser(name: str) -> ParserPlugin:
    """Raises `BadInput` for a format that there is not."""
    prefix, colon, rest = name.partition(":")
    found = _offers[prefix](rest) if colon and prefix in _offers else list_parsers().get(name)
    if found is None:
        raise BadInput(f"There is no format {name!r}", remedy=f"Use one of: {', '.join(list_parsers())}.")
    return found


def choose_parser(stream: ByteStream, *, filename: str, forced: str | None = None) -> ParserPlugin:
    """Raises `BadInput`, saying what the input is and what to do, when no parser takes it."""
    parsers = list_parsers()
    head = stream.head(_HEAD)
    chosen = None if forced is None else find_parser(forced)
    if not head.strip():
        raise BadInput("The file is empty")
    _refuse_encoding(head)
    if chosen is not None:
        return chosen
    _refuse_other_kinds(head)
    sureness = {name: parser.sniff(head, filename) for name, parser in parsers.items()}
    best = max(sureness, key=lambda name: sureness[name])
    if not sureness[best]:
        raise BadInput(
            "Stack does not recognise the format of this file",
            remedy=f"If it is one of these, say so: {', '.join(parsers)}.",
        )
    return parsers[best]


def _refuse_encoding(head: bytes) -> None:
    if _WIDE.match(head):
        raise BadInput(
            "The file is in UTF-16 or UTF-32; STIX and the other formats are UTF-8",
            remedy="Convert it, for example with: iconv -f UTF-16 -t UTF-8.",
        )


def _refuse_other_kinds(head: bytes) -> None:
    start = head.lstrip()[:200].lower()
    if start.startswith(_HTML) or (start.startswith((b"<?xml", b"<!--")) and b"<html" in head.lower()):
        raise BadInput(
            "This is an HTML page, not STIX: a sign-in or error page was probably saved instead of the file",
            remedy="Fetch the file itself. A report belongs on the review desk: stack review add FILE.",
        )
    for magic, what, remedy in _REFUSED:
        if head.startswith(magic):
            raise BadInput(f"This is {what}, which Stack does not read", remedy=remedy)
