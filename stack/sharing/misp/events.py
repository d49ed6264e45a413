"""Gathers what an export has into events: one for each report, and one for what belongs to none."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from stack.sharing.exporting.base import Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.misp.attributes import convert, fill, restore
from stack.sharing.misp.clusters import Cluster, add_clusters, is_named, read_cluster
from stack.sharing.misp.fragments import (
    Fragment,
    Properties,
    Tags,
    read_extra,
    read_tags,
    scalars,
    text_of,
    texts,
    uuid_of,
    write_date,
    write_fragment,
    write_seconds,
)
from stack.stix.misp.properties import make_uuid, read_time

_MOST_HELD: Final = 200_000
_REPORTS: Final = frozenset({"report", "grouping"})
_OBSERVABLE_LINKS: Final = ("parent_directory_ref", "src_ref", "dst_ref")
_SUMMARY: Final = ("uuid", "info", "date", "timestamp", "analysis", "threat_level_id")


class Event:
    """One event: its own properties, and its parts as they are written."""

    def __init__(self, head: Properties, tags: Tags) -> None:
        self.head = head
        self.tags = tags
        self.parts: dict[str, list[bytes]] = {"Attribute": [], "Object": [], "EventReport": []}

    def write(self) -> Iterator[bytes]:
        """Pieces of `{"Event": …}`."""
        head = self.head | {"Tag": self.tags.write(None)}
        yield b'{"Event":' + orjson.dumps(head)[:-1]
        for name, texts_ in self.parts.items():
            yield b',"%s":[' % name.encode()
            for number, text in enumerate(texts_):
                yield b",\n" + text if number else text
            yield b"]"
        yield b"}}"

    def summarise(self) -> Properties:
        """The entry of a feed's manifest."""
        entry = {name: self.head[name] for name in _SUMMARY if name != "uuid"}
        return entry | {"Orgc": self.head["Orgc"], "Tag": self.tags.write(None)}


def iterate_events(items: Iterator[Item], *, occasion: Occasion, losses: Losses) -> Iterator[Event]:
    """The events of an export. Of more than 200,000 objects each so many are gathered by themselves, so that
    the memory that it takes has an end."""
    gathering, number = Gathering(occasion, losses, 0), 0
    for item in items:
        if gathering.is_full:
            yield from gathering.iterate_events()
            number += 1
            gathering = Gathering(occasion, losses, number)
            losses.note(
                "report", "object_refs", "objects of the report may be in another event of this export"
            )
        gathering.take(item)
    yield from gathering.iterate_events()


class Gathering:
    """Objects of an export, held until every report among them is known; `number` counts from 0."""

    def __init__(self, occasion: Occasion, losses: Losses, number: int) -> None:
        self._occasion, self._losses, self._number = occasion, losses, number
        self._taken = 0
        self._fragments: dict[str, list[Fragment]] = {}
        self._reports: list[Properties] = []
        self._names: dict[str, str] = {}
        self._clusters: dict[str, Cluster] = {}
        self._about: dict[str, list[Cluster]] = {}
        self._derived: set[str] = set()
        self._observables: dict[str, Properties] = {}
        self._links: list[Properties] = []
        self._sightings: dict[str, list[Properties]] = {}
        self._notes: list[Properties] = []

    @property
    def is_full(self) -> bool:
        return self._taken >= _MOST_HELD

    def take(self, item: Item) -> None:
        self._taken += 1
        obj = item.properties
        kind, stix_id = text_of(obj, "type"), text_of(obj, "id")
        extra = read_extra(obj)
        if kind in _REPORTS:
            self._reports.append(obj)
        elif kind == "identity":
            self._names[stix_id] = text_of(obj, "name")
        elif kind == "relationship":
            self._links.append(obj)
        elif kind in {"sighting", "opinion"}:
            self._take_sighting(obj)
        elif kind == "note":
            self._notes.append(obj)
        elif cluster := read_cluster(obj, self._losses):
            self._clusters[stix_id] = cluster
        elif extra and (fragment := restore(obj, self._losses)) is not None:
            self._fragments[stix_id] = [fragment]
            self._derived.update(texts(obj.get("object_refs")))
        elif kind == "observed-data":
            self._losses.note(kind, "", "what was observed goes out as the values themselves")
        elif kind in {"marking-definition", "extension-definition"}:
            self._losses.note(kind, "", "MISP has tags and templates of its own instead")
        elif "modified" not in obj:
            self._observables[stix_id] = obj
        else:
            self._fragments[stix_id] = list(convert(obj, self._losses))

    def _take_sighting(self, obj: Properties) -> None:
        is_sighting = obj["type"] == "sighting"
        if not is_sighting and obj.get("opinion") != "strongly-disagree":
            self._losses.note("opinion", "", "MISP knows of opinions only that something is a false positive")
            return
        refs = texts([obj.get("sighting_of_ref")]) if is_sighting else texts(obj.get("object_refs"))
        seen = obj.get("last_seen") or obj.get("modified")
        sighting: Properties = {"uuid": uuid_of(obj), "type": "0" if is_sighting else "1"}
        sighting |= {"date_sighting": write_seconds(seen)} | scalars(read_extra(obj))
        for ref in refs:
            self._sightings.setdefault(ref, []).append(sighting)

    def iterate_events(self) -> Iterator[Event]:
        """The events of the reports in the order in which they came, then that of the rest, if any."""
        self._settle_observables()
        references = self._settle_links()
        left = dict.fromkeys(self._fragments)
        for report in self._reports:
            event = self._open_event(report)
            for ref in texts(report.get("object_refs")):
                left.pop(ref, None)
                self._add(event, ref, references)
            self._add_clusters(event, texts(report.get("object_refs")))
            self._add_notes(event, text_of(report, "id"))
            self._losses.entries += 1
            yield event
        in_reports = {ref for report in self._reports for ref in texts(report.get("object_refs"))}
        clusters = [ref for ref in self._clusters if ref not in in_reports]
        left = {ref: None for ref in left if self._fragments[ref]}
        if left or clusters:
            event = self._open_rest()
            for ref in left:
                self._add(event, ref, references)
            self._add_clusters(event, clusters)
            self._losses.entries += 1
            yield event
        for _ in self._notes:
            self._losses.note("note", "", "it is about no event of this export")

    def _settle_observables(self) -> None:
        """Observables that an object of MISP was made of go out with it; the others by themselves."""
        for link in self._links:
            source = text_of(link, "source_ref")
            if link.get("relationship_type") == "based-on" and source in self._fragments:
                self._derived.add(text_of(link, "target_ref"))
        for stix_id, obj in self._observables.items():
            if stix_id in self._derived:
                self._derived.update(text_of(obj, name) for name in _OBSERVABLE_LINKS)
        for stix_id, obj in self._observables.items():
            if stix_id not in self._derived:
                self._fragments[stix_id] = list(convert(obj, self._losses))
        self._observables.clear()

    def _settle_links(self) -> dict[str, list[Properties]]:
        """Relationships between objects of MISP as its references; by the id of their source."""
        references: dict[str, list[Properties]] = {}
        for link in self._links:
            source, target = text_of(link, "source_ref"), text_of(link, "target_ref")
            kind = text_of(link, "relationship_type")
            if target in self._derived and kind == "based-on":
                continue
            if target in self._clusters and source in self._fragments:
                self._about.setdefault(source, []).append(self._clusters[target])
                continue
            ends = self._fragments.get(source), self._fragments.get(target)
            if not ends[0] or not ends[1] or ends[0][0].kind != "Object":
                self._losses.note("relationship", "", "in MISP only an object refers to another one")
                continue
            extra = read_extra(link)
            reference: Properties = {
                "uuid": uuid_of(link),
                "object_uuid": source.rpartition("--")[2],
                "referenced_uuid": extra.get("referenced_uuid") or target.rpartition("--")[2],
                "relationship_type": extra.get("relationship_type") or kind,
                "comment": text_of(link, "description"),
                "timestamp": write_seconds(link.get("modified")),
                "deleted": link.get("revoked") is True,
            }
            references.setdefault(source, []).append(reference | scalars(extra))
        return references

    def _add(self, event: Event, stix_id: str, references: dict[str, list[Properties]]) -> None:
        about = self._about.get(stix_id, ())
        for fragment in self._fragments.get(stix_id, ()):
            more: Properties = {}
            names, galaxies = add_clusters(fragment.tags.names, about)
            if galaxies:
                more["Galaxy"] = galaxies
            if stix_id in references:
                more["ObjectReference"] = references[stix_id]
            if stix_id in self._sightings:
                more["Sighting"] = self._sightings[stix_id]
            event.parts[fragment.kind].append(fragment.write(event.tags.tlp, more, names))

    def _add_clusters(self, event: Event, refs: list[str]) -> None:
        """What the event is about, unless that is told of its parts."""
        told = {cluster.uuid for ref in refs for cluster in self._about.get(ref, ())}
        clusters = [self._clusters[ref] for ref in refs if ref in self._clusters]
        tags = event.tags.names
        own = [c for c in clusters if c.uuid not in told or any(is_named(tag, c.name) for tag in tags)]
        names, galaxies = add_clusters(event.tags.names, own)
        event.tags = event.tags._replace(names=tuple(names))
        if galaxies:
            event.head["Galaxy"] = galaxies

    def _add_notes(self, event: Event, report_id: str) -> None:
        for note in [note for note in self._notes if report_id in texts(note.get("object_refs"))]:
            self._notes.remove(note)
            record: Properties = {
                "uuid": uuid_of(note),
                "name": text_of(note, "abstract") or "Note",
                "content": text_of(note, "content"),
                "timestamp": write_seconds(note.get("modified")),
            }
            fragment = write_fragment("EventReport", record | scalars(read_extra(note)), read_tags(note))
            event.parts["EventReport"].append(fragment.write(event.tags.tlp, {}))

    def _open_event(self, report: Properties) -> Event:
        extra = read_extra(report)
        creator = text_of(report, "created_by_ref")
        us = read_time(text_of(report, "published").replace("Z", "+00:00")) or 0
        head = self._write_head(
            uuid=uuid_of(report), info=text_of(report, "name") or "Untitled", us=us, creator=creator
        )
        head |= {"timestamp": write_seconds(report.get("modified"))} | scalars(extra)
        if isinstance(extra.get("SharingGroup"), dict):
            head["SharingGroup"] = extra["SharingGroup"]
        event = Event(head, read_tags(report))
        self._add_references(event, report)
        if description := text_of(report, "description"):
            text = {"uuid": make_uuid("misp", head["uuid"], "description"), "name": "Description"}
            text |= {"content": description, "timestamp": head["timestamp"]}
            event.parts["EventReport"].append(orjson.dumps(text))
        for name in ("confidence", "lang", "report_types", "context", "extensions", "granular_markings"):
            if name in report:
                self._losses.note(text_of(report, "type"), name, "an event of MISP has no place for it")
        return event

    def _add_references(self, event: Event, report: Properties) -> None:
        references: Any = report.get("external_references")
        for reference in references if isinstance(references, list) else ():
            url = text_of(reference, "url") if isinstance(reference, dict) else ""
            if url and reference.get("source_name") != "MISP link":
                uuid = make_uuid("misp", event.head["uuid"], url)
                link = fill(
                    {"uuid": uuid, "type": "link", "value": url, "timestamp": event.head["timestamp"]}
                )
                event.parts["Attribute"].append(orjson.dumps(link))

    def _open_rest(self) -> Event:
        """The event of what no report is about. Its UUID stays the same for the same title."""
        title = self._occasion.title if not self._number else f"{self._occasion.title} ({self._number + 1})"
        us = self._occasion.changed_at or self._occasion.made_at
        head = self._write_head(
            uuid=make_uuid("misp", "event", title),
            info=title,
            us=us,
            creator="",
        )
        level = max(
            (
                found.tags.tlp
                for each in self._fragments.values()
                for found in each
                if found.tags.tlp is not None
            ),
            default=None,
        )
        return Event(head | {"timestamp": str(us // 1_000_000)}, Tags((), level))

    def _write_head(self, *, uuid: str, info: str, us: int, creator: str) -> Properties:
        """Distribution 0 (“your organisation only”): whoever takes the event in decides to share more."""
        name = self._names.get(creator) or ("Stack" if not creator else "Unknown organisation")
        organisation = creator.rpartition("--")[2] or make_uuid("misp", "organisation", "Stack")
        return {
            "uuid": uuid,
            "info": info,
            "date": write_date(us),
            "analysis": "2",
            "threat_level_id": "4",
            "distribution": "0",
            "published": False,
            "Orgc": {"name": name, "uuid": organisation},
        }
