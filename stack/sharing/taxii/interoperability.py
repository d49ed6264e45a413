"""The filters of the OASIS document “STIX/TAXII 2.1 Interoperability” beyond those of TAXII itself.

They look into the objects, so that they are asked of a page's texts after it was read: pure, no database.
Values of one filter are alternatives, and all filters must hold.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import ge, le
from typing import Any, Final

import msgspec

from stack.sharing.taxii.times import read_time
from stack.stix.markings import TLP_10_IDS, TLP_20_IDS, all_markings

Test = Callable[[Mapping[str, Any]], bool]
_Value = str | int | bool

_OF_OBJECTS: Final = (
    "account_type",
    "context",
    "data_type",
    "encryption_algorithm",
    "identity_class",
    "name",
    "opinion",
    "pattern",
    "pattern_type",
    "primary_motivation",
    "region",
    "relationship_type",
    "resource_level",
    "result",
    "sophistication",
    "subject",
    "value",
    "aliases",
    "architecture_execution_envs",
    "capabilities",
    "extension_types",
    "implementation_languages",
    "indicator_types",
    "infrastructure_types",
    "labels",
    "malware_types",
    "personal_motivations",
    "report_types",
    "roles",
    "secondary_motivations",
    "sectors",
    "threat_actor_types",
    "tool_types",
)
"""Properties of objects, whose value is a text or a list of texts."""

_NUMBERS: Final = ("confidence", "dst_port", "number", "src_port")
_WITHIN: Final = (
    "address_family",
    "external_id",
    "MD5",
    "SHA-1",
    "SHA-256",
    "SHA-512",
    "SHA3-256",
    "SHA3-512",
    "SSDEEP",
    "TLSH",
    "integrity_level",
    "pe_type",
    "phase_name",
    "service_status",
    "service_type",
    "socket_type",
    "source_name",
    "start_type",
)
"""Properties of what is within an object, wherever that is."""

_NUMBER_BOUNDS: Final = tuple(f"{name}-{way}" for name in _NUMBERS for way in ("gte", "lte"))
_TIME_BOUNDS: Final = ("modified-gte", "modified-lte", "valid_until-gte", "valid_from-lte")

NAMES: Final = frozenset(
    [
        *_OF_OBJECTS,
        *_NUMBERS,
        *_WITHIN,
        *_NUMBER_BOUNDS,
        *_TIME_BOUNDS,
        "revoked",
        "relationships-all",
        "tlp",
    ]
)
"""What may stand in `match[…]` beside the fields of TAXII 2.1, section 3.4.1."""

_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])


def make_test(name: str, values: Sequence[str]) -> Test:
    """What an object must pass. ValueError says what was expected of a value."""
    if name in _NUMBER_BOUNDS or name in _TIME_BOUNDS:
        return _make_bound(name, values)
    if name == "tlp":
        wanted = frozenset(marking for value in values for marking in _find_markings(value))
        return lambda obj: not wanted.isdisjoint(all_markings(obj))
    if name == "relationships-all":
        ids = frozenset(values)
        return lambda obj: any(ref in ids for ref in _iterate_references(obj))
    if name == "revoked":
        states = frozenset(_read_flag(value) for value in values)
        return lambda obj: bool(obj.get("revoked", False)) in states
    if name in _WITHIN:
        texts = frozenset(values)
        return lambda obj: any(key == name and value in texts for key, value in _iterate_within(obj))
    wanted_values: frozenset[_Value] = frozenset(map(_read_number, values) if name in _NUMBERS else values)
    return lambda obj: any(value in wanted_values for value in _list_values(obj.get(name)))


def holds(text: bytes, tests: Sequence[Test]) -> bool:
    """Whether the object of this text passes all tests."""
    obj = _OBJECT.decode(text)
    return all(test(obj) for test in tests)


def _make_bound(name: str, values: Sequence[str]) -> Test:
    property_name, _, way = name.partition("-")
    compare = ge if way == "gte" else le
    is_time = name in _TIME_BOUNDS
    bounds = [read_time(value) if is_time else _read_number(value) for value in values]

    def test(obj: Mapping[str, Any]) -> bool:
        found = obj.get(property_name)
        if is_time:
            measured = _measure_time(found)
        else:
            measured = found if isinstance(found, int) and not isinstance(found, bool) else None
        return measured is not None and any(compare(measured, bound) for bound in bounds)

    return test


def _measure_time(value: object) -> int | None:
    try:
        return read_time(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _find_markings(label: str) -> list[str]:
    """The marking definitions of a level; TLP 2.0 renamed white, and both names mean both."""
    name = label.strip().lower()
    names = {"white", "clear"} if name in {"white", "clear"} else {name}
    found = [ids[each] for ids in (TLP_10_IDS, TLP_20_IDS) for each in sorted(names) if each in ids]
    if not found:
        raise ValueError(f"expected clear, white, green, amber, amber+strict or red, got {label[:40]!r}")
    return found


def _iterate_references(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _iterate_references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key.endswith(("_ref", "_refs")):
                yield from (each for each in _list_values(item) if isinstance(each, str))
            else:
                yield from _iterate_references(item)


def _iterate_within(value: object, *, is_top: bool = True) -> Iterator[tuple[str, object]]:
    """Names and simple values below the top of an object."""
    if isinstance(value, list):
        for item in value:
            yield from _iterate_within(item, is_top=False)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list):
                yield from _iterate_within(item, is_top=False)
            elif not is_top:
                yield key, item


def _list_values(value: object) -> list[Any]:
    """What can be compared of a property: its value, or those in its list."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str | int) and not isinstance(item, bool)]


def _read_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"expected a whole number, got {text[:40]!r}") from None


def _read_flag(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(f"expected true or false, got {text[:40]!r}")
    return text.lower() == "true"
