"""Finds indicators in the parts of a document: each value once, with its mentions and a context."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from stack.ingest.documents.judging import Judgement, judge
from stack.ingest.documents.passages import Passage
from stack.ingest.documents.rules import find_rules
from stack.stix.observables.extract import Found, find_mentions
from stack.stix.observables.kinds import Kind, Observable
from stack.stix.observables.refang import refang

MOST_MENTIONS = 100
MOST_FINDS = 20_000
_AROUND = 200
_LONGEST_RAW = 8_192
_DEFANGING_DOCUMENT = 3
_NETWORK = frozenset({Kind.IPV4, Kind.IPV6, Kind.CIDR, Kind.DOMAIN, Kind.URL, Kind.EMAIL})
# A hash that a table cell or the width of a page has broken into lines.
_BROKEN = re.compile(
    r"(?<![0-9A-Za-z])[0-9a-fA-F]{8,127}+(?:[ \t]*\n[ \t]*[0-9a-fA-F]{4,127}+){1,15}+(?![0-9A-Za-z])"
)
_HASHES = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256, 128: Kind.SHA512}
_SENTENCE = re.compile(r"[.!?]\s+(?=[A-Z0-9“\"(])|\n\s*\n")


class DocumentFind(msgspec.Struct, kw_only=True):
    """A value and where it stands: `mentions` are (part, start, end) with parts numbered from 1."""

    kind: Kind
    value: str
    raw: str
    mentions: list[tuple[int, int, int]]
    context: str
    is_defanged: bool
    pattern_type: str = ""
    sureness: int = 0
    why: str = ""
    becomes: str = ""


class _Mention(msgspec.Struct, frozen=True):
    found: Found
    pattern_type: str = ""
    lines: int = 1


def find_in_parts(parts: Sequence[Passage], *, is_report: bool = True) -> list[DocumentFind]:
    """In the order of the document; at most 20,000, after which nobody would review them.

    In a report that defangs, what is not defanged is a reference. A mail is no report: who sent it meant its
    links to be clicked.
    """
    finds: dict[tuple[str, Kind, str], DocumentFind] = {}
    only_headers: dict[tuple[str, Kind, str], bool] = {}
    joined: set[tuple[str, Kind, str]] = set()
    for number, part in enumerate(parts, start=1):
        for mention in _find_in_text(part.text):
            found = mention.found
            key = (mention.pattern_type, found.observable.kind, found.observable.value)
            find = finds.get(key)
            if find is None:
                if len(finds) >= MOST_FINDS:
                    continue
                find = finds[key] = _make_find(mention, part.text)
            if len(find.mentions) < MOST_MENTIONS:
                find.mentions.append((number, found.start, found.end))
            find.is_defanged |= found.defanged
            only_headers[key] = only_headers.get(key, True) and part.about == "headers"
            if mention.lines > 1:
                joined.add(key)
    defangs = is_report and sum(find.is_defanged for find in finds.values()) >= _DEFANGING_DOCUMENT
    for key, find in finds.items():
        found_so = Judgement(
            is_defanged=find.is_defanged,
            mentions=len(find.mentions),
            only_headers=only_headers[key],
            is_joined=key in joined,
            defangs_others=defangs and find.kind in _NETWORK,
            pattern_type=find.pattern_type,
        )
        find.sureness, find.why, find.becomes = judge(Observable(find.kind, find.value), found_so)
    return list(finds.values())


def _find_in_text(text: str) -> Iterator[_Mention]:
    for start, end, pattern_type in find_rules(text):
        rule = text[start:end].strip()
        yield _Mention(Found(Observable(Kind.TEXT, rule), start, end, rule, False), pattern_type)
    for match in _BROKEN.finditer(text):
        pieces = match[0].split()
        whole = "".join(pieces).lower()
        kind = _HASHES.get(len(whole))
        if kind is not None and len(pieces[0]) not in _HASHES:
            found = Found(Observable(kind, whole), match.start(), match.end(), whole, False)
            yield _Mention(found, lines=len(pieces))
    for found in find_mentions(text):
        if found.end - found.start <= _LONGEST_RAW:
            yield _Mention(found)


def _make_find(mention: _Mention, text: str) -> DocumentFind:
    found = mention.found
    return DocumentFind(
        kind=found.observable.kind,
        value=found.observable.value,
        raw=refang(found.raw) if found.defanged else found.raw,
        pattern_type=mention.pattern_type,
        mentions=[],
        context="" if mention.pattern_type else cut_context(text, found.start, found.end),
        is_defanged=found.defanged,
    )


def cut_context(text: str, start: int, end: int) -> str:
    """The sentence around a place, on one line, of at most 200 characters to each side."""
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    ends = [match.end() for match in _SENTENCE.finditer(before)]
    next_end = _SENTENCE.search(after)
    sentence = (
        before[ends[-1] if ends else 0 :]
        + text[start:end]
        + after[: next_end.start() + 1 if next_end else None]
    )
    return " ".join(sentence.split())
