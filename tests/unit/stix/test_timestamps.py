from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.stix.timestamps import TimestampError, format_instant, is_timestamp, parse_instant

_FIRST = -62_167_219_200_000_000  # 0000-01-01
_LAST = 253_402_300_799_999_999


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.001Z", 1_000),
        ("1969-12-31T23:59:59.9Z", -100_000),
        ("2024-02-29T12:00:00.000Z", 1_709_208_000_000_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
        ("2020-01-01T00:00:00.123456789Z", 1_577_836_800_123_456),
        ("0000-02-29T00:00:00Z", -62_162_121_600_000_000),
    ],
)
def test_reads_an_instant(text: str, us: int) -> None:
    assert parse_instant(text) == us
    assert is_timestamp(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2020-01-01",
        "2020-01-01 00:00:00Z",
        "2020-01-01T00:00:00",
        "2020-01-01T00:00:00+00:00",
        "2020-01-01T00:00:00z",
        "2020-01-01t00:00:00Z",
        "2020-01-01T00:00:00.Z",
        "2020-01-01T00:00:00,5Z",
        "2020-01-01T24:00:00Z",
        "2020-01-01T00:60:00Z",
        "2020-01-01T12:00:60Z",
        "2020-13-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2020-04-31T00:00:00Z",
        "2020-W20-5T00:00:00.00Z",
        "20200101T000000Z",
        "2020-01-01T00:00:00Z\n",
        "２０２０-01-01T00:00:00Z",
    ],
)
def test_refuses_what_the_standard_excludes_and_says_so(text: str) -> None:
    assert not is_timestamp(text)
    with pytest.raises(TimestampError, match=r"no STIX timestamp|does not have|leap second"):
        parse_instant(text)


@given(st.integers(_FIRST, _LAST))
def test_written_instants_read_back(us: int) -> None:
    text = format_instant(us)
    assert parse_instant(text) == us
    assert len(text) in (24, 27)


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_agrees_with_the_standard_library(moment: datetime) -> None:
    text = f"{moment.replace(microsecond=0).isoformat()}.{moment.microsecond:06d}Z"
    aware = moment.replace(tzinfo=UTC)
    whole = int(aware.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond
    assert parse_instant(text) == whole


def test_an_instant_outside_the_calendar_is_not_written() -> None:
    with pytest.raises(TimestampError, match="outside the years"):
        format_instant(_LAST + 1)
