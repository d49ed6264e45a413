"""The whole demonstration as three files of two sources, the same for the same month."""

from datetime import UTC, date, datetime
from typing import Final

from stack.sources.demo.indicators import make_indicators
from stack.sources.demo.objects import DemoFile, Maker, StixObject, make_id
from stack.sources.demo.observables import make_observables
from stack.sources.demo.revisions import dissent, revise
from stack.sources.demo.threats import make_threats
from stack.sources.demo.writing import make_writing

FIRST_SOURCE: Final = "Demo: Saltmere CERT"
SECOND_SOURCE: Final = "Demo: Lanyard Exchange"
SOURCES: Final = (FIRST_SOURCE, SECOND_SOURCE)


def make_files(today: date) -> list[DemoFile]:
    """The files, in the order to take them in. Times end where the month of `today` begins."""
    end = datetime(today.year, today.month, 1, tzinfo=UTC)
    maker = Maker(seed="saltmere", end=end, author=FIRST_SOURCE)
    _make_author(maker, FIRST_SOURCE, "An invented response team that publishes a monthly collection.")
    threats = make_threats(maker)
    observables = make_observables(maker)
    indicators = make_indicators(maker, threats, observables)
    make_writing(maker, threats, observables, indicators)

    second = Maker(seed="lanyard", end=end, author=SECOND_SOURCE)
    _make_author(second, SECOND_SOURCE, "An invented sharing community that disagrees now and then.")
    others = dissent(second, maker.objects, threats, observables)
    updates = revise(Maker(seed="updates", end=end, author=FIRST_SOURCE), maker.objects)
    return [
        DemoFile("saltmere-collection.json", FIRST_SOURCE, 1, maker.objects),
        DemoFile("saltmere-updates.json", FIRST_SOURCE, 1, updates),
        DemoFile("lanyard-exchange.json", SECOND_SOURCE, 3, others),
    ]


def _make_author(maker: Maker, name: str, description: str) -> StixObject:
    return maker.make(
        "identity", name, created=maker.pick_time(430, 425), tlp="clear", name=name.removeprefix("Demo: "),
        identity_class="organization", description=description,
    )  # fmt: skip


def bundle(file: DemoFile) -> dict[str, object]:
    """The file as a STIX bundle."""
    return {"type": "bundle", "id": make_id("bundle", file.name), "objects": file.objects}
