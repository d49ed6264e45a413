"""Dates of queries as half-open periods of microseconds."""

import pytest

from stack.search import periods
from stack.search.periods import format_moment, read_period

DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1970", 0, 365 * DAY),
        ("1970-02", 31 * DAY, 59 * DAY),
        ("1970-1-2", DAY, 2 * DAY),
        ("1970-01-02T00:00:00Z", DAY, DAY + 1),
        ("1970-01-02T02:00:00+02:00", DAY, DAY + 1),
        ("now", 10 * DAY + 5, 10 * DAY + 6),
        ("NOW-2d", 8 * DAY + 5, 8 * DAY + 6),
        ("now-1w", 3 * DAY + 5, 3 * DAY + 6),
        ("today", 10 * DAY, 11 * DAY),
        ("today-1d", 9 * DAY, 10 * DAY),
    ],
)
def test_periods(monkeypatch: pytest.MonkeyPatch, text: str, low: int, high: int) -> None:
    monkeypatch.setattr(periods, "now_us", lambda: 10 * DAY + 5)
    assert read_period(text) == (low, high)


@pytest.mark.parametrize("text", ["", "May", "2024-13", "2024-02-30", "now-9999y", "0000", "9999", "now-d"])
def test_what_is_no_date_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected a year"):
        read_period(text)


def test_moments_show_the_time_only_where_there_is_one() -> None:
    assert format_moment(DAY) == "1970-01-02"
    assert format_moment(DAY + 3_660_000_000) == "1970-01-02 01:01 UTC"
