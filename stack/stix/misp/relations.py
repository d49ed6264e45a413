"""References between MISP objects as relationships of STIX."""

import re
from collections.abc import Iterator
from typing import Final

from stack.stix.misp.frame import Found, Frame, Outcome
from stack.stix.misp.properties import Record, carry, read_records, read_text, read_uuid

_OTHER: Final = re.compile(r"[^a-z0-9]+")
_HANDLED: Final = (
    *("uuid", "timestamp", "comment", "object_uuid", "source_uuid", "referenced_uuid", "relationship_type"),
    *("referenced_type", "Object", "Attribute", "deleted"),
)


def read_references(frame: Frame, record: Record, place: str) -> Iterator[Outcome]:
    """The relationships of one object, once all objects of the event have their ids."""
    source = frame.ids.get(read_uuid(record, frame.uuid, place))
    for number, reference in enumerate(read_records(record.get("ObjectReference"))):
        wanted = read_text(reference, "referenced_uuid").lower()
        target = frame.ids.get(wanted)
        if source is None or target is None:
            frame.losses.note("ObjectReference", "what it refers to is not in the event")
            continue
        if not target.endswith(wanted):
            frame.losses.note("ObjectReference", "it refers to a part of an object, and leads to the whole")
        written = read_text(reference, "relationship_type") or "related-to"
        kind = _OTHER.sub("-", written.lower()).strip("-") or "related-to"
        marks = frame.read_marks({}, "ObjectReference")
        uuid = read_uuid(reference, source, kind, target, str(number))
        made = frame.start("relationship", uuid, reference, marks)
        made |= {"relationship_type": kind, "source_ref": source, "target_ref": target}
        extra = carry(reference, level="ObjectReference", handled=_HANDLED, losses=frame.losses)
        if kind != written:
            extra["relationship_type"] = written
        if not target.endswith(wanted):
            extra["referenced_uuid"] = wanted
        whole = frame.finish(made, reference, marks, extra)
        if not extra:
            del whole["x_misp"]
        frame.given[made["id"]] = None
        yield Found(f"{place}.ObjectReference[{number}]", whole)
