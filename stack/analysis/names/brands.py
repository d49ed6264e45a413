"""The brands that names are compared with: the bundled ones, and the domains that an organisation watches."""

from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from stack.analysis.names.parts import split_name
from stack.analysis.names.shapes import draw_skeleton

_FILE: Final = Path(__file__).with_name("brands.txt")
_MOST_WATCHED: Final = 500


class Brand(msgspec.Struct, frozen=True):
    """`label` is how the name is written in domains, `home` its first domain.

    `is_word`: it is a usual word or abbreviation too.
    """

    title: str
    label: str
    home: str
    domains: frozenset[str]
    skeleton: str
    is_word: bool = False
    is_watched: bool = False


@lru_cache(maxsize=16)
def gather_brands(watched: tuple[str, ...] = ()) -> tuple[Brand, ...]:
    """Watched ones first; what is no domain is passed over. Labels below three letters are left out."""
    found: dict[str, Brand] = {}
    for domain in watched[:_MOST_WATCHED]:
        try:
            parts = split_name(domain)
        except ValueError:
            continue
        label, own = parts.label, parts.registered
        if len(label) >= 3:
            domains = found[label].domains | {own} if label in found else frozenset({own})
            found[label] = _make_brand(own, label, own, domains, is_watched=True, is_word=len(label) < 5)
    for brand in _read_bundled():
        known = found.get(brand.label)
        if known is None:
            found[brand.label] = brand
        else:
            # Whoever watches paypal.com does not want to hear of paypal.me.
            found[brand.label] = msgspec.structs.replace(known, domains=known.domains | brand.domains)
    return tuple(found.values())


@lru_cache(maxsize=1)
def _read_bundled() -> tuple[Brand, ...]:
    brands = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, _, domains = line.partition(": ")
        title = name.removesuffix("*")
        own = domains.split()
        brands.append(_make_brand(title, title.lower(), own[0], frozenset(own), is_word=name.endswith("*")))
    return tuple(brands)


def _make_brand(
    title: str, label: str, home: str, domains: frozenset[str], *, is_word: bool, is_watched: bool = False
) -> Brand:
    return Brand(title, label, home, domains, draw_skeleton(label), is_word, is_watched)
