"""What a request asks for: filters and the page (TAXII 2.1, sections 3.4 and 3.5)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl

from stack.sharing.taxii.errors import BadRequest, bad_parameter
from stack.sharing.taxii.interoperability import NAMES, Test, make_test
from stack.sharing.taxii.times import read_time
from stack.store.places import open_place, seal_place
from stack.store.selections.records import EntryFilter

OBJECT_FIELDS: Final = frozenset({"id", "type", "version", "spec_version"})
VERSION_FIELDS: Final = frozenset({"version", "spec_version"})

_ALONE: Final = ("added_after", "limit", "next")
_MATCH: Final = re.compile(r"match\[([^\]]*)\]")
_TYPE: Final = re.compile(r"[a-z0-9_-]{1,250}")
_VERSION_WORDS: Final = frozenset({"last", "first", "all"})
_KEPT_SPEC: Final = "2.1"
_MOST_FIELDS: Final = 60
_MOST_VALUES: Final = 1000
_PURPOSE: Final = "taxii"

Match = dict[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants of a collection: at most `limit` of what comes after a date (microseconds).

    `is_nothing`: no object can be what is wanted. `tests` are asked of each object's text. `match` is what
    stood in the filters, for the page after this one.
    """

    after: int
    limit: int
    chosen: EntryFilter
    is_nothing: bool
    tests: tuple[Test, ...]
    match: Match


@dataclass(frozen=True, slots=True)
class _Filters:
    chosen: EntryFilter
    is_nothing: bool
    tests: tuple[Test, ...]


def read_asked(query: str, *, fields: Collection[str], place: str, most: int) -> Asked:
    """Reads a query string. `place` names the list that is paged through, `most` is the largest page.

    `fields` are those that may stand in `match[…]`; a filter that is not among them is refused rather than
    left out, for the answer would hold what was not asked for. Raises `BadRequest`.
    """
    values = _read_query(query)
    match: Match = {}
    for name in values:
        found = _MATCH.fullmatch(name)
        if found is not None:
            match[found[1]] = values[name]
    after = _read_added_after(values)
    if "next" in values:
        reached, match = _open_next(values["next"], place, match)
        after = max(after, reached)
    filters = read_filters(match, fields=fields)
    return Asked(
        after=after,
        limit=_read_limit(values, most),
        chosen=filters.chosen,
        is_nothing=filters.is_nothing,
        tests=filters.tests,
        match=match,
    )


def seal_next(asked: Asked, *, reached: int, place: str) -> str:
    """Where the page after this one begins: the same text for the same place, whenever it is asked for."""
    return seal_place([reached, asked.match], purpose=f"{_PURPOSE} {place}")


def read_filters(match: Mapping[str, str], *, fields: Collection[str]) -> _Filters:
    """The filters of `match[…]`. Raises `BadRequest`."""
    for name in match:
        if name not in fields:
            allowed = ", ".join(sorted(OBJECT_FIELDS.intersection(fields)))
            raise bad_parameter(f"match[{name[:60]}]", f"is no filter here; those of TAXII are {allowed}")
    listed = {name: _split(name, text) for name, text in match.items()}
    versions = _read_versions(listed.get("version"))
    types, ids = listed.get("type", ()), listed.get("id", ())
    wanted_types = tuple(each for each in types if _TYPE.fullmatch(each))
    chosen = EntryFilter(
        types=wanted_types,
        stix_ids=ids,
        last=versions.last,
        first=versions.first,
        every=versions.every,
        instants=versions.instants,
    )
    is_nothing = (bool(types) and not wanted_types) or _KEPT_SPEC not in listed.get(
        "spec_version", (_KEPT_SPEC,)
    )
    tests = tuple(_make_test(name, each) for name, each in listed.items() if name not in OBJECT_FIELDS)
    return _Filters(chosen, is_nothing, tests)


@lru_cache(maxsize=256)
def _read_versions(texts: tuple[str, ...] | None) -> EntryFilter:
    if texts is None:
        return EntryFilter()
    try:
        instants = tuple(sorted(read_time(each) for each in texts if each not in _VERSION_WORDS))
    except ValueError as error:
        raise bad_parameter("match[version]", f"expected all, first, last or versions: {error}") from None
    if len(set(texts)) < len(texts) or len(set(instants)) < len(instants):
        raise bad_parameter("match[version]", "expected each version and each word once")
    if "all" in texts and len(texts) > 1:
        raise bad_parameter("match[version]", "expected nothing beside all")
    return EntryFilter(last="last" in texts, first="first" in texts, every="all" in texts, instants=instants)


def _read_query(query: str) -> dict[str, str]:
    """Each parameter once; one that means something here may not come twice."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadRequest(f"The address has more than {_MOST_FIELDS} parameters") from None
    values: dict[str, str] = {}
    for name, value in pairs:
        if name not in _ALONE and not name.startswith("match["):
            continue
        if name in values:
            raise bad_parameter(name[:60], "expected once; several values are parted by commas")
        values[name] = value
    return values


def _split(name: str, text: str) -> tuple[str, ...]:
    values = tuple(part.strip() for part in text.split(",") if part.strip())
    if not 0 < len(values) <= _MOST_VALUES or "\0" in text:
        raise bad_parameter(f"match[{name}]", f"expected one to {_MOST_VALUES:,} values, parted by commas")
    return values


def _make_test(name: str, values: tuple[str, ...]) -> Test:
    if name not in NAMES:
        raise bad_parameter(f"match[{name}]", "is no filter here")
    try:
        return make_test(name, values)
    except ValueError as error:
        raise bad_parameter(f"match[{name}]", str(error)) from None


def _read_added_after(values: Mapping[str, str]) -> int:
    if "added_after" not in values:
        return 0
    try:
        return read_time(values["added_after"])
    except ValueError as error:
        raise bad_parameter("added_after", str(error)) from None


def _read_limit(values: Mapping[str, str], most: int) -> int:
    """The number asked for, at most what a page has: a server may give less (section 3.4)."""
    text = values.get("limit")
    if text is None:
        return most
    if not (text.isascii() and text.isdecimal()) or not text.strip("0"):
        raise bad_parameter("limit", f"expected a whole number from 1, got {text[:40]!r}")
    return most if len(text) > 9 else min(int(text), most)


def _open_next(text: str, place: str, match: Match) -> tuple[int, Match]:
    """The date that was reached, and the filters, which may be repeated but not changed."""
    try:
        reached, kept = open_place(text, tuple[int, Match], purpose=f"{_PURPOSE} {place}")
    except ValueError:
        raise bad_parameter("next", "expected the `next` of a page of this list") from None
    if match and {name: _normalise(value) for name, value in match.items()} != {
        name: _normalise(value) for name, value in kept.items()
    }:
        raise bad_parameter(
            "next", "belongs to other filters than those given; repeat them, or leave them out"
        )
    return reached, kept


def _normalise(value: str) -> frozenset[str]:
    return frozenset(part.strip() for part in value.split(","))
