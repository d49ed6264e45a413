"""Which brand a name imitates, and how."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

import msgspec

from stack.analysis.names.brands import Brand, gather_brands
from stack.analysis.names.parts import NameParts, decode_name
from stack.analysis.names.shapes import draw_skeleton, find_strange, write_latin


class Trick(StrEnum):
    EMBEDDED = "embedded"
    """The brand's whole domain stands below somebody else's name: paypal.com.example.org."""
    FOREIGN_LETTERS = "foreign-letters"
    SIMILAR_LETTERS = "similar-letters"
    LURE = "lure"
    """The brand beside a word such as login: paypal-login.example."""
    TYPO = "typo"
    SUBDOMAIN_LURE = "subdomain-lure"
    COMBINATION = "combination"
    """The brand beside another word: paypal-garden.example."""
    SUBDOMAIN = "subdomain"
    OTHER_SUFFIX = "other-suffix"
    CONTAINED = "contained"


class Lookalike(msgspec.Struct, frozen=True):
    """`detail` says what was seen, as part of a sentence: "“1” stands for “l”"."""

    brand: Brand
    trick: Trick
    detail: str


# The strongest first. Which share of the names of known sites each trick is seen in: docs/analysis.md.
_ORDER: Final = {trick: place for place, trick in enumerate(Trick)}
LURES: Final = frozenset(
    """
    access account accounts activate active admin alert app apps auth authorize bank banking billing bonus
    card cards center centre check checkout claim client com confirm confirmation connect customer customers
    delivery desk dispute email end file files fraud free gift help helpdesk home hub id identity info invoice
    login logon mail manage member message meeting mobile my net notice official online order org pay payment
    payments portal promo protect protection recover recovery refund register reset resolution restore review
    reward rewards safe secure secured security service services session shipment sign signin signon sso
    status support suspended team track tracking transfer unlock unusual update updates upgrade user validate
    validation verification verify verified wallet web webmail win www
    """.split()  # noqa: SIM905 (a list of a hundred quoted words is hard to read)
)
_BREAKS: Final = re.compile(r"[^a-z]+")
_SHORTEST_TYPO: Final = 6
_TWO_TYPOS: Final = 10
_SHORTEST_CONTAINED: Final = 8
# One letter away from a brand, and somebody else's good name or a word.
_WORDS: Final = frozenset(("cloud", "clouds", "finance", "lacoste", "postalfinance", "telegraf"))


def find_owner(parts: NameParts, brands: Iterable[Brand]) -> Brand | None:
    """The brand whose own domain the name is, or is below."""
    names = {parts.registered, parts.under_registry, parts.host}
    return next((brand for brand in brands if not names.isdisjoint(brand.domains)), None)


def find_lookalikes(parts: NameParts, *, watched: tuple[str, ...] = ()) -> tuple[Lookalike, ...]:
    """The brands that the name imitates, each by its strongest trick, the strongest first.

    `watched` are domains of an organisation's own, beside the bundled brands. A brand's own domain imitates
    nobody.
    """
    brands = gather_brands(watched)
    if find_owner(parts, brands) is not None:
        return ()
    name = _read_name(parts)
    found = [_find_first(name, brand) for brand in brands]
    return tuple(sorted(filter(None, found), key=lambda each: _ORDER[each.trick]))


class _Name(msgspec.Struct, frozen=True):
    """What is compared, worked out once for all brands. `text` has everything, in Latin letters."""

    parts: NameParts
    label: str
    skeleton: str
    text: str
    words: tuple[str, ...]
    below: tuple[str, ...]


def _read_name(parts: NameParts) -> _Name:
    label = parts.label_unicode
    latin, below = write_latin(label), write_latin(decode_name(parts.below))
    return _Name(
        parts=parts,
        label=label,
        skeleton=draw_skeleton(label),
        text=f"{below}.{latin}",
        words=tuple(filter(None, _BREAKS.split(latin))),
        below=tuple(filter(None, _BREAKS.split(below))),
    )


def _find_first(name: _Name, brand: Brand) -> Lookalike | None:
    """Most brands are ruled out by two searches in a text and a comparison of lengths."""
    is_named = brand.label in name.text
    if is_named or brand.skeleton in name.skeleton:
        for trick, detail in _find_tricks(name, brand):
            return Lookalike(brand, trick, detail)
    if detail := _find_typo(name.label, brand):
        return Lookalike(brand, Trick.TYPO, detail)
    return None


def _find_tricks(name: _Name, brand: Brand) -> Iterator[tuple[Trick, str]]:
    """All but misspelling, the strongest first."""
    parts, label = name.parts, name.label
    for domain in sorted(brand.domains):
        if f".{domain}." in f".{parts.below}.":
            yield Trick.EMBEDDED, f"{domain} stands in it, below {parts.registered}"
    yield from _find_similar(name, brand)
    yield from _find_lures(name.words, brand, Trick.LURE)
    yield from _find_lures(name.below, brand, Trick.SUBDOMAIN_LURE)
    if not brand.is_word and len(name.words) > 1 and brand.label in name.words:
        yield Trick.COMBINATION, "its name stands beside another word"
    if not brand.is_word and brand.label in name.below:
        yield Trick.SUBDOMAIN, f"its name stands below {parts.registered}"
    if label == brand.label and len(label) >= 4:
        yield Trick.OTHER_SUFFIX, f"its name stands before .{parts.suffix}"
    if not brand.is_word and len(brand.label) >= _SHORTEST_CONTAINED and brand.label in label != brand.label:
        yield Trick.CONTAINED, "its name is a part of it"


def _find_similar(name: _Name, brand: Brand) -> Iterator[tuple[Trick, str]]:
    """Letters that look like others, where the label is otherwise the brand's, or a word of it is."""
    label = name.label
    if not label.isascii():
        for word in label.split("-"):
            if not word.isascii() and draw_skeleton(word) == brand.skeleton:
                yield Trick.FOREIGN_LETTERS, "; ".join(find_strange(word)[:6])
    elif name.skeleton == brand.skeleton and label != brand.label and len(label) >= 5:
        yield Trick.SIMILAR_LETTERS, f"“{label}” looks like “{brand.label}”"


def _find_lures(words: tuple[str, ...], brand: Brand, trick: Trick) -> Iterator[tuple[Trick, str]]:
    """`words` are those of a label; one of them may be the brand and a lure without a break between them."""
    if brand.label in words:
        lures = [word for word in words if word in LURES]
        if lures:
            yield trick, f"its name stands beside “{lures[0]}”"
        return
    for word in words:
        rest = ""
        if word.startswith(brand.label):
            rest = word[len(brand.label) :]
        elif word.endswith(brand.label):
            rest = word[: -len(brand.label)]
        # A brand that is a word too needs more: "applesupport", "appleid-verify"; "visamail" says nothing.
        is_enough = not brand.is_word or len(rest) >= 5 or any(other in LURES for other in words)
        if rest in LURES and is_enough:
            yield trick, f"its name and “{rest}” are one word"


def _find_typo(label: str, brand: Brand) -> str:
    length = len(brand.label)
    most = 2 if length >= _TWO_TYPOS else 1
    if length < _SHORTEST_TYPO or abs(len(label) - length) > most or not label.isascii():
        return ""
    if label in _WORDS or label == brand.label:
        return ""
    from rapidfuzz.distance import OSA

    distance = OSA.distance(label, brand.label, score_cutoff=most)
    if distance > most or label == f"{brand.label}s":
        return ""
    return f"{distance} letter{'s' * (distance > 1)} away from “{brand.label}”"
