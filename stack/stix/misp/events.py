"""A MISP event as STIX 2.1: a report, and the objects that it is about.

The UUIDs of MISP are those of the STIX objects, and times are MISP's, so that reading an event again gives
the same objects. Source of the format: draft-dulaunoy-misp-core-format.
"""

from collections.abc import Iterator
from typing import Any, Final

from stack.stix.misp.attributes import read_attribute
from stack.stix.misp.frame import Found, Frame, Marks, Outcome, Problem
from stack.stix.misp.galaxies import EPOCH
from stack.stix.misp.objects import read_object
from stack.stix.misp.properties import (
    Properties,
    RawRecords,
    Record,
    carry,
    read_records,
    read_text,
    read_time,
    read_uuid,
    write_time,
)
from stack.stix.misp.relations import read_references

_IN_REPORT: Final = (
    *("uuid", "info", "timestamp", "Orgc", "Attribute", "Object", "Tag", "Galaxy", "EventReport"),
    "SharingGroup",
)
_LONGEST_NAME: Final = 1000


def read_event(event: Record, *, seed: str) -> Iterator[Outcome]:
    """The objects of an event, in an order in which what is referred to comes first, the report last; in
    between what could not be used. At the end a problem of the rule `loss` for each property not carried.

    `seed` makes the UUID of an event that has none.
    """
    info = read_text(event, "info") or "Event of MISP without a title"
    frame = _open_frame(event, info, seed)
    yield from _give_creator(frame, event)
    marks = frame.read_marks(event, "Event")
    frame.tlp = marks.tlp
    for number, attribute in enumerate(_iterate_list(event, "Attribute")):
        place = f"Attribute[{number}]"
        yield from (attribute,) if isinstance(attribute, Problem) else read_attribute(frame, attribute, place)
    for number, record in enumerate(_iterate_list(event, "Object")):
        place = f"Object[{number}]"
        yield from (record,) if isinstance(record, Problem) else read_object(frame, record, place)
    for number, record in enumerate(_iterate_list(event, "Object")):
        if not isinstance(record, Problem):
            yield from read_references(frame, record, f"Object[{number}]")
    yield from _give_report(frame, event, marks, info)
    for (path, why), count in sorted(frame.losses.counts.items()):
        times = f", {count} times" if count > 1 else ""
        yield Problem(path, "loss", f"{path} is not carried{times}: {why}", is_lost=False)


def _open_frame(event: Record, info: str, seed: str) -> Frame:
    date = read_time(event.get("date")) if isinstance(event.get("date"), str) else None
    modified = read_time(event.get("timestamp")) or read_time(event.get("publish_timestamp")) or date or 0
    uuid = read_uuid(event, seed, info, read_text(event, "date"))
    created = min(date if date is not None else modified, modified)
    return Frame(uuid=uuid, created=created, modified=modified, creator="")


def _give_creator(frame: Frame, event: Record) -> Iterator[Outcome]:
    """Who made the event; dated 1970, for MISP says nothing of when an organisation changed its name."""
    creator: Any = event.get("Orgc")
    creator = creator if isinstance(creator, dict) else {}
    name = read_text(creator, "name") or "An organisation that the MISP event does not name"
    frame.creator = f"identity--{read_uuid(creator, 'organisation', name)}"
    identity: Properties = {
        "type": "identity",
        "spec_version": "2.1",
        "id": frame.creator,
        "created": EPOCH,
        "modified": EPOCH,
        "name": name,
        "identity_class": "organization",
    }
    yield from frame.give("Orgc", identity)


def _iterate_list(event: Record, name: str) -> Iterator[Record | Problem]:
    """The records of a list, and a problem for what is none."""
    found = event.get(name)
    if found is None:
        return
    if not isinstance(found, list | RawRecords):
        yield Problem(name, "misp", f"{name} is no list, and was not read")
        return
    for number, entry in enumerate(found):
        if isinstance(entry, dict):
            yield entry
        elif isinstance(entry, bytes):
            yield Problem(f"{name}[{number}]", "json", "not valid JSON in UTF-8")
        else:
            yield Problem(f"{name}[{number}]", "misp", f"expected an object, found {str(entry)[:40]!r}")


def _give_report(frame: Frame, event: Record, marks: Marks, info: str) -> Iterator[Outcome]:
    report = frame.start("report", frame.uuid, event, marks)
    extra = carry(event, level="Event", handled=_IN_REPORT, losses=frame.losses)
    yield from frame.give_clusters("Event", report, event, marks, "Event")
    published = read_time(event.get("publish_timestamp"))
    report |= {
        "name": info[:_LONGEST_NAME],
        "published": write_time(published) if published is not None else report["created"],
        "object_refs": list(frame.given),
    }
    if frame.links:
        links = dict.fromkeys(frame.links)
        report["external_references"] = [{"source_name": "MISP link", "url": url} for url in links]
    yield from _give_event_reports(frame, event)
    yield Found("Event", frame.finish(report, {"SharingGroup": event.get("SharingGroup")}, marks, extra))


def _give_event_reports(frame: Frame, event: Record) -> Iterator[Outcome]:
    """The texts that analysts wrote beside the event, as notes."""
    for number, record in enumerate(read_records(event.get("EventReport"))):
        place = f"EventReport[{number}]"
        content = read_text(record, "content")
        if not content:
            yield Problem(place, "misp", "the report has no text")
            continue
        marks = frame.read_marks(record, "EventReport")
        note = frame.start("note", read_uuid(record, frame.uuid, content), record, marks)
        note |= {"content": content, "object_refs": [f"report--{frame.uuid}"]}
        if abstract := read_text(record, "name"):
            note["abstract"] = abstract
        handled = ("uuid", "name", "content", "timestamp", "Tag", "SharingGroup")
        extra = carry(record, level="EventReport", handled=handled, losses=frame.losses)
        yield Found(place, frame.finish(note, record, marks, extra))
