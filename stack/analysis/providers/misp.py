"""MISP: the attributes of one's own instance that have a value, with their events, tags and sightings.

Format: https://www.misp-project.org/openapi/ (restSearchAttributes, getVersion).
"""

from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer
from stack.analysis.base import HOUR_S, MINUTE_S, Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, count, keep_private, read_raw, read_time, write_day
from stack.analysis.subjects import ADDRESSES, HASHES, Subject
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_MOST: Final = 100
_EVENTS_SHOWN: Final = 20
_SIGHTED, _FALSE_POSITIVE = "0", "1"


class _Tag(msgspec.Struct):
    name: str = ""


class _Event(msgspec.Struct):
    id: str = ""
    info: str | None = None
    uuid: str | None = None


class _Sighting(msgspec.Struct):
    type: str = _SIGHTED


class _Warning(msgspec.Struct):
    warninglist_name: str | None = None
    warninglist_category: str | None = None


class _Attribute(msgspec.Struct):
    value: str
    type: str = ""
    category: str | None = None
    to_ids: bool = False
    timestamp: str | None = None
    first_seen: str | None = None
    last_seen: str | None = None
    comment: str | None = None
    event_id: str = ""
    Event: _Event | None = None
    Tag: list[_Tag] | None = None
    Sighting: list[_Sighting] | None = None
    warnings: list[_Warning] | None = None


class _Found(msgspec.Struct):
    Attribute: list[_Attribute]


class _Reply(msgspec.Struct):
    response: _Found


class _Version(msgspec.Struct):
    version: str


class Provider(ProviderPlugin):
    """What your own MISP knows of a value."""

    name = "misp"
    title = "MISP"
    page = "https://www.misp-project.org/openapi/"
    terms = "Your own instance: what it says is under the rules of its communities."
    kinds = ADDRESSES | HASHES | {Kind.DOMAIN.value, Kind.URL.value, Kind.EMAIL.value}
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("key", "Auth key", Place.HEADER, field="Authorization"),
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("url", "Address, such as https://misp.example", is_needed=True),
    )
    rates = (Rate(120, MINUTE_S),)
    tlp = "amber+strict"
    keeps_s = HOUR_S
    keeps_absent_s = HOUR_S // 4
    is_metered = False

    def ask(self, subject: Subject) -> Asking:
        wanted = {
            "returnFormat": "json",
            "value": subject.value,
            "limit": _MOST,
            "includeContext": True,
            "includeEventTags": True,
            "includeSightings": True,
            "includeWarninglistHits": True,
            "enforceWarninglist": False,
        }
        reply = yield ProviderRequest(path="/attributes/restSearch", method="POST", json=wanted)
        found = [each for each in reply.read(_Reply).response.Attribute if _is_of(each, subject)]
        if not found:
            return ABSENT
        return _read_attributes(subject, found, reply, address=self.choices.get("url", "").rstrip("/"))

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/servers/getVersion", is_metered=False)
        return Answer(summary=f"MISP {reply.read(_Version).version} answers")


def _is_of(attribute: _Attribute, subject: Subject) -> bool:
    """Whether it has the value itself: a "%" in a value stands for anything there, and pairs have a "|"."""
    parts = [attribute.value, *attribute.value.split("|")]
    return subject.value.casefold() in (part.strip().casefold() for part in parts)


def _read_attributes(
    subject: Subject, found: Sequence[_Attribute], reply: ProviderReply, *, address: str
) -> Answer:
    maker = Maker("misp", subject)
    flagged = [each for each in found if each.to_ids]
    events = {each.event_id for each in found}
    _weigh_events(maker, found, flagged, reference=address)
    _weigh_sightings(maker, found)
    _weigh_warnings(maker, found)
    for each in found[:_EVENTS_SHOWN]:
        info = (each.Event.info if each.Event else None) or f"event {each.event_id}"
        maker.fact(f"Event {each.event_id}", info, section="Events")
        maker.moment(each.first_seen, f"First seen, says “{info[:80]}”")
        maker.moment(each.last_seen, f"Last seen, says “{info[:80]}”")
        maker.fact("Comment", each.comment)
    maker.fact("Tags", sorted({tag.name for each in found for tag in each.Tag or [] if tag.name}))
    summary = (
        f"in {count(len(events), 'event')}, {len(flagged)} of {count(len(found), 'attribute')} for detection"
    )
    event = found[0].event_id
    link = f"{address}/events/view/{event}" if event.isdecimal() else ""
    return keep_private(maker.answer(summary=summary, link=link, raw=read_raw(reply)))


def _weigh_events(
    maker: Maker, found: Sequence[_Attribute], flagged: Sequence[_Attribute], *, reference: str
) -> None:
    """An attribute for detection is somebody's judgement; one that is not may be of anything."""
    chosen = flagged or found
    events = {each.event_id for each in chosen}
    seen_at = max(
        (at for each in chosen if (at := read_time(each.last_seen or each.timestamp))), default=None
    )
    weight = STRONG + min(1.5, 0.5 * (len(events) - 1)) if flagged else SLIGHT
    what = "has" if len(events) == 1 else "have"
    purpose = "for detection" if flagged else "for context only"
    statement = f"{count(len(events), 'event')} of MISP {what} it {purpose}"
    when = f", most recently on {write_day(seen_at)}" if seen_at else ""
    maker.evidence(
        "events", f"{statement}{when}.", weight, seen_at=seen_at, half_life_days=365, reference=reference
    )


def _weigh_sightings(maker: Maker, found: Sequence[_Attribute]) -> None:
    types = [sighting.type for each in found for sighting in each.Sighting or []]
    if wrong := types.count(_FALSE_POSITIVE):
        maker.evidence("false-positive", f"Members reported it as false positive {wrong} times.", -MODEST)
    if seen := types.count(_SIGHTED):
        maker.evidence("sightings", f"Members sighted it {seen} times.", SLIGHT)


def _weigh_warnings(maker: Maker, found: Sequence[_Attribute]) -> None:
    names = {warning.warninglist_name or "a list" for each in found for warning in each.warnings or []}
    if names:
        shown = ", ".join(sorted(names)[:5])
        maker.evidence("warning-lists", f"It is on warning lists of MISP: {shown}.", -MODEST)
