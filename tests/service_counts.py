"""Counts the tests of each service, and prints the counts when all have run (also under xdist).

A test's services travel with its report: those of its fixtures, marks and
parameters, or the one that was absent.
"""

import re
from collections import Counter

import pytest

from tests.services import PROPERTY, VARIABLES, note_service

# Fixtures that do not tell by themselves.
_FIXTURES = {"browser": "chromium", "data_file": "data"}
_ABSENT = re.compile(r"Skipped: (\S+) is absent \(")

_RAN: Counter[str] = Counter()
_SKIPPED: Counter[str] = Counter()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for fixture in getattr(item, "fixturenames", ()):
        if fixture in _FIXTURES:
            note_service(item, _FIXTURES[fixture])
    for mark in item.iter_markers("service"):
        for service in mark.args:
            note_service(item, service)
    call = getattr(item, "callspec", None)
    for value in () if call is None else call.params.values():
        if isinstance(value, str) and value in VARIABLES:
            note_service(item, value)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        match = _ABSENT.match(report.longrepr[2])
        if match:
            _SKIPPED[match[1]] += 1
    elif report.when == "call":
        _RAN.update(str(value) for name, value in report.user_properties if name == PROPERTY)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _RAN or _SKIPPED:
        terminalreporter.write_line("services: " + describe_counts(_RAN, _SKIPPED))


def describe_counts(ran: Counter[str], skipped: Counter[str]) -> str:
    """`postgresql 1,204 ran · redis 31 ran (2 skipped) · s3 absent (14 skipped)`"""
    parts = []
    for service in sorted({*ran, *skipped}):
        without = f" ({skipped[service]:,} skipped)" if skipped[service] else ""
        done = f"{ran[service]:,} ran" if ran[service] else "absent"
        parts.append(f"{service} {done}{without}")
    return " · ".join(parts)
