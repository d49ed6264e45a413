"""Which entries of a face come, change and go."""

from stack.store.selections.planning import FacePlan, Kept, NewEntry, Stated, plan_face


def say(version_id: int, instant: int | None, *, head: bool = False, reliability: int = 5) -> Stated:
    return Stated(version_id, instant, None, 1_000 + version_id, reliability, head)


def keep(
    added_at: int,
    version_id: int,
    version: int,
    *,
    last: bool = True,
    first: bool = True,
    withheld: bool = False,
    removed_at: int | None = None,
) -> Kept:
    return Kept(added_at, version_id, version, last, first, withheld, removed_at)


def test_a_new_object_is_its_first_and_its_last_version() -> None:
    assert plan_face([say(1, 10, head=True)], []) == FacePlan(added=[NewEntry(1, 10, True, True)])


def test_a_newer_version_takes_the_place_of_the_last() -> None:
    plan = plan_face([say(1, 10), say(2, 20, head=True)], [keep(5, 1, 10)])
    assert plan.added == [NewEntry(2, 20, True, False)]
    assert plan.placed == [(5, False, True)]
    assert not plan.dropped


def test_an_older_version_that_comes_later_is_the_first() -> None:
    plan = plan_face([say(1, 10, head=True), say(2, 5)], [keep(5, 1, 10)])
    assert plan.added == [NewEntry(2, 5, False, True)]
    assert plan.placed == [(5, True, False)]


def test_the_same_again_changes_nothing() -> None:
    said_by_two = [say(1, 10), say(2, 10, head=True)]
    assert plan_face([say(1, 10, head=True)], [keep(5, 1, 10)]) == FacePlan()
    assert plan_face([say(1, 10, head=True), say(2, 10)], [keep(5, 1, 10)]) == FacePlan()
    assert plan_face(said_by_two, [keep(5, 2, 10)]) == FacePlan()


def test_where_another_statement_of_the_same_version_is_shown_it_comes_anew() -> None:
    plan = plan_face([say(1, 10), say(2, 10, head=True)], [keep(5, 1, 10)])
    assert plan.dropped == [5]
    assert plan.added == [NewEntry(2, 10, True, True)]


def test_the_last_version_comes_last() -> None:
    plan = plan_face([say(1, 30), say(2, 20, head=True), say(3, 10)], [])
    assert [(new.version, new.is_last, new.is_first) for new in plan.added] == [
        (10, False, True),
        (30, False, False),
        (20, True, False),
    ]


def test_who_leaves_leaves_one_trace() -> None:
    plan = plan_face([], [keep(5, 1, 10, last=False), keep(6, 2, 20, first=False)])
    assert plan == FacePlan(dropped=[5], trace=6)
    assert plan_face([], [keep(6, 2, 20, last=False, first=False, removed_at=9)]) == FacePlan()


def test_who_comes_back_has_no_trace() -> None:
    plan = plan_face([say(2, 20, head=True)], [keep(6, 2, 20, last=False, first=False, removed_at=9)])
    assert plan.dropped == [6]
    assert plan.added == [NewEntry(2, 20, True, True)]


def test_what_was_withheld_does_not_come_back_and_the_next_is_the_last() -> None:
    kept = [keep(5, 1, 10, last=False), keep(6, 2, 20, last=False, first=False, withheld=True, removed_at=9)]
    plan = plan_face([say(1, 10), say(2, 20, head=True)], kept)
    assert plan.added == []
    assert plan.placed == [(5, True, True)]


def test_an_object_without_times_keeps_the_instant_that_it_has_here() -> None:
    assert plan_face([say(7, None, head=True)], []).added == [NewEntry(7, 1_007, True, True)]
    assert plan_face([say(7, None), say(3, None, head=True)], [keep(5, 7, 1_007)]).added == [
        NewEntry(3, 1_007, True, True)
    ]


def test_what_an_older_version_shows_does_not_depend_on_what_came_first() -> None:
    low = Stated(2, 10, None, 1_002, 5, is_head=False, sha256=b"\x01")
    high = Stated(1, 10, None, 1_001, 5, is_head=False, sha256=b"\x02")
    newest = say(3, 20, head=True)
    assert NewEntry(2, 10, False, True) in plan_face([high, low, newest], []).added
    plan = plan_face([high, low, newest], [keep(5, 1, 10, last=False), keep(6, 3, 20, first=False)])
    assert plan.dropped == [5]
    assert plan.added == [NewEntry(2, 10, False, True)]
