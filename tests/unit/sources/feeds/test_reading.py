"""The shapes in which vendors publish, and the values in them."""

import pytest

from stack.core.errors import BadInput
from stack.ingest.base import Limits, ParseOptions
from stack.ingest.streams import stream_bytes
from stack.sources.feeds.making import read_number, read_observable, read_time, split_words
from stack.sources.feeds.reading import read_csv, read_json, read_values
from stack.sources.feeds.syndication import strip_markup
from stack.sources.feeds.vendors.json_file import find_all
from stack.stix.observables.kinds import Kind

_OPTIONS = ParseOptions(source="x", filename="x", received="", limits=Limits(record=40))


def rows(data: bytes) -> list[object]:
    return [
        str(row) if isinstance(row, ValueError) else row
        for _, row in read_csv(stream_bytes(data), _OPTIONS, columns=("a", "b"))
    ]


def test_the_heading_says_the_order_of_the_columns() -> None:
    assert rows(b"1,2\n") == [{"a": "1", "b": "2"}]
    assert rows(b'# "b", "a", "c"\n"2", "1", "3"\n') == [{"b": "2", "a": "1", "c": "3"}]
    assert rows(b"b,a\n2,1\n# end, of it\n") == [{"b": "2", "a": "1"}]


def test_a_row_that_cannot_be_read_says_why() -> None:
    assert rows(b"1\n") == ["expected 2 columns, found 1"]
    assert rows(b"\xff,1\n") == ["the line is not UTF-8"]
    assert rows(b"x" * 50 + b",1\n1,2\n") == ["the line is too long", {"a": "1", "b": "2"}]


def test_a_page_is_no_data() -> None:
    for read in (rows, lambda data: list(read_values(stream_bytes(data), _OPTIONS))):
        with pytest.raises(BadInput, match="web page"):
            read(b"<!DOCTYPE html>\n<html>")
    with pytest.raises(BadInput, match="web page"):
        read_json(stream_bytes(b"  <html>"))


def test_comments_are_no_values() -> None:
    data = b"# one\n; two\n\n198.51.100.7 ; three\n"
    assert [value for _, value in read_values(stream_bytes(data), _OPTIONS)] == ["198.51.100.7"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", [{"a": [{"b": 1}, {"b": 2}, {}], "c": {"x": 3, "y": 4}}]),
        ("a.*.b", [1, 2]),
        ("a.1.b", [2]),
        ("c.*", [3, 4]),
        ("a.b", []),
        ("nothing.*", []),
    ],
)
def test_paths(path: str, found: list[object]) -> None:
    assert list(find_all({"a": [{"b": 1}, {"b": 2}, {}], "c": {"x": 3, "y": 4}}, path)) == found


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-31 08:15:30", "2026-01-31T08:15:30.000Z"),
        ("2026-01-31 08:15:30 UTC", "2026-01-31T08:15:30.000Z"),
        ("2026-01-31T09:15:30+01:00", "2026-01-31T08:15:30.000Z"),
        ("1769847330", "2026-01-31T08:15:30.000Z"),
        ("", None),
        ("0000-00-00 00:00:00", None),
    ],
)
def test_times(text: str, time: str | None) -> None:
    assert read_time(text) == time


def test_what_is_none_of_its_kind_is_refused() -> None:
    for value, kind in (("x.example", Kind.IPV4), ("", None), ("zz", Kind.SHA256), ("soon", None)):
        with pytest.raises(ValueError, match="no"):
            read_time(value) if value == "soon" else read_observable(value, kind)


def test_words_that_say_nothing_are_left_out() -> None:
    assert split_words("a, None,b,,a,n/a") == ["a", "b"]
    assert (read_number("75%"), read_number("75"), read_number(101), read_number(None)) == (
        None,
        75,
        None,
        None,
    )


def test_markup_is_taken_off() -> None:
    assert strip_markup("<p>a<b>b</b></p><script>x()</script> &amp; c") == "a b & c"
