from copy import deepcopy
from typing import Any

import pytest

from stack.stix.granular import SelectorError, parse_selector, resolve_selector, write_selector
from stack.stix.markings import TLP_20_IDS
from stack.stix.redaction import redact_object

_RED = TLP_20_IDS["red"]
_AMBER = TLP_20_IDS["amber"]
_CAMPAIGN: dict[str, Any] = {
    "type": "campaign",
    "spec_version": "2.1",
    "id": "campaign--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
    "created": "2016-04-06T20:03:00.000Z",
    "modified": "2016-04-06T20:03:00.000Z",
    "name": "Green Group Attacks",
    "description": "Campaign by Green Group.",
    "aliases": ["first", "second", "third"],
    "external_references": [
        {"source_name": "a", "url": "https://a.example", "description": "one"},
        {"source_name": "b", "url": "https://b.example"},
    ],
}


def _marked(*markings: tuple[str, list[str]], **changes: Any) -> dict[str, Any]:
    granular = [{"marking_ref": ref, "selectors": selectors} for ref, selectors in markings]
    return {**deepcopy(_CAMPAIGN), **changes, "granular_markings": granular}


def test_removes_the_marked_parts_and_leaves_the_input_alone() -> None:
    obj = _marked((_RED, ["description", "aliases.[1]", "external_references.[0].url"]))
    before = deepcopy(obj)
    redacted = redact_object(obj, {_RED})
    assert obj == before
    expected = deepcopy(_CAMPAIGN)
    del expected["description"], expected["external_references"][0]["url"]
    expected["aliases"] = ["first", "third"]
    assert redacted == expected


def test_other_markings_stay_and_follow_the_items_that_moved() -> None:
    obj = _marked((_RED, ["aliases.[0]"]), (_AMBER, ["aliases.[2]", "aliases.[0]", "name"]))
    redacted = redact_object(obj, {_RED})
    assert redacted is not None
    assert redacted["aliases"] == ["second", "third"]
    assert redacted["granular_markings"] == [{"marking_ref": _AMBER, "selectors": ["aliases.[1]", "name"]}]


def test_what_becomes_empty_goes_too() -> None:
    obj = _marked((_RED, ["aliases.[0]", "aliases.[1]", "aliases.[2]"]))
    redacted = redact_object(obj, {_RED})
    assert redacted is not None
    assert "aliases" not in redacted


def test_nothing_hidden_gives_the_object_as_it_is() -> None:
    obj = _marked((_AMBER, ["description"]))
    assert redact_object(obj, {_RED}) == obj
    assert redact_object(_CAMPAIGN, {_RED}) == _CAMPAIGN


@pytest.mark.parametrize(
    "obj",
    [
        _marked((_RED, ["name"])),
        _marked((_RED, ["id"])),
        _marked((_RED, ["external_references.[1].source_name"])),
        _marked(object_marking_refs=[_RED]),
        _marked((_RED, ["description", "not a selector!"])),
    ],
    ids=["required", "id", "required within", "whole object", "unreadable selector"],
)
def test_hides_the_object_where_the_rest_could_not_stand(obj: dict[str, Any]) -> None:
    assert redact_object(obj, {_RED}) is None


def test_an_observable_whose_id_is_made_of_the_part_is_hidden() -> None:
    obj = {
        "type": "file",
        "id": "file--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
        "name": "a.exe",
        "size": 3,
        "hashes": {"MD5": "66e2ea40dc71d5ba701574ea215a81f1"},
    }
    by_hash = {**obj, "granular_markings": [{"marking_ref": _RED, "selectors": ["hashes.MD5"]}]}
    by_size = {**obj, "granular_markings": [{"marking_ref": _RED, "selectors": ["size"]}]}
    assert redact_object(by_hash, {_RED}) is None
    assert redact_object(by_size, {_RED}) == {key: value for key, value in obj.items() if key != "size"}


def test_selectors_read_and_write() -> None:
    text = "extensions.windows-pebinary-ext.sections.[10].name"
    steps = ("extensions", "windows-pebinary-ext", "sections", 10, "name")
    assert parse_selector(text) == steps
    assert write_selector(steps) == text
    assert resolve_selector(_CAMPAIGN, "external_references.[1].url") == "https://b.example"


@pytest.mark.parametrize(
    "selector",
    ["pattern", "aliases.[3]", "name.[0]", "aliases.first", "", "aliases[0]", "aliases.[-1]", "a b"],
)
def test_selectors_of_nothing_are_refused(selector: str) -> None:
    with pytest.raises(SelectorError):
        resolve_selector(_CAMPAIGN, selector)
