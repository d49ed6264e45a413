"""What the index keeps of an object: derived from the head's text, the same for every backend."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec

from stack.search.fields import DATE_FIELDS
from stack.search.periods import format_moment
from stack.stix.markings import tlp_level_of
from stack.stix.observables.keys import derive_keys
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import fold
from stack.stix.timestamps import TimestampError, parse_instant
from stack.store.records import HeadText
from stack.store.statements import name_object

LONGEST_TEXT = 100_000
LONGEST_VALUE = 512
MOST_NAMES = 200
RELATIONSHIP_TYPES = frozenset({"relationship", "sighting"})
UNMARKED = "none"

# Read as fields of their own, or no text that anybody would look for.
_NO_TEXT = frozenset(
    {
        "id",
        "type",
        "spec_version",
        "pattern",
        "pattern_type",
        "pattern_version",
        "name",
        "aliases",
        "x_mitre_aliases",
        "lang",
        "payload_bin",
        "extension_type",
        "relationship_type",
    }
)
_ALIASES = ("aliases", "x_mitre_aliases")
_NAMELESS_KINDS = frozenset({Kind.NAME, Kind.STIX_ID, Kind.TEXT})


class SearchDocument(msgspec.Struct, frozen=True, gc=False):
    """One object for the index. `sequence` is a place in the change log whose state it shows, or a later one.

    `keywords` (folded), `dates` (microseconds) and `numbers` are by field name (`stack.search.fields`).
    """

    object_id: int
    sequence: int
    audience_id: int
    title: str
    names: tuple[str, ...]
    text: str
    values: tuple[str, ...]
    addresses: tuple[str, ...]
    keywords: Mapping[str, tuple[str, ...]]
    dates: Mapping[str, int]
    numbers: Mapping[str, int]
    is_relationship: bool


def make_document(head: HeadText, *, sequence: int) -> SearchDocument:
    """The document of a head that has a text and an audience."""
    if head.audience_id is None:
        raise ValueError(f"object {head.object_id} has no audience")
    obj: dict[str, Any] = msgspec.json.decode(head.text)
    keys = [key for key in derive_keys(obj) if key.kind not in _NAMELESS_KINDS]
    return SearchDocument(
        object_id=head.object_id,
        sequence=sequence,
        audience_id=head.audience_id,
        title=name_object(obj),
        names=_list_names(obj),
        text=_join_texts(obj),
        values=tuple(dict.fromkeys(key.text[:LONGEST_VALUE] for key in keys)),
        addresses=tuple(key.text for key in keys if key.kind in {Kind.IPV4, Kind.IPV6}),
        keywords=_list_keywords(head, obj, {key.kind.value for key in keys}),
        dates=_read_dates(obj),
        numbers={"confidence": obj["confidence"]} if isinstance(obj.get("confidence"), int) else {},
        is_relationship=obj["type"] in RELATIONSHIP_TYPES,
    )


def _list_names(obj: Mapping[str, Any]) -> tuple[str, ...]:
    """The name first, then the aliases."""
    found = [obj.get("name"), *chain.from_iterable(_as_list(obj.get(name)) for name in _ALIASES)]
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name))[:MOST_NAMES]


def _join_texts(obj: Mapping[str, Any]) -> str:
    """Every string that is not read otherwise, custom properties and extensions included, cut to a length."""
    parts: list[str] = []
    length = 0
    for part in walk_texts(obj):
        parts.append(part)
        length += len(part) + 1
        if length > LONGEST_TEXT:
            break
    return "\n".join(parts)[:LONGEST_TEXT]


def walk_texts(obj: Mapping[str, Any]) -> Iterator[str]:
    """Strings at any depth, in order, without references and timestamps."""
    if isinstance(obj.get("pattern"), str) and obj.get("pattern_type") != "stix":
        yield obj["pattern"]
    waiting: list[Any] = [
        value
        for name, value in reversed(list(obj.items()))
        if name not in _NO_TEXT and not name.endswith(("_ref", "_refs"))
    ]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if not _is_machine_text(value):
                yield value
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            waiting.extend(reversed(list(value.values())))


def _is_machine_text(value: str) -> bool:
    """A timestamp or a STIX id."""
    length = len(value)
    return (length <= 30 and value[4:5] == "-" and value[10:11] == "T") or (
        38 < length < 300 and value[-38:-36] == "--" and value[-28:-27] == "-"
    )


def _list_keywords(head: HeadText, obj: Mapping[str, Any], kinds: set[str]) -> dict[str, tuple[str, ...]]:
    references = [ref for ref in _as_list(obj.get("external_references")) if isinstance(ref, dict)]
    external_ids = _fold_all(ref.get("external_id") for ref in references)
    level = tlp_level_of(_as_list(obj.get("object_marking_refs")))
    keywords = {
        "id": (head.stix_id,),
        "type": (obj["type"],),
        "source": tuple(map(str, head.source_ids)),
        "kind": tuple(sorted(kinds)),
        "tlp": (UNMARKED if level is None else level.label,),
        "revoked": ("true" if obj.get("revoked") is True else "false",),
        "label": _fold_all(chain.from_iterable(_as_list(obj.get(name)) for name in _label_properties(obj))),
        "phase": _fold_all(
            phase.get("phase_name")
            for phase in _as_list(obj.get("kill_chain_phases"))
            if isinstance(phase, dict)
        ),
        "external_id": external_ids,
        "cve": _fold_all([*_cve_names(obj), *(each for each in external_ids if each.startswith("cve-"))]),
        "attack": _fold_all(
            ref.get("external_id")
            for ref in references
            if str(ref.get("source_name")).startswith("mitre-") and "attack" in str(ref.get("source_name"))
        ),
        "reference": _fold_all(ref.get("source_name") for ref in references),
        "created_by": _fold_all([obj.get("created_by_ref")]),
        "relationship": _fold_all([obj.get("relationship_type")]),
        "pattern_type": _fold_all([obj.get("pattern_type")]),
        "language": _fold_all([obj.get("lang")]),
    }
    if (modified := _read_instant(obj.get("modified"))) is not None:
        day = format_moment(modified)
        keywords["year"], keywords["month"] = (day[:4],), (day[:7],)
    return {name: values for name, values in keywords.items() if values}


def _label_properties(obj: Mapping[str, Any]) -> list[str]:
    """`labels`, and the open vocabularies: indicator_types, malware_types, roles, sectors, …"""
    return [name for name in obj if name in {"labels", "roles", "sectors"} or name.endswith("_types")]


def _cve_names(obj: Mapping[str, Any]) -> list[Any]:
    name = obj.get("name")
    return [name] if isinstance(name, str) and name[:4].lower() == "cve-" and " " not in name else []


def _fold_all(values: Any) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(fold(value)[:LONGEST_VALUE] for value in values if isinstance(value, str) and value)
    )


def _read_dates(obj: Mapping[str, Any]) -> dict[str, int]:
    found = {name: _read_instant(obj.get(name)) for name in DATE_FIELDS if name in obj}
    return {name: moment for name, moment in found.items() if moment is not None}


def _read_instant(value: object) -> int | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except TimestampError:
        return None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
