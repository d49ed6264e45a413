"""The page of an analysis: which parts a browser lacks, bars, places and the tree of a file."""

import pytest

from stack.analysis.answers import Answer, Evidence, Fact, Place, Word
from stack.analysis.base import Rate
from stack.analysis.models import AnalysisState, AnswerState
from stack.analysis.records import AnalysisDetail, AnalysisRow, AnswerRow
from stack.analysis.verdicts import Verdict, Weighed
from stack.core.errors import BadInput
from stack.web import analysis_parts
from stack.web.analysis_parts import read_seen
from stack.web.countries import find_country
from stack.web.providers_shown import read_rates, write_rates

_NOW = 1_764_000_000_000_000


def _detail(*answers: AnswerRow, weighed: tuple[Weighed, ...] = (), **more: object) -> AnalysisDetail:
    row = AnalysisRow(
        uid="0f2f6a1b-8a4e-4a3b-9d9e-5c1f4d3e7c22",
        kind="domain",
        value="evil.example",
        name="",
        size=0,
        tlp=0,
        state=AnalysisState.RUNNING,
        word=Word.UNKNOWN,
        score=None,
        confidence=0.0,
        summary="",
        trigger="person",
        by="robin",
        batch="",
        job_id=1,
        created_at=_NOW,
        ended_at=None,
        plugins=2,
        answered=1,
    )
    verdict = Verdict(Word.UNKNOWN, 10, 0.0, -2.2, weighed, for_weight=2.0, against_weight=0.5)
    fields = {"pivots": (), "moments": (), "places": (), "opinions": (), "stix_ids": (), **more}
    return AnalysisDetail(row=row, verdict=verdict, answers=answers, **fields)  # type: ignore[arg-type]  # of a test


def _answer(answer: Answer) -> AnswerRow:
    return AnswerRow("file", "File", False, AnswerState.FOUND, "", answer, False, _NOW, _NOW)


def test_what_a_browser_has_is_read_whatever_it_says() -> None:
    assert read_seen("verdict:abc,source-x:def") == {"verdict": "abc", "source-x": "def"}
    assert read_seen("") == {}
    assert read_seen(",,:x,plain") == {}


def test_bars_grow_from_the_middle_to_their_side_and_not_beyond() -> None:
    items = tuple(
        Weighed("Source", Evidence("a.b", "It calls http://evil.example/a.", weight), weight)
        for weight in (2.5, -2.5, 99.0, 0.0)
    )
    shown = analysis_parts._describe_evidence(_detail(weighed=items))
    bars = [(each["x"], each["width"], each["counted"]) for each in shown["counted"]]
    assert bars == [(100, 50.0, "+2.50"), (50.0, 50.0, "−2.50"), (100, 100.0, "+99.00")]
    assert [each["counted"] for each in shown["told"]] == ["0.00"]
    assert shown["counted"][0]["statement"] == "It calls hxxp://evil[.]example/a."
    assert shown["balance"] == "+2.00 for malicious, −0.50 against, in log-odds"


def test_a_country_without_degrees_is_marked_in_its_middle_and_an_unknown_one_is_only_listed() -> None:
    places = (
        ("IP", Place("de", "AS64500")),
        ("Shodan", Place("DE", "AS64500")),
        ("IP", Place("US", "Ashburn", 39.0, -77.5)),
        ("IP", Place("ZZ")),
        ("IP", Place("NO", "North Pole", 999.0, 0.0)),
    )
    shown = analysis_parts._describe_places(_detail(places=places))
    assert [each["title"] for each in shown["points"]] == ["Germany, AS64500", "United States, Ashburn"]
    assert (shown["points"][1]["x"], shown["points"][1]["y"]) == (205.0, 90.0)
    assert [(each["country"], each["sources"]) for each in shown["places"]] == [
        ("Germany", "IP, Shodan"),
        ("United States", "IP"),
        ("ZZ", "IP"),
        ("Norway", "IP"),
    ]


def test_parts_of_a_file_stand_as_deep_as_they_lie() -> None:
    facts = (
        Fact("Type", "zip"),
        Fact("Type", "Word", section="a.zip > b.docm"),
        Fact("Macro", "Shell http://evil.example/a", section="a.zip > b.docm > vba.bin"),
    )
    shown = analysis_parts._describe_facts(_detail(_answer(Answer(facts=facts))))
    assert [(each["title"], each["depth"]) for each in shown] == [
        ("In short", 0),
        ("b.docm", 1),
        ("vba.bin", 2),
    ]
    assert shown[2]["facts"][0]["value"] == "Shell hxxp://evil[.]example/a"


def test_what_is_beyond_the_limit_of_facts_is_told() -> None:
    facts = tuple(Fact(f"Fact {number}", "x") for number in range(500))
    shown = analysis_parts._describe_facts(_detail(_answer(Answer(facts=facts))))
    assert len(shown[0]["facts"]) == 400
    assert shown[-1]["title"] == "Showing 400 of 500: the JSON has all"


def test_countries_are_found_by_their_code_in_any_case() -> None:
    found = find_country("se")
    assert found is not None
    assert (found.name, found.latitude, found.longitude) == ("Sweden", 63, 17)
    assert find_country("") is None


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("4 a minute, 500 a day", [Rate(4, 60), Rate(500, 86_400)]),
        ("1,000 per month", [Rate(1000, 30 * 86_400)]),
        ("5 in 90 s", [Rate(5, 90)]),
        ("  ", None),
    ],
)
def test_limits_are_read_as_they_are_written(text: str, rates: list[Rate] | None) -> None:
    assert read_rates(text) == rates
    assert rates is None or read_rates(write_rates(tuple(rates))) == rates


@pytest.mark.parametrize("text", ["many", "4 a fortnight", "-4 a day", "4", "4 a minute, x"])
def test_limits_that_are_none_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInput, match="4 a minute, 500 a day"):
        read_rates(text)
