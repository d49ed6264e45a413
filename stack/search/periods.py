"""Dates as people write them in a query: a year, a month, a day, an instant, or some time before now."""

import re
from datetime import UTC, datetime, timedelta

from stack.core.clock import now_us

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_RELATIVE = re.compile(r"(now|today)(?:-(\d{1,4})([hdwmy]))?")
_UNITS = {"h": timedelta(hours=1), "d": _DAY, "w": 7 * _DAY, "m": 30 * _DAY, "y": 365 * _DAY}
EXPECTED = "a year, 2024-05, 2024-05-31, 2024-05-31T10:00:00Z, now or now-7d (h, d, w, m, y)"


def read_period(text: str) -> tuple[int, int]:
    """First microsecond of the period and of what follows it; a moment counts as one microsecond.

    `now-7d` is the moment seven days ago, `today` the day. ValueError says what was expected.
    """
    try:
        start, end = _read_period(text.strip())
        return (start - _EPOCH) // _MICROSECOND, (end - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no date: expected {EXPECTED}") from None


def _read_period(text: str) -> tuple[datetime, datetime]:
    if relative := _RELATIVE.fullmatch(text.lower()):
        word, count, unit = relative.groups()
        moment = _EPOCH + timedelta(microseconds=now_us())
        if count:
            moment -= int(count) * _UNITS[unit]
        if word == "now":
            return moment, moment + _MICROSECOND
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return day, day + _DAY
    if partial := _PARTIAL.fullmatch(text):
        return _read_partial(*partial.groups())
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment, moment + _MICROSECOND


def _read_partial(year: str, month: str | None, day: str | None) -> tuple[datetime, datetime]:
    start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    if day:
        return start, start + _DAY
    if month:
        return start, (start + 32 * _DAY).replace(day=1)
    return start, start.replace(year=start.year + 1)


def format_moment(moment: int) -> str:
    """The day, with the time where it is not midnight UTC."""
    when = _EPOCH + moment * _MICROSECOND
    at_midnight = (when.hour, when.minute, when.second) == (0, 0, 0)
    return when.strftime("%Y-%m-%d") if at_midnight else when.strftime("%Y-%m-%d %H:%M UTC")
