"""Indicators in running text that have a dot, a colon or an at sign in them."""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from stack.stix.observables.detect import read_address
from stack.stix.observables.file_names import DOUBTFUL_ENDINGS, FILE_ENDINGS
from stack.stix.observables.hits import Hit
from stack.stix.observables.kinds import Kind, Observable
from stack.stix.observables.normalise import fold, normalise
from stack.stix.observables.suffixes import ends_publicly, has_public_suffix

Marked: TypeAlias = Callable[[int, int], bool]

_LONGEST_URL = 8192
_LABEL = r"[\w-]{1,63}"
_HOST = rf"{_LABEL}(?:\.{_LABEL}){{1,40}}+"
_SCHEME = r"(?:https?|ftps?|sftp|wss?|tcp|udp|ssh|ldaps?|smb|git|socks[45]?)://"
# A comma or semicolon ends a URL where white space or another URL follows it, as in lists.
_TAIL = r"(?:[^\s\"'<>|`{}^\\,;]++|[,;](?!\s|[a-z]{2,8}:))*+"
_STOPS = r"\s<>\"'`|,;(\[{="

# A word with a dot, a colon or an at sign inside it: few words of prose have one, the rest is passed over.
_DOTTED = re.compile(
    rf"(?<![^{_STOPS}])(?:[^{_STOPS}.:@]*+[.:@])+?(?=[\w/\[:])[^\s<>\"'`|]*+",
)
_SHAPES = re.compile(
    rf"""
      (?<![a-z0-9+.-]) (?P<url>{_SCHEME}[^\s/"'<>|`{{}}^\\,;]{_TAIL})
    | (?<![\w.%+-]) (?P<email>[a-z0-9_%+-][a-z0-9_.%+-]{{0,63}}@{_HOST})
    | (?<![\w.:-]) (?P<ssdeep>\d{{1,8}}:[a-z0-9+/]{{6,148}}:[a-z0-9+/]{{6,148}}) (?![\w+/])
    | (?<![\w.]) (?P<address>\d{{1,3}}(?:\.\d{{1,3}}){{3}}+(?:/\d{{1,2}}(?!\w|[./?]\w))?)
                 (?!\w|[./?]\w|:\d{{1,5}}/\w)
    | (?<![\w.:]) (?P<address6>(?=[0-9a-f]{{0,4}}:[0-9a-f]{{0,4}}:)[0-9a-f:]{{2,39}}+(?:/\d{{1,3}})?)
                  (?![\w:]|\.\w)
    | (?<![\w@./\\-]) (?P<host>{_HOST}) (?![\w@-]) (?P<path>(?::\d{{1,5}}(?![\w.]))?[/?]{_TAIL})?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BRACKET = re.compile(r"[()\[\]]")
_CLOSERS = {"(": ")", "[": "]"}
_PUNCTUATION = ".,;:!?*"
_HASH = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\.", re.IGNORECASE)
_TITLE_ENDINGS = frozenset({"Com", "Net", "Org"})
_VERSION = re.compile(r"(?:\bversions?|\bver\.?|\bv\.?|\bbuild|\brelease)\s*$", re.IGNORECASE)


def find_dotted(text: str, is_marked: Marked) -> Iterator[Hit]:
    """URLs, e-mail addresses, IP addresses, networks, domains, file names and ssdeep hashes.

    `is_marked` tells whether a part of the text was defanged.
    """
    for token in _DOTTED.finditer(text):
        for match in _SHAPES.finditer(text, token.start(), token.end()):
            group = match.lastgroup or ""
            try:
                hit = _READERS["host" if group == "path" else group](match, is_marked)
            except ValueError:
                continue
            if hit is not None:
                yield hit


def _read_url(match: re.Match[str], is_marked: Marked) -> Hit | None:
    start = match.start()
    raw = _trim_url(match["url"])
    if len(raw) > _LONGEST_URL:
        return None
    url = normalise(Kind.URL, raw)
    host = url.partition("://")[2].partition("/")[0]
    if "." not in host and ":" not in host and not is_marked(start, match.end()):
        return None
    return Hit(Observable(Kind.URL, url), start, start + len(raw))


def _trim_url(raw: str) -> str:
    """Without the punctuation and the closing brackets of the sentence that the URL stands in."""
    depths = {")": 0, "]": 0}
    for bracket in _BRACKET.finditer(raw):
        closer = _CLOSERS.get(bracket[0], bracket[0])
        depths[closer] += 1 if bracket[0] in _CLOSERS else -1
        if depths[closer] < 0:
            return raw[: bracket.start()].rstrip(_PUNCTUATION)
    return raw.rstrip(_PUNCTUATION)


def _read_email(match: re.Match[str], is_marked: Marked) -> Hit | None:
    raw = match["email"].rstrip("-_")
    email = normalise(Kind.EMAIL, raw)
    if not ends_publicly(email.rpartition("@")[2]) and not is_marked(match.start(), match.end()):
        return None
    return Hit(Observable(Kind.EMAIL, email), match.start(), match.start() + len(raw))


def _read_ssdeep(match: re.Match[str], _: Marked) -> Hit | None:
    return Hit(Observable(Kind.SSDEEP, normalise(Kind.SSDEEP, match["ssdeep"])), match.start(), match.end())


def _read_ipv4(match: re.Match[str], is_marked: Marked) -> Hit | None:
    start = match.start()
    if _VERSION.search(match.string, max(0, start - 12), start) and not is_marked(start, match.end()):
        return None
    return Hit(read_address(match["address"]), start, match.end())


def _read_ipv6(match: re.Match[str], _: Marked) -> Hit | None:
    """An address without a digit ("Face::add") is a name of some programming language."""
    raw = match["address6"]
    if any(character.isdigit() for character in raw):
        return Hit(read_address(raw), match.start(), match.end())
    return None


def _read_host(match: re.Match[str], is_marked: Marked) -> Hit | None:
    start, end = match.span("host")
    raw = match["host"]
    marked = is_marked(start, end)
    ending = raw.rpartition(".")[2]
    tail = _trim_url(match["path"] or "")
    if ending.isdecimal():
        return _read_address_url(start, raw, tail)
    if not marked and _starts_sentence(raw, ending):
        return None
    if not marked and _is_file_name(raw, ending):
        # A sample named by its hash is found by the hash.
        named_by_hash = _HASH.match(raw) is not None
        return None if named_by_hash else Hit(Observable(Kind.FILE_NAME, fold(raw)), start, end)
    name = normalise(Kind.DOMAIN, raw)
    if not marked and not ends_publicly(name):
        return None
    if len(tail.partition("/")[2]) > 0:
        return _read_bare_url(start, raw + tail)
    return Hit(Observable(Kind.DOMAIN, name), start, end)


def _read_address_url(start: int, raw: str, tail: str) -> Hit | None:
    """Four numbers with a path are a URL without a scheme; other names that end in a number are versions."""
    address = read_address(raw)
    if "/" not in tail:
        return Hit(address, start, start + len(raw))
    return _read_bare_url(start, raw + tail)


def _read_bare_url(start: int, raw: str) -> Hit | None:
    if len(raw) > _LONGEST_URL:
        return None
    return Hit(Observable(Kind.URL, normalise(Kind.URL, raw)), start, start + len(raw))


def _is_file_name(raw: str, ending: str) -> bool:
    ending = ending.lower()
    if ending not in FILE_ENDINGS or len(ending) < 2:
        return False
    if not has_public_suffix(ending):
        return True
    before = raw.lower().split(".")[-2]
    return ending in DOUBTFUL_ENDINGS and (raw.count(".") == 1 or before in FILE_ENDINGS)


def _starts_sentence(raw: str, ending: str) -> bool:
    """True for "end.In" and "July.So": the full stop of a sentence without the space after it."""
    return ending.istitle() and (raw[0].islower() or ending not in _TITLE_ENDINGS)


_READERS: dict[str, Callable[[re.Match[str], Marked], Hit | None]] = {
    "url": _read_url,
    "email": _read_email,
    "ssdeep": _read_ssdeep,
    "address": _read_ipv4,
    "address6": _read_ipv6,
    "host": _read_host,
}
