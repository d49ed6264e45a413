"""What services count becomes a weight that can be defended."""

from math import inf

import pytest

from stack.analysis.answers import DECISIVE, MODEST, SLIGHT, STRONG
from stack.analysis.providers.abuseipdb import weigh_reports
from stack.analysis.providers.otx import weigh_pulses
from stack.analysis.providers.spamhaus import weigh_reputation
from stack.analysis.providers.urlhaus import weigh_host
from stack.analysis.providers.urlscan import weigh_scans
from stack.analysis.providers.virustotal import weigh_votes
from stack.analysis.providers.xforce import weigh_score
from stack.analysis.providers.yaraify import weigh_rules


def test_one_engine_of_ninety_says_next_to_nothing() -> None:
    assert 0 < weigh_votes(1, 90, is_file=True) < SLIGHT
    assert 0 < weigh_votes(1, 90, is_file=False) < SLIGHT


@pytest.mark.parametrize("is_file", [True, False])
def test_more_engines_weigh_more_up_to_a_bound(is_file: bool) -> None:
    weights = [weigh_votes(bad, 72, is_file=is_file) for bad in range(1, 73)]
    assert weights == sorted(weights)
    assert weights[-1] == DECISIVE
    assert weights[9] > STRONG


def test_no_engine_speaks_for_a_file_if_many_looked() -> None:
    assert weigh_votes(0, 70, is_file=True) == -MODEST
    assert weigh_votes(0, 90, is_file=False) == -SLIGHT
    assert weigh_votes(0, 3, is_file=True) == 0
    assert weigh_votes(0, 0, is_file=True) == 0


def test_reports_of_many_weigh_more_than_of_one() -> None:
    one, many = weigh_reports(100, 1), weigh_reports(100, 500)
    assert one < many / 2
    assert one > MODEST / 2
    assert STRONG < many < DECISIVE
    assert weigh_reports(0, 500) == weigh_reports(100, 0) == 0


def test_pulses_never_weigh_more_than_strong() -> None:
    assert weigh_pulses(0) == 0
    assert weigh_pulses(1) == SLIGHT
    assert SLIGHT < weigh_pulses(5) < STRONG
    assert weigh_pulses(50_000) == STRONG


def test_a_host_that_others_abuse_counts_for_half() -> None:
    plain = weigh_host(4, 10, is_address=False, is_abused=False)
    assert weigh_host(4, 10, is_address=False, is_abused=True) == plain / 2
    assert weigh_host(4, 10, is_address=True, is_abused=False) == plain + 1
    assert weigh_host(5000, 9000, is_address=False, is_abused=False) == STRONG
    assert weigh_host(0, 10, is_address=True, is_abused=False) == SLIGHT
    assert weigh_host(0, 0, is_address=False, is_abused=False) == 0


@pytest.mark.parametrize(
    ("score", "weight"),
    [(None, 0), (0, 0), (1, 0), (10, STRONG), (8, STRONG), (4.5, STRONG / 2), (inf, STRONG)],
)
def test_risk_of_xforce(score: float | None, weight: float) -> None:
    assert weigh_score(score) == pytest.approx(weight)


@pytest.mark.parametrize(
    ("score", "weight"), [(0, 0), (-50, STRONG), (-500, STRONG), (50, -MODEST), (-25, STRONG / 2)]
)
def test_reputation_of_spamhaus(score: float, weight: float) -> None:
    assert weigh_reputation(score) == pytest.approx(weight)


def test_scans_say_most_of_pages_and_least_of_files() -> None:
    page, address, file = (weigh_scans(3, 4, kind=kind) for kind in ("domain", "ipv4", "sha256"))
    assert (page, address, file) == (STRONG, MODEST, SLIGHT)
    assert weigh_scans(1, 50, kind="url") == STRONG / 2
    assert weigh_scans(0, 50, kind="url") == 0


def test_rules_alone_stay_below_signatures() -> None:
    assert weigh_rules(1, 0) < SLIGHT
    assert weigh_rules(400, 0) == MODEST
    assert weigh_rules(0, 1) > MODEST
