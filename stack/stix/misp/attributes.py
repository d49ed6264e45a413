"""A MISP attribute as STIX: an indicator, what was observed, or a custom object that keeps it."""

from collections.abc import Iterator, Mapping
from typing import Final

from stack.stix.misp.frame import IN_OBJECT, Found, Frame, Marks, Outcome, Problem
from stack.stix.misp.properties import (
    Properties,
    Record,
    carry,
    is_true,
    read_time,
    read_uuid,
    write_time,
)
from stack.stix.misp.values import NOTHING, Reading, Term, read_value, write_pattern

PATTERN_TYPES: Final[Mapping[str, str]] = {
    "yara": "yara",
    "sigma": "sigma",
    "snort": "snort",
    "suricata": "suricata",
    "stix2-pattern": "stix",
}
_NAMED: Final[Mapping[str, str]] = {
    "vulnerability": "vulnerability",
    "threat-actor": "threat-actor",
    "campaign-name": "campaign",
}
_LONGEST_NAME: Final = 250


def read_attribute(frame: Frame, record: Record, place: str) -> Iterator[Outcome]:
    """The objects of an attribute that stands by itself; a problem where nothing can be made of it."""
    checked = check_attribute(record, place)
    if isinstance(checked, Problem):
        yield checked
        return
    type_name, value = checked
    uuid = read_uuid(record, frame.uuid, type_name, value)
    marks = frame.read_marks(record, "Attribute")
    extra = {"type": type_name, "value": value} | carry(
        record, level="Attribute", handled=(*IN_OBJECT, "type", "value"), losses=frame.losses
    )
    reading = NOTHING
    try:
        reading = read_value(type_name, value)
    except ValueError as error:
        yield Problem(place, "value", f"{error}; it is kept as it is", is_lost=False)
    if type_name == "link" and not is_true(record.get("deleted")):
        frame.links.append(value)
    yield from _give(frame, record, place, uuid=uuid, marks=marks, reading=reading, extra=extra)


def check_attribute(record: Record, place: str) -> tuple[str, str] | Problem:
    """Type and value, or what is wrong with them."""
    type_name, value = record.get("type"), record.get("value")
    if not isinstance(type_name, str) or not type_name:
        return Problem(place, "misp", "the attribute has no type")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        return Problem(place, "misp", "the attribute has no value")
    return type_name, value


def make_indicator(
    frame: Frame, record: Record, uuid: str, marks: Marks, *, pattern: str, pattern_type: str, name: str
) -> Properties:
    indicator = frame.start("indicator", uuid, record, marks)
    seen = read_time(record.get("first_seen"))
    return indicator | {
        "name": name[:_LONGEST_NAME],
        "pattern": pattern,
        "pattern_type": pattern_type,
        "valid_from": write_time(seen) if seen is not None else indicator["created"],
    }


def make_observed(
    frame: Frame, record: Record, uuid: str, marks: Marks, object_refs: list[str]
) -> Properties:
    observed = frame.start("observed-data", uuid, record, marks)
    first = read_time(record.get("first_seen"))
    last = read_time(record.get("last_seen"))
    modified = observed["modified"]
    begin = write_time(first) if first is not None else write_time(last) if last is not None else modified
    return observed | {
        "first_observed": begin,
        "last_observed": write_time(last) if last is not None and last >= (first or 0) else begin,
        "number_observed": 1,
        "object_refs": object_refs,
    }


def write_rule(type_name: str, value: str, terms: tuple[Term, ...], *, is_wanted: bool) -> tuple[str, str]:
    """The pattern of an attribute and its type; empty where nothing is to be looked for."""
    if type_name in PATTERN_TYPES:
        return value, PATTERN_TYPES[type_name]
    return (write_pattern(terms), "stix") if is_wanted and terms else ("", "")


def _give(
    frame: Frame, record: Record, place: str, *, uuid: str, marks: Marks, reading: Reading, extra: Properties
) -> Iterator[Outcome]:
    type_name, value = extra["type"], extra["value"]
    is_wanted = is_true(record.get("to_ids"))
    pattern, pattern_type = write_rule(type_name, value, reading.terms, is_wanted=is_wanted)
    if pattern:
        made = make_indicator(
            frame, record, uuid, marks, pattern=pattern, pattern_type=pattern_type, name=value
        )
    elif type_name in _NAMED:
        made = frame.start(_NAMED[type_name], uuid, record, marks) | {"name": value}
        if type_name == "vulnerability":
            made["external_references"] = [{"source_name": "cve", "external_id": value}]
    elif reading.observables:
        refs: list[str] = []
        yield from frame.give_observables(place, list(reading.observables), marks, uuid, refs)
        made = make_observed(frame, record, uuid, marks, list(dict.fromkeys(refs)))
    else:
        made = frame.start("x-misp-attribute", uuid, record, marks) | {"value": value}
        if is_wanted:
            why = f"STIX has no pattern for the type {type_name[:40]}"
            frame.losses.note("Attribute.to_ids", why)
    frame.given[made["id"]] = None
    yield Found(place, frame.finish(made, record, marks, extra))
    yield from frame.give_clusters(place, made, record, marks, "Attribute")
    yield from frame.give_sightings(place, made, record)
