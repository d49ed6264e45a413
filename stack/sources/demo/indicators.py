"""Indicators, the infrastructure behind them, and where they were sighted."""

from datetime import timedelta
from typing import Final

from stack.sources.demo import words
from stack.sources.demo.objects import Maker, StixObject, format_time, make_phases
from stack.sources.demo.observables import Observables
from stack.sources.demo.patterns import Draft, build_equality, build_pattern
from stack.sources.demo.threats import Threats

_COMPOSITE: Final = 150
_INFRASTRUCTURE: Final = 30
_SIGHTINGS: Final = 170
_OBSERVATIONS: Final = 40
_SHARE_WITH_INDICATOR: Final = 0.85
_LABELS: Final = ("c2", "phishing", "loader", "stealer", "scanner", "ransom")
_TYPES: Final = (
    "malicious-activity", "malicious-activity", "anomalous-activity", "compromised", "attribution"
)  # fmt: skip


def make_indicators(maker: Maker, threats: Threats, observables: Observables) -> list[StixObject]:
    """Infrastructure, indicators and sightings; returns the indicators."""
    _make_infrastructure(maker, threats, observables)
    drafts = [
        build_equality(observable)
        for observable in observables.list_all()
        if maker.random.random() < _SHARE_WITH_INDICATOR
    ]
    drafts += [build_pattern(maker, observables, number) for number in range(_COMPOSITE)]
    indicators = [_make_indicator(maker, threats, draft) for draft in drafts]
    _make_sightings(maker, threats, indicators)
    _make_observations(maker, observables, indicators)
    return indicators


def _make_infrastructure(maker: Maker, threats: Threats, observables: Observables) -> None:
    kinds = ("command-and-control", "phishing", "hosting-malware", "exfiltration", "staging", "anonymization")
    for number in range(_INFRASTRUCTURE):
        kind = maker.choose(kinds)
        word = maker.choose(words.DOMAIN_WORDS)
        built = maker.make(
            "infrastructure", f"{number}", created=maker.pick_time(260, 3),
            name=f"{word.title()} {kind.replace('-', ' ')} {number + 1}", infrastructure_types=[kind],
            description=f"Hosts used together, hired for {30 * (number % 5 + 1)} days.",
        )  # fmt: skip
        for part in (*maker.sample(observables.addresses, 1, 3), *maker.sample(observables.domains, 1, 3)):
            maker.relate(built, "consists-of", part)
        maker.relate(maker.choose(threats.families), "beacons-to", built)
        maker.relate(maker.choose(threats.clusters), "uses", built)


def _make_indicator(maker: Maker, threats: Threats, draft: Draft) -> StixObject:
    created = maker.pick_time(360, 0.2)
    family, cluster = maker.choose(threats.families), maker.choose(threats.clusters)
    indicator = maker.make(
        "indicator", draft.pattern, created=created, name=draft.name, pattern=draft.pattern,
        pattern_type=draft.language, indicator_types=[maker.choose(_TYPES)], valid_from=format_time(created),
        confidence=maker.choose((15, 30, 50, 65, 75, 85, 95)), labels=maker.sample(_LABELS, 1, 2),
        kill_chain_phases=make_phases(maker.choose(("delivery", "foothold", "control", "exfiltration"))),
    )  # fmt: skip
    if draft.language == "stix":
        indicator["pattern_version"] = "2.1"
    if maker.random.random() < 0.6:
        end = created + timedelta(days=maker.choose((30, 90, 180, 365)))
        indicator["valid_until"] = format_time(end)
    if maker.random.random() < 0.5:
        indicator["description"] = (
            f"Seen together with {family['name']} in activity of the {cluster['name']}."
        )
    maker.relate(indicator, "indicates", family)
    if maker.random.random() < 0.25:
        maker.relate(indicator, "indicates", maker.choose(threats.campaigns))
    return indicator


def _make_sightings(maker: Maker, threats: Threats, indicators: list[StixObject]) -> None:
    for number in range(_SIGHTINGS):
        first = maker.pick_time(90, 0.1)
        last = first + (maker.end - first) * maker.random.random()
        maker.make(
            "sighting", f"{number}", created=last.replace(microsecond=0), first_seen=format_time(first),
            last_seen=format_time(last), count=int(maker.random.paretovariate(0.9)),
            sighting_of_ref=maker.choose(indicators)["id"],
            where_sighted_refs=[maker.choose(threats.sectors)["id"]],
        )  # fmt: skip


def _make_observations(maker: Maker, observables: Observables, indicators: list[StixObject]) -> None:
    for number in range(_OBSERVATIONS):
        first = maker.pick_time(120, 1)
        seen = [maker.choose(observables.domains)["id"], maker.choose(observables.addresses)["id"]]
        observed = maker.make(
            "observed-data", f"{number}", created=first, first_observed=format_time(first),
            last_observed=format_time(first + timedelta(hours=maker.random.randint(1, 20))),
            number_observed=maker.random.randint(1, 400), object_refs=seen,
        )  # fmt: skip
        maker.relate(maker.choose(indicators), "based-on", observed)
