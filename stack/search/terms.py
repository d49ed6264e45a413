"""How texts and values are cut into terms: the same for every backend, so that all find the same.

Words are letters and digits, lower case, without accents. Values and names are also cut into parts of three
characters, so that a phrase of parts is a substring.
"""

import re
from functools import lru_cache

import tantivy

from stack.stix.observables.normalise import fold

LONGEST_WITH_PARTS = 256
# In bytes: a SHA-512 in hexadecimal has 128.
LONGEST_WORD = 130
# Stands where such a word was, so that the words around it do not become neighbours.
_LEFT_OUT = "\x04"
_START = "\x02"
_END = "\x03"
_BLANK = "\x01"
_PART = 3
# A word of so many characters may be too long in bytes: four make one at most.
_MAY_BE_LONG = re.compile(rf"\S{{{LONGEST_WORD // 4},}}")
_MAY_BE_LONG_ASCII = re.compile(rf"\S{{{LONGEST_WORD},}}")


@lru_cache(maxsize=1)
def build_word_analyzer() -> tantivy.TextAnalyzer:
    """Letters and digits, lower case, without accents; words up to the length of a SHA-512."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    steps = (
        tantivy.Filter.remove_long(LONGEST_WORD),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
    )
    for step in steps:
        builder = builder.filter(step)
    return builder.build()


@lru_cache(maxsize=1)
def _build_plain_analyzer() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).build()


def cut_words(text: str) -> list[str]:
    """The words of a text in their order; those that are too long to be looked for are left out."""
    words: list[str] = build_word_analyzer().analyze(text)
    return words


def spell_words(text: str) -> str:
    """The words for an analyzer that cuts at blanks, each at the place that it has in `text`."""
    words = cut_words(text)
    if (_MAY_BE_LONG_ASCII if text.isascii() else _MAY_BE_LONG).search(text):
        given = iter(words)
        words = [
            next(given) if len(word.encode()) < LONGEST_WORD else _LEFT_OUT
            for word in _build_plain_analyzer().analyze(text)
        ]
    return " ".join(words)


def spell_parts(text: str) -> str:
    """Every three neighbouring characters as a word, so that a phrase of them is a substring of `text`.

    Tantivy's own n-grams all have the same position; these have one each. The ends are marked, so that
    beginnings and endings can be asked for too.
    """
    is_whole = len(text) <= LONGEST_WITH_PARTS
    return " ".join(cut_parts(mark_ends(text[:LONGEST_WITH_PARTS], is_start=True, is_end=is_whole)))


def cut_parts(marked: str) -> list[str]:
    safe = marked.replace(" ", _BLANK)
    if len(safe.split(maxsplit=1)) > 1 or safe[-1:].isspace() or safe[:1].isspace():
        # A part must not be cut in two by an analyzer that cuts at white space of any kind.
        safe = "".join(_BLANK if char.isspace() else char for char in safe)
    return [safe[at : at + _PART] for at in range(len(safe) - _PART + 1)]


def mark_ends(text: str, *, is_start: bool, is_end: bool) -> str:
    """`text` as it stands in the parts of a value that begins or ends with it."""
    return f"{_START if is_start else ''}{text}{_END if is_end else ''}"


def fold_piece(piece: str) -> str:
    """Folded like the terms, but with the blanks at its ends, which stand beside a gap."""
    folded = fold(piece)
    start = " " if piece[:1].isspace() else ""
    return f"{start}{folded}{' ' if folded and piece[-1:].isspace() else ''}"
