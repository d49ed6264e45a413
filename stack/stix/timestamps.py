"""STIX timestamps as instants that can be compared.

STIX 2.1, section 2.16: RFC 3339 in UTC with `Z`, with or without a fraction of any length. The text of a
source is never rewritten; an instant is what two texts of different precision are compared by.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY_US: Final = 86_400_000_000
_DAY_SHAPED: Final = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIMESTAMP: Final = re.compile(
    rf"({_DAY_SHAPED})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.([0-9]+))?Z"
)
is_common_form: Final = re.compile(
    r"(?!0000)[0-9]{4}-"
    r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?Z"
).fullmatch
"""Matches every valid timestamp but leap days, leap seconds and the year 0000."""

_LENGTHS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class TimestampError(ValueError):
    """A text that is no STIX timestamp; the message says what was expected."""


def parse_instant(text: str) -> int:
    """Microseconds since the epoch of a STIX timestamp such as `2026-01-31T08:15:30.123Z`.

    Digits beyond microseconds are cut off, so instants that differ by less compare equal. A leap second
    (`:60`) is the first instant of the next day. Raises `TimestampError` for all that is not RFC 3339 in UTC.
    """
    if is_common_form(text):
        return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
    return _parse_unusual(text)


def is_timestamp(text: str) -> bool:
    """Whether the text is a STIX timestamp: the cheap half of `parse_instant`."""
    if is_common_form(text):
        return True
    try:
        _parse_unusual(text)
    except TimestampError:
        return False
    return True


def format_instant(us: int) -> str:
    """The timestamp of an instant: milliseconds, or microseconds where the instant has them (section 3.2)."""
    day, rest = divmod(us, _DAY_US)
    year, month, month_day = _date_of_day(day)
    if not 0 <= year <= 9999:
        raise TimestampError(f"{us} is outside the years 0000 to 9999 that a STIX timestamp can name")
    seconds, micro = divmod(rest, 1_000_000)
    fraction = f"{micro // 1000:03d}" if micro % 1000 == 0 else f"{micro:06d}"
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{year:04d}-{month:02d}-{month_day:02d}T{clock}.{fraction}Z"


def _parse_unusual(text: str) -> int:
    """Leap days, leap seconds and the year 0000, which `datetime` does not know; and every refusal."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise TimestampError(
            f"{text[:64]!r} is no STIX timestamp: write it as YYYY-MM-DDTHH:MM:SS.sssZ in UTC, ending in Z"
        )
    date, hours, minutes, seconds, fraction = match.groups()
    year, month, day = int(date[:4]), int(date[5:7]), int(date[8:])
    is_short = month == 2 and not (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    if day > (28 if is_short else _LENGTHS[month]):
        raise TimestampError(f"{text[:64]!r} names a day that month {month} of {year} does not have")
    if seconds == "60" and (hours, minutes) != ("23", "59"):
        raise TimestampError(f"{text[:64]!r} has a leap second that is not the last second of a day in UTC")
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    in_day = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return _day_of_date(year, month, day) * _DAY_US + in_day * 1_000_000 + micro


def _day_of_date(year: int, month: int, day: int) -> int:
    """Days since the epoch in the proleptic Gregorian calendar (years counted from March)."""
    year -= month <= 2
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + day_of_year - 719_468


def _date_of_day(day: int) -> tuple[int, int, int]:
    era, day_of_era = divmod(day + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return era * 400 + year_of_era + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1
