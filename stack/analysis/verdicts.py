"""From evidence to a verdict: weighted log-odds, with every weight shown.

A verdict is the probability that the subject is malicious, from a prior and what was seen. Evidence that says
much the same counts less each time, as does what one source piles up, and what is old fades. An absent answer
is no evidence. The method is that of naive Bayes with discounts for what is not independent
(Good, "Weighing Evidence", 1985, section 4).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, isfinite, log
from typing import Final

import msgspec

from stack.analysis.answers import MODEST, Evidence, Word

PRIOR: Final = log(0.1 / 0.9)
"""Of what analysts look at, about one in ten is malicious."""

_MALICIOUS: Final = 0.85
_SUSPICIOUS: Final = 0.5
_BENIGN: Final = 0.02
_SAME_GROUP: Final = 0.5
_SAME_SOURCE: Final = 0.85
_MOST: Final = 10.0
_MASS: Final = 3.0
_DAY_US: Final = 86_400_000_000


class Weighed(msgspec.Struct, frozen=True):
    """Evidence with what it counted in the end; `why` says how that differs from its weight, if it does."""

    source: str
    evidence: Evidence
    counted: float
    why: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """`score` is the probability in percent and `confidence` 0 to 1: how much was seen, and how much of it
    agrees. `weighed` has the strongest first. With conflict, much speaks for either side."""

    word: Word
    score: int
    confidence: float
    log_odds: float
    weighed: tuple[Weighed, ...] = ()
    for_weight: float = 0.0
    against_weight: float = 0.0

    @property
    def has_conflict(self) -> bool:
        return min(self.for_weight, self.against_weight) >= MODEST


@dataclass(slots=True)
class _Item:
    source: str
    evidence: Evidence
    counted: float
    reasons: list[str]


def weigh_evidence(items: Iterable[tuple[str, Evidence]], *, now: int) -> Verdict:
    """The verdict of evidence by its sources, at `now` (microseconds)."""
    weighed = [_fade(source, evidence, now) for source, evidence in items]
    weighed.sort(key=lambda item: (-abs(item.counted), item.source, item.evidence.code))
    _discount_groups(weighed)
    _discount_sources(weighed)
    weighed.sort(key=lambda item: (-abs(item.counted), item.source, item.evidence.code))
    speaking_for = sum(item.counted for item in weighed if item.counted > 0)
    against = -sum(item.counted for item in weighed if item.counted < 0)
    log_odds = PRIOR + max(-_MOST, min(_MOST, speaking_for - against))
    return Verdict(
        word=_name(log_odds, mass=speaking_for + against),
        score=round(100 * _probability(log_odds)),
        confidence=round(_measure_confidence(speaking_for, against), 2),
        log_odds=round(log_odds, 3),
        weighed=tuple(
            Weighed(item.source, item.evidence, round(item.counted, 3), "; ".join(item.reasons))
            for item in weighed
        ),
        for_weight=round(speaking_for, 3),
        against_weight=round(against, 3),
    )


def _fade(source: str, evidence: Evidence, now: int) -> _Item:
    weight = evidence.weight if isfinite(evidence.weight) else 0.0
    item = _Item(source, evidence, max(-_MOST, min(_MOST, weight)), [])
    if evidence.half_life_days > 0 and evidence.seen_at is not None:
        days = max(0.0, (now - evidence.seen_at) / _DAY_US)
        item.counted *= 0.5 ** (days / evidence.half_life_days)
        if days >= 1:
            item.reasons.append(f"{days:,.0f} days old, and half as much after {evidence.half_life_days:g}")
    return item


def _discount_groups(items: list[_Item]) -> None:
    seen: dict[tuple[str, bool], int] = {}
    for item in items:
        if not item.counted:
            continue
        group = (item.evidence.group or item.evidence.code, item.counted > 0)
        before = seen.get(group, 0)
        seen[group] = before + 1
        if before:
            item.counted *= _SAME_GROUP**before
            item.reasons.append("says much the same as what counts before it")


def _discount_sources(items: list[_Item]) -> None:
    """Another group of a source that has spoken on this side already counts a little less."""
    groups: dict[tuple[str, bool], dict[str, int]] = {}
    for item in items:
        if not item.counted:
            continue
        spoken = groups.setdefault((item.source, item.counted > 0), {})
        place = spoken.setdefault(item.evidence.group or item.evidence.code, len(spoken))
        if place:
            item.counted *= _SAME_SOURCE**place
            item.reasons.append("one of several by the same source")


def _name(log_odds: float, *, mass: float) -> Word:
    probability = _probability(log_odds)
    if not mass:
        return Word.UNKNOWN
    if probability >= _MALICIOUS:
        return Word.MALICIOUS
    if probability >= _SUSPICIOUS:
        return Word.SUSPICIOUS
    return Word.BENIGN if probability <= _BENIGN else Word.UNKNOWN


def _probability(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds))


def _measure_confidence(speaking_for: float, against: float) -> float:
    mass = speaking_for + against
    if not mass:
        return 0.0
    return (1 - exp(-mass / _MASS)) * abs(speaking_for - against) / mass
