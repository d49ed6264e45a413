"""Makes single STIX objects of the demonstration: stable ids, plausible times, one author a source."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar

from stack.stix.ids import compute_deterministic_id, format_id
from stack.stix.markings import TLP_20_IDS

StixObject = dict[str, Any]
Item = TypeVar("Item")

_TLP_WEIGHTS: Final = {"clear": 30, "green": 34, "amber": 18, "amber+strict": 6, "red": 2, "": 10}
_CHAIN: Final = "stack-demo-chain"


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One file of the demonstration as a source would send it; `reliability` is 0 (A) to 5 (F)."""

    name: str
    source: str
    reliability: int
    objects: list[StixObject]


def make_id(type_name: str, key: str) -> str:
    """The same id for the same thing in every run: a UUID of the shape of version 4, out of a hash."""
    digest = bytearray(sha256(f"stack demo {type_name} {key}".encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x40
    digest[8] = digest[8] & 0x3F | 0x80
    return format_id(type_name, bytes(digest))


def make_hash(key: str) -> str:
    """The SHA-256 of a text of ours: a file that does not exist."""
    return sha256(f"stack demo file {key}".encode()).hexdigest()


def format_time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class Maker:
    """Makes the objects of one source; all chance comes from one seeded generator.

    `end` is the newest time that occurs; `objects` collects what was made, in order.
    """

    def __init__(self, *, seed: str, end: datetime, author: str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - repeatable choice, not a secret
        self.end = end
        self.objects: list[StixObject] = []
        self.author_id = make_id("identity", author)

    def choose(self, items: Sequence[Item]) -> Item:
        return items[int(self.random.random() * len(items))]

    def sample(self, items: Sequence[Item], low: int, high: int) -> list[Item]:
        """Between `low` and `high` different items, or all when there are fewer."""
        return self.random.sample(items, min(len(items), self.random.randint(low, high)))

    def pick_time(self, oldest_days: float, newest_days: float = 0.0) -> datetime:
        """A moment between so many days before the end."""
        days = newest_days + self.random.random() * (oldest_days - newest_days)
        moment = self.end - timedelta(days=days)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def describe(self, sentences: Sequence[str], low: int, high: int, **names: object) -> str:
        return " ".join(self.sample(sentences, low, high)).format_map(names)

    def make(
        self, type_name: str, key: str, *, created: datetime, tlp: str | None = None, **properties: object
    ) -> StixObject:
        """A domain or relationship object; without `tlp` a marking is drawn, mostly clear or green."""
        marking = self._draw_tlp() if tlp is None else tlp
        moment = format_time(created)
        made: StixObject = {
            "type": type_name,
            "spec_version": "2.1",
            "id": make_id(type_name, key),
            "created_by_ref": self.author_id,
            "created": moment,
            "modified": moment,
            **properties,
        }
        if marking:
            made["object_marking_refs"] = [TLP_20_IDS[marking]]
        self.objects.append(made)
        return made

    def observe(self, type_name: str, **properties: object) -> StixObject:
        """A cyber-observable object, whose id follows from its properties."""
        made: StixObject = {"type": type_name, "spec_version": "2.1", "id": "", **properties}
        made["id"] = compute_deterministic_id(made) or make_id(type_name, repr(sorted(properties.items())))
        self.objects.append(made)
        return made

    def relate(self, start: StixObject, kind: str, end: StixObject, *, text: str = "") -> StixObject:
        """A relationship made some days after both of its ends."""
        made = self.make(
            "relationship",
            f"{start['id']} {kind} {end['id']}",
            created=self._after(start, end),
            relationship_type=kind,
            source_ref=start["id"],
            target_ref=end["id"],
            confidence=self.random.choice((30, 50, 60, 75, 85, 95)),
        )
        if text:
            made["description"] = text
        return made

    def _after(self, *objects: StixObject) -> datetime:
        times = [datetime.fromisoformat(o["created"]) for o in objects if "created" in o]
        oldest = max(times, default=self.end - timedelta(days=60))
        span = max(0.0, (self.end - oldest).total_seconds())
        moment = oldest + timedelta(seconds=self.random.random() * min(span, 20 * 86_400))
        return moment.replace(microsecond=0).astimezone(UTC)

    def _draw_tlp(self) -> str:
        return self.random.choices(list(_TLP_WEIGHTS), list(_TLP_WEIGHTS.values()))[0]


def make_phases(*names: str) -> list[dict[str, str]]:
    return [{"kill_chain_name": _CHAIN, "phase_name": name} for name in names]
