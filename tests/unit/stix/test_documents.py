from typing import Any

from stack.stix.documents import reference_properties

_A = "file--8a1e0000-0000-4000-8000-00000000000a"
_B = "directory--8a1e0000-0000-4000-8000-00000000000b"
_M = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"


def _found(obj: dict[str, Any]) -> set[tuple[str, str]]:
    return set(reference_properties(obj))


def test_finds_single_and_listed_references() -> None:
    obj = {"created_by_ref": _A, "object_refs": [_A, _B], "name": _A, "x_custom_ref": _B}
    expected = {("created_by_ref", _A), ("object_refs", _A), ("object_refs", _B), ("x_custom_ref", _B)}
    assert _found(obj) == expected


def test_finds_nested_references_by_their_innermost_name() -> None:
    obj = {
        "extensions": {"archive-ext": {"contains_refs": [_A]}},
        "body_multipart": [{"body_raw_ref": _B}],
        "granular_markings": [{"marking_ref": _M, "selectors": ["name"]}],
    }
    assert _found(obj) == {("contains_refs", _A), ("body_raw_ref", _B), ("marking_ref", _M)}


def test_leaves_out_local_names_and_what_is_no_text() -> None:
    obj = {
        "objects": {"0": {"parent_directory_ref": "1"}},
        "a_ref": 7,
        "b_refs": [None, {"c_ref": _A}],
        "d_refs": _A,
    }
    assert _found(obj) == set()


def test_walks_any_depth() -> None:
    obj: dict[str, Any] = {"deep_ref": _A}
    for _ in range(50_000):
        obj = {"x": obj}
    assert _found(obj) == {("deep_ref", _A)}
