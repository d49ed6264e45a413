"""Gives objects that a converter made ids and times that come out the same again for the same input. Pure.

A converter invents: ids where the input has none, and the present time where it says no time. What it
invented is replaced: ids by ids of the contents, times by that of the receipt.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from stack.stix.canonical import CanonicalError
from stack.stix.ids import (
    ID_CONTRIBUTING,
    STACK_NAMESPACE,
    compute_deterministic_id,
    compute_uuid5,
    format_id,
    is_id,
)
from stack.stix.timestamps import TimestampError, parse_instant

Properties = dict[str, Any]
_UUID: Final = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIMES: Final = ("created", "modified", "valid_from", "first_observed", "last_observed", "published")
_UNMARKED: Final = frozenset({"report", "grouping", "marking-definition", "identity"})
_ROUNDS: Final = 8


def settle_objects(
    objects: Sequence[Properties], *, text: bytes, source: str, received: str
) -> Iterator[tuple[Properties, bool]]:
    """The objects, and of each whether its times are those of the receipt.

    An id whose UUID stands in the input (`text`) stays; those of observables are computed (STIX 2.1, 2.9).
    """
    known = {found.decode() for found in _UUID.findall(text.lower())}
    whole = [_clean(obj) for obj in objects if isinstance(obj, dict) and is_id(str(obj.get("id")))]
    _spread_markings(whole)
    ids = _settle_ids(whole, known, source)
    given: set[str] = set()
    for obj in whole:
        settled = _replace(obj, ids)
        is_undated = _settle_times(settled, received)
        if settled["id"] not in given:
            given.add(settled["id"])
            yield settled, is_undated


def _clean(obj: Properties) -> Properties:
    """Mends what stix2-elevator 4.1 is known to write wrongly."""
    obj.setdefault("spec_version", "2.1")
    return {name: _unquote_hashes(member) for name, member in obj.items()}


def _unquote_hashes(value: Any) -> Any:
    """`{"'SHA-256'": …}`: a name as patterns write it."""
    if isinstance(value, dict):
        return {name.strip("'"): _unquote_hashes(member) for name, member in value.items()}
    return [_unquote_hashes(member) for member in value] if isinstance(value, list) else value


def _settle_ids(objects: Sequence[Properties], known: set[str], source: str) -> dict[str, str]:
    """By the id that an object has, the one that it gets. What an object refers to takes part, as far as that
    has its own id already."""
    ids: dict[str, str] = {}
    for obj in objects:
        if obj["type"] not in ID_CONTRIBUTING and obj["id"].rpartition("--")[2].lower() in known:
            ids[obj["id"]] = obj["id"]
    open_objects = [obj for obj in objects if obj["id"] not in ids]
    made: dict[str, str] = {}
    for _ in range(_ROUNDS):
        made = {
            obj["id"]: _make_id(_replace(obj, {**made, **ids}, unknown="?"), source) for obj in open_objects
        }
    taken: dict[str, int] = {}
    for obj in open_objects:
        stix_id = made[obj["id"]]
        taken[stix_id] = taken.get(stix_id, 0) + 1
    return made | ids


def _make_id(obj: Properties, source: str) -> str:
    kind = obj["type"]
    if kind in ID_CONTRIBUTING:
        with suppress(CanonicalError):
            if (found := compute_deterministic_id(obj)) is not None:
                return found
    content = {name: value for name, value in obj.items() if name not in ("id", *_TIMES)}
    # Not canonical JSON, which refuses numbers that a converter may give.
    text = json.dumps(["settled", source, content], sort_keys=True)
    return format_id(kind, compute_uuid5(STACK_NAMESPACE, text.encode()))


def _replace(value: Any, ids: Mapping[str, str], unknown: str = "") -> Any:
    """A copy with other ids; `unknown` stands for ids of objects that have none yet."""
    if isinstance(value, str):
        found = ids.get(value)
        return found if found is not None else unknown if unknown and is_id(value) else value
    if isinstance(value, dict):
        return {name: _replace(member, ids, unknown) for name, member in value.items()}
    return [_replace(member, ids, unknown) for member in value] if isinstance(value, list) else value


def _settle_times(obj: Properties, received: str) -> bool:
    """A time at or after the receipt was made up: no input knows it. Beside times of the input's own, its
    place is taken by when the object was created."""
    limit = parse_instant(received)
    late = [name for name in _TIMES if name in obj and _is_late(obj[name], limit)]
    is_undated = "created" in late or "modified" in late
    for name in late:
        obj[name] = received if is_undated else obj.get("created", received)
    return is_undated


def _spread_markings(objects: Sequence[Properties]) -> None:
    """The elevator marks what has a counterpart in STIX 1, and not the report and the observables that it
    makes. What marks all the others marks the whole package."""
    others = [obj for obj in objects if obj["type"] not in {*ID_CONTRIBUTING, *_UNMARKED}]
    found = [set(obj.get("object_marking_refs", ())) for obj in others]
    shared = sorted(set.intersection(*found)) if found else []
    for obj in objects:
        if shared and obj["type"] != "marking-definition":
            refs = obj.setdefault("object_marking_refs", [])
            refs += [ref for ref in shared if ref not in refs]


def _is_late(value: object, limit: int) -> bool:
    try:
        return isinstance(value, str) and parse_instant(value) >= limit
    except TimestampError:
        return False
