"""What the index keeps of an object: derived from the head's text, the same for every backend."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from stack.search.fields import DATE_FIELDS
from stack.stix.markings import tlp_level_of
from stack.stix.observables.keys import Key, derive_keys
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import fold
from stack.stix.timestamps import TimestampError, parse_instant
from stack.store.records import HeadText
from stack.store.statements import name_object

# Raised when the same fields are filled differently: copies of an older one are then built again.
DOCUMENT_VERSION = 3
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
_LABELS = frozenset({"labels", "roles", "sectors"})
_ALIASES = ("aliases", "x_mitre_aliases")
_ADDRESS_KINDS = frozenset({Kind.IPV4, Kind.IPV6})
NAMELESS_KINDS = frozenset({Kind.NAME, Kind.STIX_ID, Kind.TEXT})


class SearchDocument(msgspec.Struct, frozen=True, gc=False):
    """One face of an object for the index: it is shown to who sees its audience and none of `rival_ids`.

    `sequence` is a place in the change log whose state it shows, or a later one.
    `keywords` (folded), `dates` (microseconds) and `numbers` are by field name (`stack.search.fields`).
    """

    object_id: int
    sequence: int
    audience_id: int
    rival_ids: tuple[int, ...]
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
    keys = list_values(obj)
    return SearchDocument(
        object_id=head.object_id,
        sequence=sequence,
        audience_id=head.audience_id,
        rival_ids=head.rival_ids,
        title=name_object(obj),
        names=list_names(obj),
        text=_join_texts(obj),
        values=tuple(dict.fromkeys([key.text[:LONGEST_VALUE] for key in keys])),
        addresses=tuple([key.text for key in keys if key.kind in _ADDRESS_KINDS]),
        keywords=_list_keywords(head, obj, {key.kind.value for key in keys}),
        dates=_read_dates(obj),
        numbers={"confidence": obj["confidence"]} if isinstance(obj.get("confidence"), int) else {},
        is_relationship=obj["type"] in RELATIONSHIP_TYPES,
    )


def digest_rivals(rival_ids: Sequence[int]) -> int:
    """Tells sets of rivals apart in 64 bits; 0 for none."""
    if not rival_ids:
        return 0
    text = ",".join(map(str, sorted(rival_ids)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") or 1


def list_names(obj: Mapping[str, Any]) -> tuple[str, ...]:
    """The name first, then the aliases."""
    found = [obj.get("name")]
    for name in _ALIASES:
        found += _as_list(obj.get(name))
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name))[:MOST_NAMES]


def list_values(obj: Mapping[str, Any]) -> list[Key]:
    """The values that the object is, matches or mentions."""
    return [key for key in derive_keys(obj) if key.kind not in NAMELESS_KINDS]


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
    for name, value in obj.items():
        if not _has_text(name):
            continue
        if isinstance(value, str):
            if not _is_machine_text(value):
                yield value
        elif isinstance(value, list | dict):
            yield from _walk_nested(value)


def _walk_nested(value: list[Any] | dict[str, Any]) -> Iterator[str]:
    waiting: list[Any] = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if not _is_machine_text(value):
                yield value
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            waiting.extend(reversed(value.values()))


@lru_cache(maxsize=2048)
def _has_text(name: str) -> bool:
    return name not in _NO_TEXT and not name.endswith(("_ref", "_refs"))


def _is_machine_text(value: str) -> bool:
    """A timestamp or a STIX id."""
    length = len(value)
    return (length <= 30 and value[4:5] == "-" and value[10:11] == "T") or (
        38 < length < 300 and value[-38:-36] == "--" and value[-28:-27] == "-"
    )


def _list_keywords(head: HeadText, obj: Mapping[str, Any], kinds: set[str]) -> dict[str, tuple[str, ...]]:
    level = tlp_level_of([*_as_list(obj.get("object_marking_refs")), *head.markings])
    labels = [text for name in obj if _is_label(name) for text in _as_list(obj[name])]
    keywords = {
        "type": (obj["type"],),
        "source": tuple(map(str, head.source_ids)),
        "kind": tuple(sorted(kinds)),
        "tlp": (UNMARKED if level is None else level.label,),
        "revoked": ("true" if obj.get("revoked") is True else "false",),
        "label": _fold_all(labels),
    }
    for name, value in (
        ("created_by", obj.get("created_by_ref")),
        ("relationship", obj.get("relationship_type")),
        ("pattern_type", obj.get("pattern_type")),
        ("language", obj.get("lang")),
    ):
        if value is not None:
            keywords[name] = _fold_all([value])
    if phases := _as_list(obj.get("kill_chain_phases")):
        keywords["phase"] = _fold_all([each.get("phase_name") for each in phases if isinstance(each, dict)])
    keywords |= _list_references(obj)
    modified = obj.get("modified")
    if isinstance(modified, str) and _read_instant(modified) is not None:
        keywords["year"], keywords["month"] = (modified[:4],), (modified[:7],)
    return {name: values for name, values in keywords.items() if values}


def _list_references(obj: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """What external references name, and the object itself where its name is a CVE id."""
    references = [each for each in _as_list(obj.get("external_references")) if isinstance(each, dict)]
    name = obj.get("name")
    flaws = [name] if isinstance(name, str) and name[:4].lower() == "cve-" and " " not in name else []
    if not references:
        return {"cve": _fold_all(flaws)} if flaws else {}
    external_ids = _fold_all([each.get("external_id") for each in references])
    of_attack = [each for each in references if _is_attack(each.get("source_name"))]
    return {
        "external_id": external_ids,
        "reference": _fold_all([each.get("source_name") for each in references]),
        "cve": _fold_all([*flaws, *(each for each in external_ids if each.startswith("cve-"))]),
        "attack": _fold_all([each.get("external_id") for each in of_attack]),
    }


def _is_attack(source: object) -> bool:
    """`mitre-attack`, `mitre-mobile-attack`, `mitre-ics-attack`, and so on."""
    return isinstance(source, str) and source.startswith("mitre-") and source.endswith("attack")


@lru_cache(maxsize=2048)
def _is_label(name: str) -> bool:
    """`labels`, and the open vocabularies: indicator_types, malware_types, roles, sectors, …"""
    return name in _LABELS or name.endswith("_types")


def _fold_all(values: Sequence[Any]) -> tuple[str, ...]:
    folded = [_fold_keyword(value) for value in values if isinstance(value, str) and value]
    return tuple(folded) if len(folded) < 2 else tuple(dict.fromkeys(folded))


# Keywords are few, and one object states an instant two or three times.
@lru_cache(maxsize=2048)
def _fold_keyword(value: str) -> str:
    return fold(value)[:LONGEST_VALUE]


def _read_dates(obj: Mapping[str, Any]) -> dict[str, int]:
    return {
        name: moment
        for name in DATE_FIELDS
        if isinstance(text := obj.get(name), str) and (moment := _read_instant(text)) is not None
    }


@lru_cache(maxsize=2048)
def _read_instant(value: str) -> int | None:
    try:
        return parse_instant(value)
    except TimestampError:
        return None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
