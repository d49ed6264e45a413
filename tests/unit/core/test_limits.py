from stack.core.limits import (
    Allowance,
    Policy,
    describe_allowance,
    describe_wait,
    find_lock,
    find_wait,
    weigh,
)

_TEN_A_MINUTE = Policy("ten", 10, 60, first_lock=60, longest_lock=3600)


def test_what_came_before_weighs_as_much_as_of_it_is_still_inside() -> None:
    used = [weigh(_TEN_A_MINUTE, before=10, current=2, elapsed=elapsed) for elapsed in (0, 30, 45, 60)]
    assert used == [12, 7, 5, 2]


def test_less_than_one_counts_as_one() -> None:
    assert weigh(_TEN_A_MINUTE, before=1, current=0, elapsed=59) == 1


def test_the_wait_is_as_long_as_it_takes_and_no_longer() -> None:
    for before, current, elapsed in ((10, 4, 6), (0, 10, 1), (10, 10, 0), (3, 9, 59), (7, 10, 30.5)):
        wait = find_wait(_TEN_A_MINUTE, before=before, current=current, elapsed=elapsed)
        assert _used_after(before, current, elapsed, wait) < 10, (before, current, elapsed)
        assert _used_after(before, current, elapsed, wait - 1) >= 10, (before, current, elapsed)


def _used_after(before: int, current: int, elapsed: float, wait: int) -> int:
    windows, later = divmod(elapsed + wait, 60)
    counts = {0: (before, current), 1: (current, 0)}
    then_before, then_current = counts.get(int(windows), (0, 0))
    return weigh(_TEN_A_MINUTE, before=then_before, current=then_current, elapsed=later)


def test_a_limit_of_one_waits_for_the_window() -> None:
    assert find_wait(Policy("one", 1, 60), before=0, current=1, elapsed=20) == 100


def test_locks_double_up_to_the_longest() -> None:
    locks = [find_lock(_TEN_A_MINUTE, level=level) for level in (1, 2, 3, 6, 7, 10_000)]
    assert locks == [60, 120, 240, 1920, 3600, 3600]


def test_an_allowance_is_told_in_both_forms() -> None:
    assert describe_allowance(Allowance(_TEN_A_MINUTE, 7, 42)) == {
        "RateLimit-Policy": '"ten";q=10;w=60',
        "RateLimit": '"ten";r=7;t=42',
        "RateLimit-Limit": "10",
        "RateLimit-Remaining": "7",
        "RateLimit-Reset": "42",
    }


def test_a_wait_in_words() -> None:
    assert [describe_wait(seconds) for seconds in (1, 60, 90, 91, 3600)] == [
        "1 second",
        "60 seconds",
        "90 seconds",
        "2 minutes",
        "60 minutes",
    ]
