"""A MISP object as STIX. In MISP each of its attributes that is for detection tells by itself, so a pattern
has them as alternatives; what they say of one file (its hashes, name and size) becomes one observable.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from stack.stix.misp.attributes import check_attribute, make_indicator, make_observed, write_rule
from stack.stix.misp.frame import IN_OBJECT, Found, Frame, Marks, Outcome, Problem
from stack.stix.misp.properties import Properties, Record, carry, is_true, read_records, read_text, read_uuid
from stack.stix.misp.values import (
    NOTHING,
    Reading,
    Term,
    quote,
    read_traffic,
    read_value,
)

_TRAFFIC: Final = frozenset({"ip-port", "network-connection", "network-socket", "network-traffic"})
_ENDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("ip-src", "hostname-src"), "src"),
    **dict.fromkeys(("ip-dst", "ip", "hostname-dst", "hostname", "domain"), "dst"),
    "src-port": "src-port",
    "dst-port": "dst-port",
    **dict.fromkeys(("layer4-protocol", "protocol"), "protocol"),
}
_GROWING: Final = frozenset(
    {"file", "email-message", "windows-registry-key", "x509-certificate", "process", "user-account"}
)
_RELATIONS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("file", "size-in-bytes"): ("file", "size"),
    ("file", "mimetype"): ("file", "mime_type"),
    ("process", "command-line"): ("process", "command_line"),
    ("process", "pid"): ("process", "pid"),
    ("user-account", "username"): ("user-account", "account_login"),
    ("user-account", "user-id"): ("user-account", "user_id"),
    ("user-account", "display-name"): ("user-account", "display_name"),
    ("credential", "username"): ("user-account", "user_id"),
    ("x509", "serial-number"): ("x509-certificate", "serial_number"),
    ("x509", "subject"): ("x509-certificate", "subject"),
    ("x509", "issuer"): ("x509-certificate", "issuer"),
    ("mutex", "name"): ("mutex", "name"),
}
_NUMBERS: Final = frozenset({"size", "pid"})


class Part(NamedTuple):
    """An attribute of the object that can be used, and what it means."""

    type: str
    value: str
    relation: str
    is_wanted: bool
    reading: Reading


def read_object(frame: Frame, record: Record, place: str) -> Iterator[Outcome]:
    """The objects of a MISP object; a problem for each of its attributes of which nothing can be made."""
    name = read_text(record, "name")
    if not name:
        yield Problem(place, "misp", "the object has no name")
        return
    uuid = read_uuid(record, frame.uuid, place)
    marks = frame.read_marks(record, "Object")
    parts: list[Part] = []
    kept: list[Properties] = []
    for number, attribute in enumerate(read_records(record.get("Attribute"))):
        at = f"{place}.Attribute[{number}]"
        checked = check_attribute(attribute, at)
        if isinstance(checked, Problem):
            yield checked
            continue
        part, problem = _read_part(name, *checked, attribute, at)
        if problem is not None:
            yield problem
        kept.append(_keep(frame, attribute, *checked))
        if not is_true(attribute.get("deleted")):
            parts.append(part)
    extra: Properties = {"name": name}
    extra |= carry(
        record,
        level="Object",
        handled=(*IN_OBJECT, "name", "Attribute", "ObjectReference"),
        losses=frame.losses,
    )
    extra["Attribute"] = kept
    yield from _give(frame, record, place, uuid=uuid, marks=marks, parts=parts, extra=extra)


def read_parts(name: str, attributes: Iterable[Record]) -> list[Part]:
    """The attributes of an object of which something can be made, as its pattern is written from them."""
    found = (
        (attribute, check_attribute(attribute, "")) for attribute in attributes if isinstance(attribute, dict)
    )
    return [
        _read_part(name, *checked, attribute, "")[0]
        for attribute, checked in found
        if not isinstance(checked, Problem) and not is_true(attribute.get("deleted"))
    ]


def _read_part(
    name: str, type_name: str, value: str, attribute: Record, place: str
) -> tuple[Part, Problem | None]:
    relation, reading, problem = read_text(attribute, "object_relation"), NOTHING, None
    try:
        reading = _read_relation(name, relation, value) or read_value(type_name, value)
    except ValueError as error:
        problem = Problem(place, "value", f"{error}; it is kept as it is", is_lost=False)
    return Part(type_name, value, relation, is_true(attribute.get("to_ids")), reading), problem


def _read_relation(name: str, relation: str, value: str) -> Reading | None:
    """What the place in its object says of a value, where its type does not."""
    found = _RELATIONS.get((name, relation))
    if found is None:
        return None
    root, property_name = found
    content: Any = value
    literal = quote(value)
    if property_name in _NUMBERS:
        if not (value.isdecimal() and value.isascii() and len(value) < 16):
            raise ValueError(f"the {relation} {value[:40]!r} is no whole number")
        content, literal = int(value), value
    return Reading(
        (Term(root, f"{root}:{property_name} = {literal}"),), ({"type": root, property_name: content},)
    )


def _keep(frame: Frame, attribute: Record, type_name: str, value: str) -> Properties:
    """The attribute as `x_misp` of its object has it."""
    kept: Properties = {"type": type_name, "value": value}
    handled = ("type", "value", "Tag", "Galaxy", "Sighting")
    kept |= carry(attribute, level="Object.Attribute", handled=handled, losses=frame.losses)
    names = [tag for entry in read_records(attribute.get("Tag")) if (tag := read_text(entry, "name"))]
    if names:
        kept["Tag"] = names
    for name in ("Galaxy", "Sighting"):
        if attribute.get(name):
            frame.losses.note(f"Object.Attribute.{name}", "STIX has no object for a part of a MISP object")
    return kept


def _give(
    frame: Frame,
    record: Record,
    place: str,
    *,
    uuid: str,
    marks: Marks,
    parts: list[Part],
    extra: Properties,
) -> Iterator[Outcome]:
    marks = _add_marks_of_parts(frame, extra, marks)
    pattern, pattern_type = write_object_rule(extra["name"], parts)
    refs: list[str] = []
    observables = _read_observables(extra["name"], parts)
    yield from frame.give_observables(place, observables, marks, uuid, refs)
    refs = list(dict.fromkeys(refs))
    if pattern:
        name = next((part.value for part in parts if part.is_wanted or part.type == pattern_type), "")
        made = make_indicator(
            frame, record, uuid, marks, pattern=pattern, pattern_type=pattern_type, name=name
        )
    elif refs:
        made = make_observed(frame, record, uuid, marks, refs)
    else:
        made = frame.start("x-misp-object", uuid, record, marks)
    for part in extra["Attribute"]:
        frame.ids.setdefault(read_text(part, "uuid").lower(), made["id"])
    frame.given[made["id"]] = None
    yield Found(place, frame.finish(made, record, marks, extra))
    if pattern:
        for ref in refs:
            yield from frame.relate(place, made, "based-on", ref)
    yield from frame.give_clusters(place, made, record, marks, "Object")


def _add_marks_of_parts(frame: Frame, extra: Properties, marks: Marks) -> Marks:
    """The object is as strict as the strictest of its attributes."""
    for part in extra["Attribute"]:
        tags = [{"name": name} for name in part.get("Tag", ())]
        found = frame.read_marks({"Tag": tags}, "Object.Attribute")
        if found.tlp is not None and (marks.tlp is None or found.tlp > marks.tlp):
            marks = Marks(found.tlp, marks.has_own_tlp, marks.labels, marks.clusters)
    return marks


def write_object_rule(name: str, parts: list[Part]) -> tuple[str, str]:
    """The pattern of an object and its type; empty where none of its attributes is for detection."""
    traffic = _read_ends(name, parts)
    if traffic is not None:
        return write_rule("", "", traffic.terms, is_wanted=any(part.is_wanted for part in parts))
    for part in parts:
        if (rule := write_rule(part.type, part.value, (), is_wanted=False))[0]:
            return rule
    terms = tuple(term for part in parts if part.is_wanted for term in part.reading.terms)
    return write_rule("", "", terms, is_wanted=True)


def _read_ends(name: str, parts: list[Part]) -> Reading | None:
    """The traffic that a network object is about; None where it names several addresses for one end."""
    if name not in _TRAFFIC:
        return None
    found: dict[str, str] = {}
    for part in parts:
        end = _ENDS.get(part.relation)
        if end is not None and found.setdefault(end, part.value) != part.value:
            return None
    try:
        traffic = read_traffic(found)
    except ValueError:
        return None
    return traffic if traffic.terms else None


def _read_observables(name: str, parts: list[Part]) -> list[Properties]:
    traffic = _read_ends(name, parts)
    if traffic is not None:
        return list(traffic.observables)
    grown: list[Properties] = []
    for part in parts:
        for observable in part.reading.observables:
            if "id" in observable or observable["type"] not in _GROWING or not _grow(grown, observable):
                grown.append(dict(observable))
    return grown


def _grow(grown: list[Properties], more: Properties) -> bool:
    """Adds to an observable of the type that says nothing else yet; False where there is none."""
    for observable in grown:
        if observable["type"] != more["type"] or "id" in observable:
            continue
        hashes = {**observable.get("hashes", {}), **more.get("hashes", {})}
        fits = all(observable.get(name, value) == value for name, value in more.items() if name != "hashes")
        if fits and all(hashes[name] == value for name, value in observable.get("hashes", {}).items()):
            observable.update(more | ({"hashes": hashes} if hashes else {}))
            return True
    return False
