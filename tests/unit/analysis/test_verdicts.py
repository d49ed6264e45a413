"""Verdicts are worked out from what was seen, in a way that can be retold."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.analysis.answers import DECISIVE, MODEST, SLIGHT, STRONG, Evidence, Word
from stack.analysis.verdicts import weigh_evidence

NOW = 1_800_000_000_000_000
DAY = 86_400_000_000


def seen(weight: float, code: str = "test.a", **more: object) -> Evidence:
    return Evidence(code=code, statement="It was seen.", weight=weight, **more)  # type: ignore[arg-type]


def word(*items: tuple[str, Evidence]) -> Word:
    return weigh_evidence(items, now=NOW).word


def test_nothing_seen_is_unknown_with_the_prior_and_no_confidence() -> None:
    verdict = weigh_evidence([("a", seen(0))], now=NOW)
    assert (verdict.word, verdict.score, verdict.confidence) == (Word.UNKNOWN, 10, 0)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([SLIGHT], Word.UNKNOWN),
        ([STRONG], Word.SUSPICIOUS),
        ([DECISIVE], Word.MALICIOUS),
        ([STRONG, STRONG], Word.MALICIOUS),
        ([-MODEST, -MODEST], Word.BENIGN),
        ([-STRONG], Word.BENIGN),
        ([DECISIVE, -DECISIVE], Word.UNKNOWN),
    ],
)
def test_weights_of_independent_sources_add_up(weights: list[float], expected: Word) -> None:
    assert word(*((f"source {n}", seen(w, f"s{n}.x")) for n, w in enumerate(weights))) is expected


def test_what_says_the_same_counts_less_each_time() -> None:
    same = weigh_evidence([("a", seen(2, group="g")), ("b", seen(2, group="g"))], now=NOW)
    other = weigh_evidence([("a", seen(2, group="g")), ("b", seen(2, group="h"))], now=NOW)
    assert [each.counted for each in same.weighed] == [2, 1]
    assert "same as" in same.weighed[1].why
    assert other.log_odds > same.log_odds


def test_a_source_that_piles_up_counts_less_than_as_many_sources() -> None:
    piled = [("a", seen(1, f"a.{n}")) for n in range(20)]
    spread = [(f"s{n}", seen(1, f"a.{n}")) for n in range(20)]
    assert weigh_evidence(piled, now=NOW).for_weight < 7
    assert weigh_evidence(spread, now=NOW).for_weight == 20


def test_what_is_old_fades_and_says_so() -> None:
    old = weigh_evidence([("a", seen(4, seen_at=NOW - 60 * DAY, half_life_days=30))], now=NOW)
    assert old.weighed[0].counted == 1
    assert "60 days" in old.weighed[0].why
    ahead = weigh_evidence([("a", seen(4, seen_at=NOW + 60 * DAY, half_life_days=30))], now=NOW)
    assert ahead.weighed[0].counted == 4


def test_conflict_shows_and_costs_confidence() -> None:
    agreed = weigh_evidence([("a", seen(4, "a.x")), ("b", seen(1, "b.x"))], now=NOW)
    torn = weigh_evidence([("a", seen(4, "a.x")), ("b", seen(-3, "b.x"))], now=NOW)
    assert torn.has_conflict
    assert not agreed.has_conflict
    assert torn.confidence < agreed.confidence / 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.floats(), st.sampled_from(["g", "h", ""]), st.integers(0, 2**62)
        ),
        max_size=30,
    ),
    st.randoms(use_true_random=False),
)
def test_any_evidence_in_any_order_gives_one_verdict_within_its_bounds(
    items: list[tuple[str, float, str, int]], random: object
) -> None:
    evidence = [
        (source, seen(weight, f"{source}.{n}", group=group, seen_at=at, half_life_days=30))
        for n, (source, weight, group, at) in enumerate(items)
    ]
    verdict = weigh_evidence(evidence, now=NOW)
    assert 0 <= verdict.score <= 100
    assert 0 <= verdict.confidence <= 1
    assert len(verdict.weighed) == len(evidence)
    random.shuffle(evidence)  # type: ignore[attr-defined]
    assert weigh_evidence(evidence, now=NOW).log_odds == pytest.approx(verdict.log_odds, abs=0.01)


@pytest.mark.parametrize("weight", [inf, -inf, nan])
def test_a_weight_that_is_no_number_counts_nothing(weight: float) -> None:
    assert weigh_evidence([("a", seen(weight))], now=NOW).log_odds == pytest.approx(-2.197)
