"""Components as templates render them: defanged, escaped, with words beside colours."""

import re

import pytest
from django.template import Context, Template

from stack.web.context import PLACES


def _render(source: str, **context: object) -> str:
    return Template("{% load stack %}" + source).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("https://evil.example/a", "url", "hxxps://evil[.]example/a"),
        ("198.51.100.23", "ipv4", "198.51.100[.]23"),
        ("a@evil.example", "email", "a[@]evil[.]example"),
        ("evil.example", "no-such-kind", "evil.example"),
    ],
)
def test_observables_are_shown_defanged_and_lead_nowhere(value: str, kind: str, shown: str) -> None:
    html = _render("{% observable value kind %}", value=value, kind=kind)
    assert f">{shown}<" in html
    assert "href" not in re.sub(r"<use[^>]*>", "", html)


def test_hostile_values_are_escaped_everywhere() -> None:
    html = _render("{% observable value 'text' %}", value='"><script>alert(1)</script>')
    assert "<script" not in html
    assert '""' not in html


@pytest.mark.parametrize("level", ["red", "amber+strict", "amber", "green", "clear"])
def test_tlp_badges_carry_the_label_of_the_standard(level: str) -> None:
    assert f">TLP:{level.upper()}<" in _render("{% tlp level %}", level=level)


def test_an_unmarked_object_has_no_tlp_badge() -> None:
    assert _render("{% tlp '' %}") == ""


def test_a_verdict_is_an_icon_a_word_and_a_colour() -> None:
    html = _render("{% verdict 'malicious' sources=4 against=1 %}")
    assert "verdict-malicious" in html
    assert "Malicious" in html
    assert "<use" in html
    assert "4 sources, 1 against" in html


@pytest.mark.parametrize(
    ("number", "level"),
    [(100, "critical"), (80, "critical"), (79, "high"), (40, "medium"), (1, "low"), (0, "none")],
)
def test_scores_have_levels(number: int, level: str) -> None:
    assert f"score-{level}" in _render("{% score number %}", number=number)


def test_a_score_with_reasons_opens_them() -> None:
    html = _render("{% score 82 key='x' reasons=reasons %}", reasons=[("+40", "Named in two reports")])
    assert 'popovertarget="score-x"' in html
    assert "Named in two reports" in html


def test_a_moment_says_how_long_ago_and_exactly_when() -> None:
    html = _render("{% instant at %}", at=1_795_406_405_250_000)
    assert 'datetime="2026-11-23T04:00:05.250Z"' in html
    assert 'title="2026-11-23 04:00:05 UTC"' in html
    assert _render("{% instant None %}").endswith("never</span>")


def test_icons_are_named_or_hidden_from_screen_readers() -> None:
    assert 'aria-label="Close"' in _render("{% icon 'x' 'Close' %}")
    assert 'aria-hidden="true"' in _render("{% icon 'x' %}")


def test_shortcuts_of_places_are_distinct() -> None:
    assert len({place.key for place in PLACES}) == len(PLACES)
