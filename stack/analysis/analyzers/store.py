"""What is known already: the objects of the store that name the value, and the lists of known-good values."""

from collections.abc import Iterator
from typing import ClassVar, Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Answer, Evidence, Fact, Pivot
from stack.analysis.base import AnalyzerPlugin, Known, KnownObject, KnownSource, Tools
from stack.analysis.subjects import ADDRESSES, SUBJECT_KINDS, Subject
from stack.stix.observables.kinds import Kind

_INDICATOR: Final = 4.0
"""An indicator by a completely reliable source that is sure of it; what follows takes from that."""

_RELIABILITY: Final = (1.0, 0.9, 0.75, 0.5, 0.3, 0.75)
"""By grade A to F of the Admiralty scale. F says that nobody has judged the source, not that it is bad."""

_UNSTATED_CONFIDENCE: Final = 0.8
_GOOD: Final = ("benign", "false-positive", "known-good", "allowlist", "whitelist")
_TELLING: Final = frozenset({"anonymization"})
"""Of STIX's types of indicators: who comes out of Tor is weighed as that, by the engine of addresses."""

_HALF_LIVES: Final = {Kind.DOMAIN.value: 180.0, Kind.URL.value: 60.0, Kind.EMAIL.value: 180.0}
_ADDRESS_HALF_LIFE: Final = 45.0


class Analyzer(AnalyzerPlugin):
    name: ClassVar[str] = "store"
    title: ClassVar[str] = "What Stack knows"
    summary: ClassVar[str] = "Indicators, reports and lists that name the value"
    kinds: ClassVar[frozenset[str]] = SUBJECT_KINDS

    @staticmethod
    def analyze(subject: Subject, tools: Tools) -> Answer:
        known = tools.look_up([subject.value])[0]
        evidence = (*_read_objects(subject, known), *_read_lists(known))
        return Answer(
            is_found=bool(known.objects or known.known_good),
            summary=_summarise(known),
            evidence=evidence,
            facts=tuple(
                Fact(each.type, each.name or each.stix_id, Kind.STIX_ID, "In the store")
                for each in known.objects
            ),
            pivots=tuple(Pivot(Kind.CIDR, network, "part-of") for network in known.networks),
        )


def _read_objects(subject: Subject, known: Known) -> Iterator[Evidence]:
    mentions: list[KnownObject] = []
    for each in known.objects:
        if each.type == "indicator":
            yield _read_indicator(subject, each)
        elif each.role == "mention":
            mentions.append(each)
        elif each.type in ("malware", "threat-actor", "intrusion-set", "campaign"):
            yield _name(each, f"It is part of the description of the {each.type} “{each.name}”.", MODEST)
    for each in mentions:
        yield _name(each, f"The {each.type} “{each.name}” mentions it.", SLIGHT)


def _read_indicator(subject: Subject, indicator: KnownObject) -> Evidence:
    best = min((source.reliability for source in indicator.sources), key=_trust, default=5)
    confidence = _UNSTATED_CONFIDENCE if indicator.confidence is None else indicator.confidence / 100
    weight = _INDICATOR * confidence * _RELIABILITY[best]
    verb = "state" if len(indicator.sources) > 1 else "states"
    told = f"{_name_sources(indicator.sources)} {verb} it as the indicator “{indicator.name}”"
    if indicator.role == "network":
        weight, told = weight / 2, f"{told}, of a network that contains it"
    if indicator.is_revoked:
        weight, told = 0.0, f"{told}, and has revoked it"
    elif any(label.lower() in _GOOD for label in indicator.labels):
        weight, told = -STRONG, f"{told}, which is labelled as harmless"
    elif "malicious-activity" not in indicator.labels and _TELLING.intersection(indicator.labels):
        weight, told = 0.0, f"{told}, which says what it is and not that it is bad"
    half_life = _ADDRESS_HALF_LIFE if subject.kind in ADDRESSES else _HALF_LIVES.get(subject.kind, 0.0)
    return Evidence(
        code="store.indicator",
        statement=f"{told}.",
        weight=weight,
        # What two sources say independently is twice the evidence; two indicators of one source are not.
        group="store.indicator " + " ".join(sorted(source.name for source in indicator.sources)),
        seen_at=indicator.valid_until or indicator.modified,
        half_life_days=half_life,
        pivots=(Pivot(Kind.STIX_ID, indicator.stix_id, "indicated-by"),),
        is_private=True,
    )


def _name(each: KnownObject, statement: str, weight: float) -> Evidence:
    return Evidence(
        code=f"store.{'mention' if each.role == 'mention' else 'part'}",
        statement=statement,
        weight=weight,
        pivots=(Pivot(Kind.STIX_ID, each.stix_id, "named-by"),),
        is_private=True,
    )


def _read_lists(known: Known) -> Iterator[Evidence]:
    for each in known.known_good:
        title = each.title or each.list_name
        matched = f" (as {each.matched})" if each.matched else ""
        if each.is_false_positive:
            yield Evidence(
                code="store.known-good",
                statement=f"The list “{title}” holds it{matched} among what is known as good.",
                weight=-STRONG,
            )
        else:
            yield Evidence(code="store.list", statement=f"The list “{title}” holds it{matched}.")


def _trust(reliability: int) -> float:
    return -_RELIABILITY[reliability]


def _name_sources(sources: tuple[KnownSource, ...]) -> str:
    names = [source.name for source in sources[:3]]
    more = len(sources) - len(names)
    return (", ".join(names) or "Somebody") + (f" and {more} more" if more else "")


def _summarise(known: Known) -> str:
    number = len(known.objects) + known.more
    if not number:
        return "On lists only" if known.known_good else "Nothing is known of it"
    return f"{number:,} objects of the store name it" if number > 1 else "One object of the store names it"
