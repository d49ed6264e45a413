"""Whose mail it is: organisational domains, and DMARC (RFC 7489) over what SPF and DKIM found."""

from collections.abc import Iterable

import msgspec

from stack.analysis.names.parts import find_organisation


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A DMARC record: `wish` is none, quarantine or reject; `is_of_parent` that of the domain above."""

    wish: str
    is_strict_spf: bool = False
    is_strict_dkim: bool = False
    percent: int = 100
    is_of_parent: bool = False


def organisational_domain(domain: str) -> str:
    """The domain that somebody registered: one label more than its public suffix. The domain itself where it
    is a suffix or no name at all."""
    name = domain.lower().rstrip(".")
    try:
        return find_organisation(name)
    except ValueError:
        return name


def is_same_organisation(one: str, other: str) -> bool:
    return bool(one) and organisational_domain(one) == organisational_domain(other)


def is_aligned(domain: str, author: str, *, is_strict: bool) -> bool:
    """RFC 7489, section 3.1: the domain that was verified against that of the From field."""
    if not domain or not author:
        return False
    if is_strict:
        return domain.lower() == author.lower()
    return is_same_organisation(domain, author)


def read_policy(own: Iterable[str], parents: Iterable[str]) -> Policy | None:
    """The policy that holds for a domain, from the records at `_dmarc.` of it and of its organisation."""
    for records, is_of_parent in ((own, False), (parents, True)):
        found = [text for text in records if text.replace(" ", "").lower().startswith("v=dmarc1")]
        # Two records are none (section 6.6.3).
        if len(found) == 1:
            return _read_record(found[0], is_of_parent=is_of_parent)
    return None


def _read_record(text: str, *, is_of_parent: bool) -> Policy | None:
    tags: dict[str, str] = {}
    for piece in text[:2_000].split(";"):
        name, equals, value = piece.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip().lower())
    wish = tags.get("sp", tags.get("p", "")) if is_of_parent else tags.get("p", "")
    if wish not in ("none", "quarantine", "reject"):
        return None
    percent = tags.get("pct", "100")
    return Policy(
        wish=wish,
        is_strict_spf=tags.get("aspf") == "s",
        is_strict_dkim=tags.get("adkim") == "s",
        percent=min(100, int(percent)) if percent.isdecimal() and len(percent) < 4 else 100,
        is_of_parent=is_of_parent,
    )
