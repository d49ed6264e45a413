"""How a label looks: its scripts, and what it is mistaken for (Unicode Technical Standard 39)."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

import msgspec

_COMMON: Final = frozenset(("COMMON", "INHERITED"))
# Section 5.1: combinations that one writing system uses, beside Latin.
_TOGETHER: Final = (
    frozenset(("LATIN", "HAN", "HIRAGANA", "KATAKANA")),
    frozenset(("LATIN", "HAN", "BOPOMOFO")),
    frozenset(("LATIN", "HAN", "HANGUL")),
)
_NEAR_LATIN: Final = frozenset(("CYRILLIC", "GREEK"))
# What people read as the same in the fonts of address bars, beyond Unicode's table.
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"))

# Small letters that look like small capitals of Latin: Unicode's table has them for capitals alone.
_SMALL: Final = dict(zip("вкмнтгω", "bkmhtrw", strict=True))
_NAMED: Final = re.compile(r"LATIN (?:SMALL LETTER|CAPITAL LETTER|LETTER SMALL CAPITAL) ([A-Z])(?: WITH .*)?")


class Scripts(msgspec.Struct, frozen=True):
    """`level` is one of UTS 39, section 5.2: ascii, single, highly, moderately or minimally restrictive."""

    names: tuple[str, ...]
    level: str

    @property
    def is_mixed(self) -> bool:
        return self.level in {"moderately", "minimally"}


@lru_cache(maxsize=1024)
def find_scripts(label: str) -> Scripts:
    if label.isascii():
        return Scripts(("LATIN",), "ascii")
    found = frozenset(_find_script(letter) for letter in label) - _COMMON
    names = tuple(sorted(found))
    if len(found) <= 1:
        return Scripts(names, "single")
    if any(found <= each for each in _TOGETHER):
        return Scripts(names, "highly")
    if len(found) == 2 and "LATIN" in found and not found & _NEAR_LATIN:
        return Scripts(names, "moderately")
    return Scripts(names, "minimally")


@lru_cache(maxsize=4096)
def draw_skeleton(label: str) -> str:
    """What two labels have in common that look alike: compare it, never show it."""
    letters = label.lower()
    if not letters.isascii():
        letters = "".join(map(_find_latin, unicodedata.normalize("NFKD", letters)))
    for seen, meant in _PAIRS:
        letters = letters.replace(seen, meant)
    return letters


def write_latin(label: str) -> str:
    """The label in the Latin letters that each of its letters is mistaken for, as far as there are any."""
    if label.isascii():
        return label
    return "".join(map(_find_latin, unicodedata.normalize("NFKD", label.lower())))


def find_strange(label: str) -> tuple[str, ...]:
    """Each letter outside ASCII with what it looks like: "а (CYRILLIC SMALL LETTER A) for a"."""
    found = []
    for letter in dict.fromkeys(label):
        latin = "".join(map(_find_latin, unicodedata.normalize("NFKD", letter)))
        if not letter.isascii() and latin.isascii() and latin:
            found.append(f"{letter} ({unicodedata.name(letter, 'unnamed')}) for {latin}")
    return tuple(found)


@cache
def _load_confusables() -> dict[str, list[dict[str, str]]]:
    # A megabyte of JSON: read when the first name that is not ASCII comes.
    from confusable_homoglyphs.confusables import confusables_data  # type: ignore[import-untyped]

    found: dict[str, list[dict[str, str]]] = confusables_data
    return found


@cache
def _find_script(letter: str) -> str:
    from confusable_homoglyphs.categories import alias  # type: ignore[import-untyped]

    return str(alias(letter)).upper()


@lru_cache(maxsize=8192)
def _find_latin(letter: str) -> str:
    """The ASCII letters that one is mistaken for; marks above and below letters are dropped."""
    if letter.isascii():
        return letter
    if unicodedata.combining(letter):
        return ""
    if letter in _SMALL:
        return _SMALL[letter]
    if named := _NAMED.fullmatch(unicodedata.name(letter, "")):
        return named[1].lower()
    texts = [each["c"] for each in _load_confusables().get(letter, ())]
    # The shortest first: a capital of one letter before two that stand for it.
    plain = sorted((text.lower() for text in texts if text.isascii() and text.isalnum()), key=_by_form)
    return plain[0] if plain else letter


def _by_form(text: str) -> tuple[int, bool, str]:
    return len(text), text.isdigit(), text
