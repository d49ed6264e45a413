"""docs/security/asvs.md and the tests say the same: what is met has a test that names it."""

import re
from collections import Counter

import pytest

from tests.security.asvs.listing import DOCUMENT, LEVEL_1, LEVEL_2, STATES, Row, read_document, read_markers

_ROWS = read_document()
_MARKERS = read_markers()


def test_every_requirement_is_listed_once_with_its_level() -> None:
    listed = [row.number for row in _ROWS]
    assert sorted(listed) == sorted(LEVEL_1 | LEVEL_2)
    assert {row.number for row in _ROWS if row.level == 1} == LEVEL_1


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: str(row.number))
def test_a_requirement_says_how_it_stands_and_which_tests_hold_it(row: Row) -> None:
    assert row.state in STATES
    assert len(row.asks) > 15
    assert len(row.where) > 10
    assert row.tests == _MARKERS.get(row.number, set())
    assert row.tests or row.state != "met"


def test_the_numbers_at_the_top_are_those_of_the_table() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    written = dict(re.findall(r"^\| ([a-z ]+) \| (\d+) \|$", text, re.MULTILINE))
    counted = Counter(row.state for row in _ROWS)
    assert {state: int(number) for state, number in written.items()} == {s: counted[s] for s in STATES}


def test_tests_name_only_requirements_that_are_listed() -> None:
    assert sorted(_MARKERS.keys() - {row.number for row in _ROWS}) == []
