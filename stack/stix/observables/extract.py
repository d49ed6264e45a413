"""Finds every indicator in running text: reports, e-mails, lists.

The text is refanged once, with a map of the places; then three passes look for what has a dot, a colon or an
at sign in it, for words of a known shape, and for what has backslashes. Every expression is anchored at the
start of a word and reads each character a bounded number of times: the time is in proportion to the length.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from stack.stix.observables.dotted_shapes import find_dotted
from stack.stix.observables.hits import Hit
from stack.stix.observables.kinds import Observable
from stack.stix.observables.refang import find_marks
from stack.stix.observables.word_shapes import find_local, find_words


class Found(msgspec.Struct, frozen=True, gc=False):
    """A mention of an indicator: `text[start:end] == raw`, `defanged` as it stands there."""

    observable: Observable
    start: int
    end: int
    raw: str
    defanged: bool


def extract_observables(text: str) -> list[Found]:
    """Every indicator in the text, refanged and canonical, each kind and value once, by first mention.

    Domains end in a public suffix. A bare name that may be a file or a host ("setup.zip") is a file unless it
    is defanged. A hash inside a URL or a host name belongs to that. The host of a URL is part of the URL.
    """
    found: dict[Observable, Found] = {}
    for mention in find_mentions(text):
        found.setdefault(mention.observable, mention)
    return list(found.values())


def find_mentions(text: str) -> Iterator[Found]:
    """Every mention of every indicator, in order; none overlap."""
    fanged = _FangedText(text)
    hits = chain(find_dotted(fanged.text, fanged.is_marked), find_words(fanged.text), find_local(fanged.text))
    for hit in _drop_overlaps(hits):
        start, end = fanged.locate(hit.start), fanged.locate(hit.end)
        yield Found(hit.observable, start, end, text[start:end], fanged.is_marked(hit.start, hit.end))


def _drop_overlaps(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Of hits that overlap, the one that starts first, and of these the longest."""
    covered = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= covered:
            covered = hit.end
            yield hit


class _FangedText:
    """A text with its marks read back, and the way from places in it to places in the original."""

    __slots__ = ("_deltas", "_ends", "_starts", "text")

    def __init__(self, original: str) -> None:
        pieces: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._deltas = [0]
        copied = 0
        delta = 0
        for start, end, meaning in find_marks(original):
            pieces += (original[copied:start], meaning)
            copied = end
            self._starts.append(start - delta)
            delta += end - start - len(meaning)
            self._ends.append(end - delta)
            self._deltas.append(delta)
        pieces.append(original[copied:])
        self.text = "".join(pieces) if copied else original

    def locate(self, position: int) -> int:
        """The place in the original of a place in `text`."""
        return position + self._deltas[bisect_right(self._ends, position)]

    def is_marked(self, start: int, end: int) -> bool:
        """True where a mark stood between these places of `text`."""
        return bisect_left(self._starts, start) < bisect_left(self._starts, end)
