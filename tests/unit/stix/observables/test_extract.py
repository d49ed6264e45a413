"""Indicators in running text."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.stix.observables.extract import extract_observables

_REPORTS = sorted((Path(__file__).parents[3] / "golden" / "extraction").glob("*.txt"))


@pytest.mark.parametrize("report", _REPORTS, ids=[report.stem for report in _REPORTS])
def test_a_report_gives_the_indicators_that_a_reader_would_note(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    expected = report.with_suffix(".tsv").read_text(encoding="utf-8").splitlines()
    found = extract_observables(text)
    assert [f"{item.observable.kind}\t{item.observable.value}" for item in found] == expected
    assert all(text[item.start : item.end] == item.raw for item in found)


def test_there_are_reports_to_test_with() -> None:
    assert len(_REPORTS) == 5


def test_places_and_marks_are_those_of_the_original() -> None:
    text = "a (b) hxxp[:]//x[.]example/ then plain.example, x[.]example"
    found = extract_observables(text)
    assert [(item.raw, item.start, item.defanged) for item in found] == [
        ("hxxp[:]//x[.]example/", 6, True),
        ("plain.example", 33, False),
        ("x[.]example", 48, True),
    ]


def test_a_value_is_given_once_by_its_first_mention() -> None:
    found = extract_observables("evil.com EVIL[.]com evil.com. hxxp://evil.com http://evil.com/")
    assert [(item.observable.value, item.start) for item in found] == [
        ("evil.com", 0),
        ("http://evil.com/", 30),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "version 1.2.3.4", "std::string", "Face::add", "10:30:45", "end.In", "e.g. i.e.", "1.2.3",
        "$3.50/month", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "a" * 33, "@handle.com", "object.attribute",
        "300.1.1.1", "http://",
        "http://localhost/x", "T10591", "AS 99999999999",
    ],
)  # fmt: skip
def test_what_only_looks_like_an_indicator_is_left(text: str) -> None:
    assert extract_observables(f"It says {text} there") == []


_HOSTILE = [
    "a", ".", "a.", "[.]", "[", "a@", "1.", "1.2.3.4 ", "http://", "http://a,", "http://a)", ":", "a:", "::",
    "\\", "C:\\a", "%aa%\\ ", " ", "(", "hxxp", "0x", "/", "/tmp", "a-", "x.com/", "w.a(", "é.", "日本",
    "\u3002", "HKLM\\", "1:aaaaaa:", "\x00",
]  # fmt: skip


@pytest.mark.parametrize("unit", _HOSTILE)
def test_time_grows_with_the_length_only(unit: str) -> None:
    """Each character at most some ten microseconds; a quadratic search would take minutes for this length."""
    text = (unit * 400_000)[:400_000]
    started = time.process_time()
    extract_observables(text)
    assert time.process_time() - started < 4


@given(st.text(alphabet="ab1.:/@[]()\\ hxtp-_%,;'\"\n日", max_size=200))
def test_no_text_breaks_it_and_places_always_fit(text: str) -> None:
    for item in extract_observables(text):
        assert text[item.start : item.end] == item.raw
        assert item.observable.value
