"""Times in every spelling of RFC 3339 in, and in TAXII's own out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.sharing.taxii.times import read_time, write_date, write_version
from stack.stix.timestamps import format_instant, parse_instant

_TEN = parse_instant("2026-01-31T10:00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T10:00:00Z",
        "2026-01-31t10:00:00z",
        "2026-01-31 10:00:00Z",
        "2026-01-31T10:00:00.000000000Z",
        "2026-01-31T10:00:00+00:00",
        "2026-01-31T10:00:00-00:00",
        "2026-01-31T12:00:00+02:00",
        "2026-01-31T12:00:00 02:00",
        "2026-01-30T22:30:00-11:30",
        " 2026-01-31T10:00:00Z ",
    ],
)
def test_one_instant_in_many_spellings(text: str) -> None:
    assert read_time(text) == _TEN


def test_digits_beyond_microseconds_are_cut_off() -> None:
    assert read_time("2026-01-31T10:00:00.1234569Z") == _TEN + 123_456


def test_a_leap_second_is_the_first_instant_of_the_next_day() -> None:
    assert read_time("2016-12-31T23:59:60Z") == parse_instant("2017-01-01T00:00:00Z")
    assert read_time("2017-01-01T01:59:60+02:00") == parse_instant("2017-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-01-31",
        "2026-01-31T10:00:00",
        "2026-01-31T10:00Z",
        "2026-02-30T10:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T10:00:00+24:00",
        "2026-01-31T10:00:60Z",
        "1769853600",
        "2026-01-31T10:00:00Z\n2026",
        "٢٠٢٦-01-31T10:00:00Z",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_time(text)


@given(st.integers(min_value=-62_135_596_800_000_000, max_value=253_402_300_799_999_999))
def test_what_is_written_is_read_again(us: int) -> None:
    assert read_time(write_date(us)) == us
    assert read_time(write_version(us)) == us
    assert write_version(us) == format_instant(us)
    assert len(write_date(us)) == len("2026-01-31T10:00:00.000000Z")
