"""Answers are made out of foreign text: cleaned, checked, bounded."""

from typing import Any

import pytest

from stack.analysis.answers import Pivot, Place
from stack.analysis.base import MalformedAnswer, ProviderReply
from stack.analysis.making import (
    Maker,
    check_value,
    clean_text,
    count,
    name_hash,
    quote_path,
    read_raw,
    read_time,
    write_day,
)
from stack.analysis.subjects import FILE, Subject
from stack.stix.observables.kinds import Kind

JANUARY = 1_769_847_330_000_000
ADDRESS = Subject("ipv4", "192.0.2.7")


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-31T08:15:30Z",
        "2026-01-31T09:15:30+01:00",
        "2026-01-31 08:15:30",
        "2026-01-31 08:15:30 UTC",
        "2026-01-31T08:15:30",
        1_769_847_330,
        1_769_847_330.0,
        1_769_847_330_000,
        "1769847330",
        "1769847330000",
    ],
)
def test_a_time_is_read_as_services_write_it(written: object) -> None:
    assert read_time(written) == JANUARY


@pytest.mark.parametrize(
    "written",
    [
        "",
        None,
        "soon",
        0,
        -5,
        float("nan"),
        float("inf"),
        10**30,
        "0001-01-01T00:00:00Z",
        "9999-12-31",
        "1970-01-01",
        "2026-13-01",
        "²²²²²²²²²²",
    ],
)
def test_what_is_no_time_is_left_out(written: Any) -> None:
    assert read_time(written) is None


def test_a_day_is_written_for_sentences() -> None:
    assert write_day(JANUARY) == "2026-01-31"
    assert write_day(None) == ""


def test_one_is_not_many() -> None:
    assert [count(1, "report"), count(1200, "report")] == ["1 report", "1,200 reports"]
    assert count(2, "person", many="people") == "2 people"


@pytest.mark.parametrize(
    ("foreign", "clean"),
    [
        ("a\x00b\r\nc\x1b[31m", "a b c [31m"),
        ("evil\u202egpj.exe", "evil gpj.exe"),
        ("\ud800lone", "lone"),
        ("tag\U000e0041s", "tag s"),
        ("plain – text", "plain – text"),
    ],
)
def test_text_has_no_control_characters(foreign: str, clean: str) -> None:
    assert clean_text(foreign) == clean


def test_long_text_is_cut() -> None:
    assert clean_text("x" * 10_000, most=10) == "x" * 9 + "…"


def test_a_path_holds_one_segment() -> None:
    assert quote_path("https://a.example/b?c#d/../%2e") == "https%3A%2F%2Fa.example%2Fb%3Fc%23d%2F..%2F%252e"


@pytest.mark.parametrize(
    ("length", "kind"), [(32, Kind.MD5), (40, Kind.SHA1), (64, Kind.SHA256), (128, Kind.SHA512), (33, None)]
)
def test_a_hash_is_known_by_its_length(length: int, kind: Kind | None) -> None:
    assert name_hash("a" * length) == kind


@pytest.mark.parametrize("said", [None, "", "192.0.2.7", " 192.0.2.7 "])
def test_the_value_that_was_asked_about_is_good(said: str | None) -> None:
    check_value(ADDRESS, said)


@pytest.mark.parametrize("said", ["192.0.2.8", "panel.bad.example", "x" * 10_000, "\x00"])
def test_an_answer_for_another_value_is_malformed(said: str) -> None:
    with pytest.raises(MalformedAnswer, match="another value"):
        check_value(ADDRESS, said)


def test_of_a_url_the_host_is_compared() -> None:
    subject = Subject("url", "https://shop.example/a?b=1")
    check_value(subject, "http://SHOP.example/a/")
    with pytest.raises(MalformedAnswer):
        check_value(subject, "https://other.example/a?b=1")
    with pytest.raises(MalformedAnswer):
        check_value(subject, "https://[/")


def test_a_file_is_known_by_its_sha256() -> None:
    check_value(Subject(FILE, "a" * 64), "A" * 64)


def test_a_value_is_canonical_or_text() -> None:
    maker = Maker("test", ADDRESS)
    assert maker.pivot("Panel.BAD.example.", Kind.DOMAIN, relation="resolves-to") == Pivot(
        "domain", "panel.bad.example", "resolves-to"
    )
    assert maker.pivot("not a name", Kind.DOMAIN) is None
    assert maker.pivot("a\u202eb.example", Kind.DOMAIN) is None
    assert maker.pivot("192.0.2.7", Kind.IPV4) is None, "the subject itself"
    assert maker.pivot(None, Kind.IPV4) is None
    answer = maker.answer(summary="")
    assert [pivot.value for pivot in answer.pivots] == ["panel.bad.example"]
    assert [fact.value for fact in answer.facts] == ["not a name", "a b.example"]


def test_a_fact_keeps_its_kind_only_where_it_is_of_it() -> None:
    maker = Maker("test", ADDRESS)
    maker.fact("AS", "64500", kind=Kind.ASN)
    maker.fact("network", "everywhere", kind=Kind.CIDR)
    maker.fact("nothing", None)
    maker.fact("empty", [])
    maker.fact("names", ["a", None, "b"])
    maker.fact("Tor", False)
    said = [(fact.name, fact.value, fact.kind) for fact in maker.answer(summary="").facts]
    assert said == [
        ("AS", "AS64500", "asn"),
        ("network", "everywhere", ""),
        ("names", "a, b", ""),
        ("Tor", "no", ""),
    ]


@pytest.mark.parametrize(
    ("country", "point", "expected"),
    [
        ("nl", (52.4, 4.9), Place("NL", "", 52.4, 4.9)),
        ("NL", (91.0, 4.9), Place("NL")),
        ("NL", (52.4, None), Place("NL")),
        ("NL", (float("nan"), 4.9), Place("NL")),
        ("Netherlands", (None, None), None),
        ("ÄÖ", (None, None), None),
        (None, (52.4, 4.9), None),
    ],
)
def test_a_place_is_on_earth(country: str | None, point: tuple[Any, Any], expected: Place | None) -> None:
    maker = Maker("test", ADDRESS)
    maker.place(country, latitude=point[0], longitude=point[1])
    assert list(maker.answer(summary="").places) == ([expected] if expected else [])


def test_nothing_is_without_bounds() -> None:
    maker = Maker("test", ADDRESS)
    for number in range(1000):
        maker.fact(f"fact {number}", "x" * 10_000)
        maker.pivot(f"host{number}.example", Kind.DOMAIN)
        maker.moment(JANUARY / 1e6 + number, "seen")
    answer = maker.answer(summary="x" * 10_000)
    assert (len(answer.facts), len(answer.pivots), len(answer.moments)) == (150, 200, 60)
    assert max(len(fact.value) for fact in answer.facts) == len(answer.summary) == 400


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://plain.example/", "//other.example/", ""])
def test_a_link_leads_to_the_web_only(link: str) -> None:
    maker = Maker("test", ADDRESS)
    maker.evidence("seen", "It was seen.", 1, reference=link)
    answer = maker.answer(summary="", link=link)
    assert (answer.link, answer.evidence[0].reference) == ("", "")


def test_what_has_no_time_does_not_fade() -> None:
    maker = Maker("test", ADDRESS)
    maker.evidence("seen", "It was seen.", 1, half_life_days=30)
    maker.evidence("seen", "It was seen.", 1, half_life_days=30, seen_at=JANUARY)
    assert [each.half_life_days for each in maker.answer(summary="").evidence] == [0, 30]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": [1]}', {"a": [1]}),
        (b"<html>", None),
        (b"\xff", None),
        (b"[" + b"0," * 300_000 + b"0]", {"left_out": "600,003 bytes"}),
    ],
)
def test_the_raw_answer_is_kept_as_json(body: bytes, expected: object) -> None:
    assert read_raw(ProviderReply(200, {}, body, 1)) == expected
