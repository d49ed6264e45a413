"""What stands in an address: filters, limits and places."""

from urllib.parse import urlencode

import pytest

from stack.core.errors import BadInput
from stack.sharing.taxii.interoperability import NAMES
from stack.sharing.taxii.parameters import OBJECT_FIELDS, Asked, read_asked, seal_next
from stack.sharing.taxii.times import read_time

_FIELDS = OBJECT_FIELDS | NAMES


def ask(query: str = "", **parameters: str) -> Asked:
    text = query or urlencode(parameters)
    return read_asked(text, fields=_FIELDS, place="objects 1", most=1000)


def test_without_parameters_the_last_versions_from_the_beginning_are_asked_for() -> None:
    asked = ask()
    assert (asked.after, asked.limit, asked.is_nothing, asked.tests) == (0, 1000, False, ())
    assert asked.chosen.last
    assert not asked.chosen.first
    assert not asked.chosen.every


@pytest.mark.parametrize(
    ("limit", "expected"), [("1", 1), ("007", 7), ("1000", 1000), ("1001", 1000), ("9" * 40, 1000)]
)
def test_a_limit_above_the_page_is_the_page(limit: str, expected: int) -> None:
    assert ask(limit=limit).limit == expected


@pytest.mark.parametrize("limit", ["", "0", "000", "-1", "1.5", "ten", "1e3", "+5", "٣", "1 "])
def test_what_is_no_limit_is_refused(limit: str) -> None:
    with pytest.raises(BadInput, match="limit: expected"):
        ask(limit=limit)


def test_words_and_instants_choose_versions() -> None:
    chosen = ask("match[version]=first,2026-01-31T10:00:00Z,2026-01-31T12:00:00%2B01:00").chosen
    assert (chosen.first, chosen.last, chosen.every) == (True, False, False)
    assert chosen.instants == (read_time("2026-01-31T10:00:00Z"), read_time("2026-01-31T11:00:00Z"))


@pytest.mark.parametrize(
    "query",
    [
        "match[version]=all,last",
        "match[version]=last,last",
        "match[version]=2026-01-31T10:00:00Z,2026-01-31T10:00:00.000Z",
        "match[version]=newest",
        "match[version]=",
        "match[type]=,",
        "match[nonsense]=1",
        "match[]=1",
        "match[type]=a&match[type]=b",
        "added_after=2026-01-31T10:00:00Z&added_after=2026-01-31T10:00:00Z",
        "limit=1&limit=1",
        "added_after=now",
        "added_after=",
        "next=",
        "next=nonsense",
        "match[confidence]=high",
        "match[confidence-gte]=1.5",
        "match[revoked]=perhaps",
        "match[tlp]=blue",
        "match[modified-gte]=soon",
        "match[id]=a%00b",
        "&".join(f"x{number}=1" for number in range(100)),
    ],
)
def test_what_cannot_be_meant_is_refused(query: str) -> None:
    with pytest.raises(BadInput) as refused:
        ask(query)
    assert refused.value.status == 400


def test_what_taxii_does_not_know_is_left_alone() -> None:
    assert ask("color=blue&color=red&_=1").limit == 1000


def test_other_specification_versions_find_nothing() -> None:
    assert ask("match[spec_version]=2.0").is_nothing
    assert not ask("match[spec_version]=2.0,2.1").is_nothing


def test_types_that_cannot_be_find_nothing() -> None:
    assert ask("match[type]=Malware!").is_nothing
    assert ask("match[type]=malware,No!").chosen.types == ("malware",)


def test_a_place_is_the_same_text_each_time_and_remembers_its_filters() -> None:
    asked = ask("match[type]=tool,malware&match[name]=Rat")
    sealed = seal_next(asked, reached=500, place="objects 1")
    assert sealed == seal_next(asked, reached=500, place="objects 1")
    alone = ask(next=sealed)
    assert (alone.after, alone.chosen, alone.match) == (500, asked.chosen, asked.match)
    assert ask(f"next={sealed}&match[name]=Rat&match[type]=malware,tool").after == 500


@pytest.mark.parametrize("other", ["match[type]=tool", "match[type]=tool&match[name]=Cat", "match[id]=x"])
def test_a_place_is_refused_with_other_filters(other: str) -> None:
    sealed = seal_next(ask("match[type]=tool&match[name]=Rat"), reached=500, place="objects 1")
    with pytest.raises(BadInput, match="other filters"):
        ask(f"next={sealed}&{other}")


def test_a_place_without_filters_is_refused_with_some() -> None:
    with pytest.raises(BadInput, match="other filters"):
        ask(f"next={seal_next(ask(), reached=5, place='objects 1')}&match[type]=tool")


def test_a_place_of_another_list_is_refused() -> None:
    with pytest.raises(BadInput, match="of this list"):
        ask(next=seal_next(ask(), reached=500, place="objects 2"))


def test_of_a_place_and_a_date_the_later_counts() -> None:
    sealed = seal_next(ask(), reached=read_time("2026-01-31T10:00:00Z"), place="objects 1")
    later, earlier = "2026-01-31T11:00:00Z", "2026-01-31T09:00:00Z"
    assert ask(next=sealed, added_after=later).after == read_time(later)
    assert ask(next=sealed, added_after=earlier).after == read_time("2026-01-31T10:00:00Z")
