"""What all objects of one MISP event share, and how an object of it begins."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from stack.stix.markings import TlpLevel, tlp_marking_id
from stack.stix.misp.galaxies import read_clusters, read_tags
from stack.stix.misp.properties import (
    Losses,
    Properties,
    Record,
    is_true,
    make_id,
    read_records,
    read_text,
    read_time,
    read_uuid,
    write_time,
)
from stack.stix.misp.values import identify

IN_OBJECT = ("uuid", "timestamp", "comment", "Tag", "Galaxy", "Sighting", "SharingGroup")
"""What of a record the STIX object itself says."""

_DESCRIBED: Final = dict.fromkeys(
    (
        *("indicator", "vulnerability", "threat-actor", "campaign", "relationship"),
        *("x-misp-attribute", "x-misp-object"),
    ),
    "description",
)


class Found(NamedTuple):
    """One STIX object, and where in the event it comes from."""

    place: str
    object: Properties


class Problem(NamedTuple):
    """What is wrong at a place of the event; `is_lost` where nothing could be made of the record."""

    place: str
    rule: str
    message: str
    is_lost: bool = True


Outcome = Found | Problem


@dataclass(frozen=True, slots=True)
class Marks:
    """What the tags of a record come to."""

    tlp: TlpLevel | None
    has_own_tlp: bool
    labels: list[str]
    clusters: list[str]

    @property
    def refs(self) -> list[str]:
        return [] if self.tlp is None else [tlp_marking_id(self.tlp)]


@dataclass(slots=True)
class Frame:
    """The event while it is read: `ids` by MISP's UUID, `given` what is out already, `links` for its report.

    Times are microseconds. `tlp` is the level of the event, under which none of its parts goes.
    """

    uuid: str
    created: int
    modified: int
    creator: str
    tlp: TlpLevel | None = None
    losses: Losses = field(default_factory=Losses)
    ids: dict[str, str] = field(default_factory=dict)
    given: dict[str, None] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)

    def read_marks(self, record: Record, level: str) -> Marks:
        tlp, labels, clusters = read_tags(record, level=level, losses=self.losses)
        if tlp is not None and self.tlp is not None and tlp < self.tlp:
            self.losses.note(
                f"{level}.Tag", f"TLP:{tlp.label} is less strict than the event, whose level holds"
            )
        strictest = tlp if self.tlp is None or (tlp is not None and tlp > self.tlp) else self.tlp
        return Marks(strictest, tlp is not None, labels, clusters)

    def start(self, type_name: str, uuid: str, record: Record, marks: Marks) -> Properties:
        """The common properties of the object of a record; MISP knows one time, that of the last change."""
        modified = read_time(record.get("timestamp")) or self.modified
        stix_id = f"{type_name}--{uuid}"
        self.ids[uuid] = stix_id
        started: Properties = {
            "type": type_name,
            "spec_version": "2.1",
            "id": stix_id,
            "created_by_ref": self.creator,
            "created": write_time(min(self.created, modified)),
            "modified": write_time(modified),
        }
        if is_true(record.get("deleted")):
            started["revoked"] = True
        if marks.labels:
            started["labels"] = marks.labels
        if marks.refs:
            started["object_marking_refs"] = marks.refs
        return started

    def finish(self, obj: Properties, record: Record, marks: Marks, extra: Properties) -> Properties:
        """With the comment, and under `x_misp` what STIX has no place for."""
        if comment := read_text(record, "comment"):
            (obj if obj["type"] in _DESCRIBED else extra)[_DESCRIBED.get(obj["type"], "comment")] = comment
        if marks.has_own_tlp:
            extra["own_tlp"] = True
        if marks.clusters:
            extra["galaxies"] = marks.clusters
        groups = record.get("SharingGroup")
        if isinstance(groups, dict):
            extra["SharingGroup"] = {name: groups[name] for name in ("uuid", "name") if groups.get(name)}
            self.losses.note("SharingGroup", "of a sharing group its name and UUID are kept, not its members")
        obj["x_misp"] = extra
        return obj

    def give(self, place: str, obj: Properties) -> Iterator[Outcome]:
        """The object, unless it was given before: observables and clusters come more than once."""
        if obj["id"] not in self.given:
            self.given[obj["id"]] = None
            yield Found(place, obj)

    def give_observables(
        self, place: str, observables: list[Properties], marks: Marks, seed: str, ids: list[str]
    ) -> Iterator[Outcome]:
        """The observables with their ids, which are added to `ids`."""
        for index, observable in enumerate(observables):
            whole = observable if "id" in observable else identify(observable, f"{seed} {index}")
            ids.append(whole["id"])
            yield from self.give(place, whole | {"object_marking_refs": marks.refs} if marks.refs else whole)

    def relate(
        self, place: str, source: Properties, relationship: str, target: str, *, revoked: bool = False
    ) -> Iterator[Outcome]:
        """A relationship that follows from where things stand: dated and marked as its source is."""
        made: Properties = {
            "type": "relationship",
            "spec_version": "2.1",
            "id": make_id("relationship", source["id"], relationship, target),
            **{name: source[name] for name in ("created_by_ref", "created", "modified")},
            "relationship_type": relationship,
            "source_ref": source["id"],
            "target_ref": target,
        }
        if revoked or source.get("revoked"):
            made["revoked"] = True
        if "object_marking_refs" in source:
            made["object_marking_refs"] = source["object_marking_refs"]
        yield from self.give(place, made)

    def give_clusters(
        self, place: str, source: Properties, record: Record, marks: Marks, level: str
    ) -> Iterator[Outcome]:
        """The objects of the galaxy clusters, and that the source is about them."""
        for cluster in read_clusters(record, marks.clusters, level=level, losses=self.losses):
            yield from self.give(place, cluster)
            if source["type"] != "report":
                kind = "indicates" if source["type"] == "indicator" else "related-to"
                yield from self.relate(place, source, kind, cluster["id"])

    def give_sightings(self, place: str, source: Properties, record: Record) -> Iterator[Outcome]:
        """Sightings as sightings; “false positive” as an opinion (STIX 2.1, sections 5.2 and 4.14)."""
        for number, sighting in enumerate(read_records(record.get("Sighting"))):
            seen = read_time(sighting.get("date_sighting")) or self.modified
            kind = str(sighting.get("type", "0"))
            if kind not in {"0", "1"}:
                self.losses.note("Sighting", "an expiry date is no sighting in STIX")
                continue
            uuid = read_uuid(sighting, source["id"], str(number))
            common: Properties = {
                "spec_version": "2.1",
                "created_by_ref": self.creator,
                "created": write_time(seen),
                "modified": write_time(seen),
            }
            about: Properties
            if kind == "0":
                about = {"type": "sighting", "first_seen": write_time(seen), "last_seen": write_time(seen)}
                about |= {"count": 1, "sighting_of_ref": source["id"]}
            else:
                about = {"type": "opinion", "explanation": "A false positive, says a sighting in MISP."}
                about |= {"opinion": "strongly-disagree", "object_refs": [source["id"]]}
            about["id"] = f"{about['type']}--{uuid}"
            if said := read_text(sighting, "source"):
                about["x_misp"] = {"source": said}
            if "object_marking_refs" in source:
                about["object_marking_refs"] = source["object_marking_refs"]
            yield from self.give(place, {"type": about["type"], **common, **about})
