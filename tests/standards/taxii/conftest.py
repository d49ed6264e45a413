"""One server for all tests of a process, and a count of the statements that it holds."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.standards.taxii.door import Shelf
from tests.standards.taxii.register import CLIENT, SERVER
from tests.standards.taxii.samples import (
    FIRST,
    SECOND,
    THIRD,
    Json,
    make_domain,
    make_indicator,
    make_malware,
    make_statement,
)
from tests.standards.taxii.target import Target, open_target


@pytest.fixture(scope="session")
def target() -> Iterator[Target]:
    with open_target() as found:
        yield found


@pytest.fixture(scope="session")
def shelf(target: Target) -> Shelf:
    """A collection that may be read and written."""
    return target.shelf


@dataclass
class Stock:
    """What is on the shelf, added in this order: nobody deletes it, so that all tests may read it."""

    indicators: list[Json]
    malware: Json
    versions: list[Json]
    """Three versions of one indicator: FIRST, SECOND and THIRD."""
    status: Json
    unversioned: dict[str, Json] = field(default_factory=dict)
    """A marking definition and an observable, where the server takes such."""

    @property
    def statement(self) -> Json:
        return self._find("marking-definition")

    @property
    def domain(self) -> Json:
        return self._find("domain-name")

    @property
    def single(self) -> list[Json]:
        return [*self.indicators, self.malware, *self.unversioned.values()]

    @property
    def ids(self) -> str:
        """All ids, as match[id] takes them."""
        return ",".join([item["id"] for item in self.single] + [self.versions[0]["id"]])

    def _find(self, stix_type: str) -> Json:
        if stix_type not in self.unversioned:
            pytest.fail(f"the server under test takes no {stix_type}")
        return self.unversioned[stix_type]


@pytest.fixture(scope="session")
def stock(shelf: Shelf) -> Stock:
    indicators = [make_indicator(f"number {number}") for number in range(7)]
    versions = [make_indicator("versions", modified=FIRST)]
    versions += [
        make_indicator("versions", modified=time, stix_id=versions[0]["id"]) for time in (SECOND, THIRD)
    ]
    malware = make_malware()
    made = Stock(indicators, malware, versions, shelf.add([*indicators, malware, versions[0]]))
    for item in (make_statement(), make_domain()):
        answer = shelf.post([item])
        if answer.status == 202 and shelf.wait(answer.json)["success_count"]:
            made.unversioned[item["type"]] = item
    for version in versions[1:]:
        shelf.add([version])
    return made


@pytest.fixture(autouse=True)
def noted_statements(request: pytest.FixtureRequest, record_property: Any) -> None:
    """Each test's report says which statements it holds, whichever process ran it."""
    for number in getattr(request.function, "statements", ()):
        record_property("statement", number)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many statements hold; all of them by number where STACK_TAXII_REPORT names a file."""
    found: dict[str, str] = {}
    for outcome in ("passed", "skipped", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, number in getattr(report, "user_properties", []):
                if name == "statement":
                    found[number] = outcome
    if not found:
        return
    counts = {
        outcome: sum(value == outcome for value in found.values())
        for outcome in dict.fromkeys(found.values())
    }
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    terminalreporter.write_line(f"TAXII 2.1: {len(found)} of {len(SERVER) + len(CLIENT)} statements: {said}")
    if os.environ.get("STACK_TAXII_REPORT"):
        Path(os.environ["STACK_TAXII_REPORT"]).write_text(json.dumps(found, indent=1, sort_keys=True))
