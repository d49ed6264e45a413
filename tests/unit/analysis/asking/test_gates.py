"""The arithmetic of gates: never more calls than a limit allows, in whatever window one looks at."""

import random

from stack.analysis.asking.gates import _add, _find_shut, view_gate
from stack.analysis.asking.models import Gate
from stack.analysis.base import Rate

_SECOND = 1_000_000
_NOON = 1_770_000_000 * _SECOND


def test_no_window_has_more_calls_than_the_limit() -> None:
    rate, gate, passed = Rate(4, 60), Gate(), list[int]()
    chance, now = random.Random(7), _NOON
    for _ in range(2_000):
        now += chance.randrange(1, 9 * _SECOND)
        if _find_shut(gate, "Service", [rate], now=now) is None:
            _add(gate, rate, now)
            passed.append(now)
    for first, fifth in zip(passed, passed[4:], strict=False):
        assert fifth - first >= 60 * _SECOND
    # It is kept to, and used: a call in fifteen seconds is what it allows.
    assert len(passed) > 0.9 * (now - _NOON) / _SECOND / 15


def test_whoever_is_turned_away_is_told_when_there_is_room() -> None:
    rates, gate = [Rate(2, 60), Rate(3, 86_400)], Gate()
    for at in (0, 10, 100):
        assert _find_shut(gate, "Service", rates, now=_NOON + at * _SECOND) is None
        for rate in rates:
            _add(gate, rate, _NOON + at * _SECOND)
    shut = _find_shut(gate, "Service", rates, now=_NOON + 200 * _SECOND)
    assert shut is not None
    assert shut.reason == "quota"
    assert "3 times" in shut.message
    assert _find_shut(gate, "Service", rates, now=shut.until) is None
    assert _find_shut(gate, "Service", rates, now=shut.until - _SECOND) is not None


def test_what_is_kept_of_a_day_stays_small() -> None:
    rate, gate = Rate(100_000, 86_400), Gate()
    for number in range(5_000):
        _add(gate, rate, _NOON + number * 60 * _SECOND)
    assert len(gate.counts["86400"]) <= 62


def test_what_is_left_is_of_the_tightest_limit() -> None:
    gate = Gate()
    assert view_gate(gate, "Service", [Rate(4, 60), Rate(500, 86_400)], now=_NOON).left == 4
    assert view_gate(None, "Service", [], now=_NOON).left is None
