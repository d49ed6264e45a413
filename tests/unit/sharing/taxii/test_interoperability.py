"""The filters that look into objects."""

import json
from typing import Any

import pytest

from stack.sharing.taxii.interoperability import NAMES, holds, make_test
from stack.stix.markings import TLP_10_IDS, TLP_20_IDS

_MALWARE: dict[str, Any] = {
    "type": "malware",
    "name": "Rat",
    "confidence": 60,
    "modified": "2026-01-31T10:00:00.000Z",
    "malware_types": ["remote-access-trojan", "bot"],
    "kill_chain_phases": [{"kill_chain_name": "x", "phase_name": "delivery"}],
    "external_references": [{"source_name": "attack", "external_id": "S0001"}],
    "sample_refs": ["file--1", "file--2"],
    "created_by_ref": "identity--1",
    "object_marking_refs": [TLP_20_IDS["clear"]],
    "granular_markings": [{"marking_ref": TLP_10_IDS["green"], "selectors": ["name"]}],
}
_FILE = {"type": "file", "name": "a.exe", "hashes": {"SHA-256": "aa", "MD5": "bb"}, "number": True}


def finds(obj: dict[str, Any], name: str, *values: str) -> bool:
    return holds(json.dumps(obj).encode(), [make_test(name, values)])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("name", ["Cat", "Rat"]),
        ("malware_types", ["bot"]),
        ("confidence", ["60"]),
        ("confidence-gte", ["60"]),
        ("confidence-lte", ["10", "61"]),
        ("modified-gte", ["2026-01-31T11:00:00+01:00"]),
        ("modified-lte", ["2026-01-31T10:00:00Z"]),
        ("phase_name", ["delivery"]),
        ("external_id", ["S0001"]),
        ("relationships-all", ["file--2"]),
        ("relationships-all", ["identity--1"]),
        ("relationships-all", [TLP_10_IDS["green"]]),
        ("revoked", ["false"]),
        ("tlp", ["white"]),
        ("tlp", ["clear"]),
        ("tlp", ["GREEN"]),
    ],
)
def test_what_holds_is_found(name: str, values: list[str]) -> None:
    assert finds(_MALWARE, name, *values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("name", ["rat"]),
        ("malware_types", ["worm"]),
        ("confidence", ["6"]),
        ("confidence-gte", ["61"]),
        ("number-gte", ["0"]),
        ("modified-gte", ["2026-01-31T10:00:00.000001Z"]),
        ("valid_until-gte", ["2026-01-31T10:00:00Z"]),
        ("external_id", ["attack"]),
        ("relationships-all", ["file--3"]),
        ("relationships-all", ["Rat"]),
        ("revoked", ["true"]),
        ("tlp", ["amber", "red"]),
        ("SHA-256", ["aa"]),
    ],
)
def test_what_does_not_hold_is_not(name: str, values: list[str]) -> None:
    assert not finds(_MALWARE, name, *values)


def test_hashes_are_found_within() -> None:
    assert finds(_FILE, "SHA-256", "aa")
    assert finds(_FILE, "MD5", "bb")
    assert not finds(_FILE, "MD5", "aa")


def test_a_boolean_is_no_number() -> None:
    assert not finds(_FILE, "number", "1")
    assert not finds(_FILE, "number-gte", "0")


def test_all_filters_must_hold() -> None:
    text = json.dumps(_MALWARE).encode()
    both = [make_test("name", ["Rat"]), make_test("malware_types", ["worm"])]
    assert holds(text, both[:1])
    assert not holds(text, both)


def test_every_filter_takes_any_object() -> None:
    """Objects come from anywhere: none of their shapes may break a filter."""
    strange = {
        "a_ref": 1,
        "b_refs": [None, {}],
        "name": {"x": [1]},
        "modified": 5,
        "labels": [[1], None],
        "x": None,
    }
    values = {"revoked": "true", "tlp": "red"}
    for name in NAMES:
        value = "2026-01-31T10:00:00Z" if name.startswith(("modified", "valid")) else values.get(name, "1")
        assert not finds(strange | {"object_marking_refs": 7}, name, value)
