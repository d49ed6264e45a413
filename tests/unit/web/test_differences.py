from stack.web.differences import Difference, list_differences


def _paths(before: object, after: object) -> list[tuple[str, str]]:
    return [(each.kind, each.path) for each in list_differences(before, after)]


def test_equal_objects_have_no_differences_whatever_their_key_order() -> None:
    assert list_differences({"a": 1, "b": [{"c": 2, "d": 3}]}, {"b": [{"d": 3, "c": 2}], "a": 1}) == []


def test_properties_are_added_removed_and_changed_at_their_path() -> None:
    before = {"name": "x", "labels": ["a"], "hashes": {"MD5": "1"}}
    after = {"name": "y", "hashes": {"MD5": "1", "SHA-1": "2"}}
    assert _paths(before, after) == [
        ("changed", "name"),
        ("removed", "labels"),
        ("added", "hashes.SHA-1"),
    ]


def test_only_the_words_that_differ_are_marked() -> None:
    [found] = list_differences({"d": "seen in spam."}, {"d": "seen in shared documents."})
    assert found.before == [("seen in ", False), ("spam", True), (".", False)]
    assert found.after == [("seen in ", False), ("shared documents", True), (".", False)]


def test_an_item_put_first_is_one_addition() -> None:
    assert _paths({"refs": ["b", "c"]}, {"refs": ["a", "b", "c"]}) == [("added", "refs[0]")]


def test_an_item_that_appears_once_less_is_a_removal() -> None:
    assert _paths({"refs": ["a", "a"]}, {"refs": ["a"]}) == [("removed", "refs[1]")]


def test_another_order_is_one_change() -> None:
    assert _paths({"refs": ["a", "b"]}, {"refs": ["b", "a"]}) == [("changed", "refs")]


def test_an_item_changed_in_place_is_compared_within() -> None:
    before = {"phases": [{"chain": "c", "phase": "one"}]}
    after = {"phases": [{"chain": "c", "phase": "two"}]}
    assert _paths(before, after) == [("changed", "phases[0].phase")]


def test_true_is_not_one() -> None:
    assert list_differences({"x": 1}, {"x": True}) == [
        Difference("x", "changed", [("1", True)], [("true", True)])
    ]


def test_a_long_text_is_shown_whole_in_little_time() -> None:
    before, after = "a b " * 20_000, "b a " * 20_000
    [found] = list_differences(before, after)
    assert found.before == [(before, False)]
