"""Changed files and bombs end within their limits, in an answer or a refusal; `make fuzz` goes on longer."""

from itertools import islice

import pytest

from tests.fuzz.corpus import GROUPS, make_bombs
from tests.fuzz.running import Outcome, fuzz_group, make_cases, read_cases

_CASES = 12


@pytest.mark.parametrize("group", GROUPS)
def test_changed_files_are_answered_or_refused(group: str) -> None:
    outcome = fuzz_group(group, seed=7, cases=_CASES)
    assert {what: outcome.failures[what][0] for what in outcome.failures} == {}
    assert outcome.answered + sum(outcome.refused.values()) == _CASES


def test_bombs_end_within_their_limits() -> None:
    bombs = make_bombs()
    outcome = Outcome()
    read_cases(list(bombs.items()), outcome)
    failures = {what: case[0] for what, case in outcome.failures.items() if what != "slow"}
    assert failures == {}
    # None needs to be stopped from outside.
    assert outcome.answered == len(bombs)


def test_one_seed_gives_one_sequence() -> None:
    first, again = (list(islice(make_cases("scripts", seed=3), 40)) for _ in range(2))
    assert first == again
    assert first != list(islice(make_cases("scripts", seed=4), 40))
