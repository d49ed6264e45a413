import pytest

from stack.web.formats import (
    count_things,
    describe_age,
    describe_duration,
    describe_size,
    instant_utc,
)

_NOW = 1_795_406_405_250_000  # 2026-11-23 04:00:05.25 UTC
_SECOND = 1_000_000
_DAY = 86_400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (9, "just now"),
        (10, "10 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (_DAY - 1, "23 h ago"),
        (_DAY, "1 day ago"),
        (29 * _DAY, "29 days ago"),
        (30 * _DAY, "1 month ago"),
        (364 * _DAY, "12 months ago"),
        (365 * _DAY, "1 year ago"),
        (800 * _DAY, "2 years ago"),
        (-90, "in 1 min"),
    ],
)
def test_an_age_is_one_unit(seconds: int, text: str) -> None:
    assert describe_age(_NOW - seconds * _SECOND, now=_NOW) == text


def test_exact_times_are_utc_to_the_second() -> None:
    assert instant_utc(_NOW) == "2026-11-23 04:00:05 UTC"
    assert instant_utc(-1) == "1969-12-31 23:59:59 UTC"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.42, "0.4 s"),
        (12.4, "12 s"),
        (59.6, "1 min"),
        (185, "3 min 5 s"),
        (7200, "2 h 0 min"),
        (7860, "2 h 11 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert describe_duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (34_200_000, "34.2 MB"),
        (99_960, "100 KB"),
        (999_600, "1.0 MB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_sizes_keep_few_digits(size: int, text: str) -> None:
    assert describe_size(size) == text


def test_things_are_counted_in_words() -> None:
    assert count_things(1, "object") == "1 object"
    assert count_things(5112, "object") == "5,112 objects"
    assert count_things(2, "entry", "entries") == "2 entries"
