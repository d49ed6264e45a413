"""What analysts write: reports, notes, opinions and groupings of the demonstration."""

from datetime import timedelta
from typing import Final

from stack.sources.demo import surroundings, texts
from stack.sources.demo.objects import Maker, StixObject, format_time
from stack.sources.demo.observables import Observables
from stack.sources.demo.threats import Threats

_REPORTS: Final = 72
_NOTES: Final = 60
_OPINIONS: Final = 24
_GROUPINGS: Final = 6


def make_writing(
    maker: Maker, threats: Threats, observables: Observables, indicators: list[StixObject]
) -> None:
    reports = [_make_report(maker, threats, observables, indicators, number) for number in range(_REPORTS)]
    for number in range(_NOTES):
        _make_note(maker, [*indicators, *threats.families, *reports], number)
    for number in range(_OPINIONS):
        verdict, reason = texts.OPINIONS[number % len(texts.OPINIONS)]
        maker.make(
            "opinion", f"{number}", created=maker.pick_time(100, 1), opinion=verdict, explanation=reason,
            authors=["Analyst on duty"],
            object_refs=[maker.choose([*threats.clusters, *threats.campaigns, *indicators])["id"]],
        )  # fmt: skip
    for number in range(_GROUPINGS):
        members = maker.sample(indicators, 5, 12)
        maker.make(
            "grouping", f"{number}", created=maker.pick_time(60, 1), context="suspicious-activity",
            name=f"Open case {number + 1}: hosts near the {maker.choose(threats.clusters)['name']}",
            description="Not yet a report: what belongs together is still being sorted.",
            object_refs=[member["id"] for member in members],
        )  # fmt: skip


def _make_report(
    maker: Maker, threats: Threats, observables: Observables, indicators: list[StixObject], number: int
) -> StixObject:
    created = maker.pick_time(330, 0.5)
    family, group = maker.choose(threats.families), maker.choose(threats.groups)
    campaign, sector = maker.choose(threats.campaigns), maker.choose(threats.sectors)
    domain, url, file = (
        maker.choose(part) for part in (observables.domains, observables.urls, observables.files)
    )
    address = maker.choose(observables.addresses)
    words = {
        "malware": family["name"], "group": group["name"], "campaign": campaign["name"],
        "sector": sector["name"].lower(), "product": maker.choose(surroundings.PRODUCTS),
        "domain": domain["value"].replace(".", "[.]"), "address": address["value"].replace(".", "[.]"),
        "hash": file["hashes"]["SHA-256"],
        "url": url["value"].replace("http", "hxxp", 1).replace(".example", "[.]example"),
        "first": f"{created - timedelta(days=20):%d %B}", "last": f"{created:%d %B}",
        "count": maker.random.randint(3, 14),
    }  # fmt: skip
    paragraphs = maker.sample(texts.REPORT_PARAGRAPHS, 3, 6)
    told = [family, group, campaign, sector, domain, url, file, address, *maker.sample(indicators, 4, 14)]
    return maker.make(
        "report", f"{number}", created=created,
        name=texts.REPORT_TITLES[number % len(texts.REPORT_TITLES)].format_map(words),
        description="\n\n".join(paragraph.format_map(words) for paragraph in paragraphs),
        report_types=[maker.choose(("threat-report", "campaign", "malware", "indicator"))],
        published=format_time(created + timedelta(hours=2)), confidence=maker.choose((50, 70, 85)),
        labels=maker.sample(("weekly", "incident", "advice", "technical"), 1, 2),
        object_refs=sorted({made["id"] for made in told}),
    )  # fmt: skip


def _make_note(maker: Maker, subjects: list[StixObject], number: int) -> None:
    created = maker.pick_time(120, 0.1)
    text = texts.NOTE_SENTENCES[number % len(texts.NOTE_SENTENCES)]
    maker.make(
        "note", f"{number}", created=created, abstract=text.partition(".")[0].partition(";")[0][:80],
        content=text.format(time=f"{created:%H:%M} UTC"), authors=[f"Analyst {number % 5 + 1}"],
        object_refs=[maker.choose(subjects)["id"]],
    )  # fmt: skip
