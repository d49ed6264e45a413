from typing import Any

import pytest

from stack.stix.versioning import Order, check_succession, compare_versions, is_newer, is_versionable

_CREATOR = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"
_V1: dict[str, Any] = {
    "type": "tool",
    "id": "tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
    "created_by_ref": _CREATOR,
    "created": "2020-01-01T00:00:00.000Z",
    "modified": "2020-01-01T00:00:00.000Z",
    "name": "VNC",
}
_V2 = {**_V1, "modified": "2020-01-01T00:00:00.001Z", "name": "VNC server"}


def _rules(current: dict[str, Any], candidate: dict[str, Any]) -> list[str]:
    return [fault.rule for fault in check_succession(current, candidate)]


def test_versions_are_ordered_by_instants_not_by_texts() -> None:
    assert is_newer(_V2, _V1)
    assert not is_newer(_V1, _V2)
    assert compare_versions(_V1, _V2) is Order.OLDER
    precise = {**_V1, "modified": "2020-01-01T00:00:00.000000Z"}
    assert compare_versions(precise, _V1) is Order.SAME_TIME
    # As texts "…00.5Z" sorts after "…00.50001Z".
    assert is_newer({"modified": "2020-01-01T00:00:00.50001Z"}, {"modified": "2020-01-01T00:00:00.5Z"})


def test_without_times_there_is_no_order() -> None:
    assert compare_versions({"type": "url"}, {"type": "url"}) is Order.UNORDERED
    assert compare_versions({"modified": "yesterday"}, _V1) is Order.UNORDERED


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        ({"type": "malware"}, True),
        ({"type": "sighting"}, True),
        ({"type": "language-content"}, True),
        ({"type": "marking-definition"}, False),
        ({"type": "ipv4-addr", "modified": "2020-01-01T00:00:00Z"}, False),
        ({"type": "bundle"}, False),
        ({"type": "x-acme", "modified": "2020-01-01T00:00:00Z"}, True),
        ({"type": "x-acme"}, False),
    ],
)
def test_what_has_versions(obj: dict[str, Any], expected: bool) -> None:
    assert is_versionable(obj) is expected


def test_a_good_successor_and_a_repetition_are_clean() -> None:
    assert _rules(_V1, _V2) == []
    assert _rules(_V1, dict(_V1)) == []
    assert _rules(_V1, {**_V2, "created": "2020-01-01T00:00:00Z"}) == []


@pytest.mark.parametrize("name", ["id", "type", "created", "created_by_ref"])
def test_properties_that_may_not_change_are_reported(name: str) -> None:
    (fault,) = check_succession(_V1, {**_V2, name: "other"})
    assert (fault.rule, fault.path) == ("immutable-property", f"$.{name}")


def test_revocation_is_final_for_its_creator() -> None:
    revoked = {**_V2, "revoked": True}
    later = {**_V1, "modified": "2021-01-01T00:00:00.000Z"}
    assert _rules(revoked, later) == ["revocation-final"]
    assert _rules(revoked, {**later, "revoked": True}) == ["revocation-final"]
    assert _rules(later, {**later, "revoked": True, "modified": "2022-01-01T00:00:00.000Z"}) == []
    assert _rules(revoked, _V1) == []
    assert _rules(revoked, {**later, "created_by_ref": "identity--x"}) == ["immutable-property"]


def test_other_contents_at_the_same_time_are_reported() -> None:
    assert _rules(_V1, {**_V1, "name": "other"}) == ["same-version"]
