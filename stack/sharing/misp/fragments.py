"""The parts of a MISP event that one STIX object becomes, while it is not known yet of which event."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from stack.stix.markings import TlpLevel, tlp_level_of
from stack.stix.misp.properties import read_time, says_nothing

Properties = dict[str, Any]
TAG_LIMIT = 250


class Tags(NamedTuple):
    """Names of tags; the TLP level is a tag of its own only where it is not that of the event."""

    names: tuple[str, ...] = ()
    tlp: TlpLevel | None = None
    has_own_tlp: bool = False

    def write(self, event_tlp: TlpLevel | None) -> list[dict[str, str]]:
        names = list(self.names)
        if self.tlp is not None and (self.has_own_tlp or self.tlp is not event_tlp):
            names.append(f"tlp:{self.tlp.label}")
        return [{"name": name[:TAG_LIMIT]} for name in dict.fromkeys(names)]


class Fragment(NamedTuple):
    """A record of the list `kind` (`Attribute`, `Object`, `EventReport`) of an event, without its tags.

    Texts take a fifth of the memory of dictionaries, and a whole export may be held.
    """

    kind: str
    text: bytes
    tags: Tags

    def write(self, event_tlp: TlpLevel | None, more: Properties, names: Iterable[str] = ()) -> bytes:
        """The record with what is known only now; `names` are its tags where it has more than at first."""
        tags = self.tags._replace(names=tuple(names) or self.tags.names).write(event_tlp)
        if tags:
            more = {"Tag": tags} | more
        return self.text if not more else self.text[:-1] + b"," + orjson.dumps(more)[1:]


def write_fragment(kind: str, record: Properties, tags: Tags) -> Fragment:
    return Fragment(kind, orjson.dumps(record), tags)


def read_tags(obj: Properties) -> Tags:
    """Labels, the galaxies that a MISP event had, and the TLP level of an object."""
    extra = read_extra(obj)
    names = [*texts(obj.get("labels")), *texts(extra.get("galaxies"))]
    return Tags(
        tuple(names), tlp_level_of(texts(obj.get("object_marking_refs"))), extra.get("own_tlp") is True
    )


def read_extra(obj: Properties) -> Properties:
    """What `x_misp` of the object has; nothing where it is absent or no object."""
    found = obj.get("x_misp")
    return found if isinstance(found, dict) else {}


def texts(value: object) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def text_of(obj: Properties, name: str) -> str:
    value = obj.get(name)
    return value if isinstance(value, str) else ""


def write_seconds(timestamp: object) -> str:
    """A STIX timestamp as MISP writes times: the seconds since the epoch, as text."""
    us = read_time(timestamp.replace("Z", "+00:00") if isinstance(timestamp, str) else None)
    return str(max(0, us or 0) // 1_000_000)


def write_date(us: int) -> str:
    return datetime.fromtimestamp(us // 1_000_000, UTC).date().isoformat()


def uuid_of(obj: Properties) -> str:
    return text_of(obj, "id").rpartition("--")[2]


def scalars(extra: Properties, *, leave: tuple[str, ...] = ()) -> Properties:
    """The members of `x_misp` that are MISP's own, as they were."""
    own = ("own_tlp", "galaxies", "Attribute", "SharingGroup", *leave)
    return {
        name: value
        for name, value in extra.items()
        if name not in own and isinstance(value, str | int | float) and not says_nothing(name, value)
    }
