from copy import deepcopy
from typing import Any

import orjson
import pytest

from stack.stix.ids import compute_sco_id
from stack.stix.markings import TLP_10_IDS
from stack.stix.upgrade import upgrade_object
from stack.stix.validation.validate import validate_object
from tests.conftest import DataFiles

_COMMON = {"created": "2017-02-28T19:37:11.213Z", "modified": "2017-02-28T19:37:11.213Z"}
_TIME = "2016-01-01T00:00:00Z"
_OBSERVED: dict[str, Any] = {
    "type": "observed-data",
    "id": "observed-data--cf8eaa41-6f4c-482e-89b9-9cd2d6a83cb1",
    **_COMMON,
    "first_observed": "2017-02-27T21:37:11.213Z",
    "last_observed": "2017-02-27T21:37:11.213Z",
    "number_observed": 1,
    "object_marking_refs": [TLP_10_IDS["amber"]],
}


def _object(type_name: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": type_name,
        "id": f"{type_name}--cf8eaa41-6f4c-482e-89b9-9cd2d6a83cb1",
        **_COMMON,
        **properties,
    }


def _observe(objects: dict[str, Any], **changes: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    observed, *observables = upgrade_object({**_OBSERVED, "objects": objects, **changes})
    return observed, observables


def _errors(obj: dict[str, Any]) -> list[str]:
    return [f"{fault.path}: {fault.message}" for fault in validate_object(obj) if fault.severity == "error"]


def test_an_object_of_21_comes_back_as_it_is() -> None:
    obj = _object("malware", spec_version="2.1", labels=["worm"])
    assert upgrade_object(obj) == [obj]


@pytest.mark.parametrize(
    ("type_name", "word", "into"),
    [
        ("indicator", "malicious-activity", "indicator_types"),
        ("malware", "worm", "malware_types"),
        ("report", "campaign", "report_types"),
        ("threat-actor", "spy", "threat_actor_types"),
        ("tool", "remote-access", "tool_types"),
    ],
)
def test_labels_that_said_the_kind_move(type_name: str, word: str, into: str) -> None:
    (upgraded,) = upgrade_object(_object(type_name, labels=[word, "own word"], name="n"))
    assert upgraded[into] == [word]
    assert upgraded["labels"] == ["own word"]
    assert list(upgraded)[:3] == ["type", "spec_version", "id"]


def test_labels_of_other_types_stay() -> None:
    (upgraded,) = upgrade_object(_object("campaign", name="n", labels=["worm"]))
    assert upgraded["labels"] == ["worm"]


def test_markings_of_labels_move_with_them() -> None:
    marking = {"marking_ref": TLP_10_IDS["red"], "selectors": ["labels.[0]", "labels.[1]", "name"]}
    whole = {"marking_ref": TLP_10_IDS["amber"], "selectors": ["labels"]}
    obj = _object("malware", name="n", labels=["own word", "worm"], granular_markings=[marking, whole])
    (upgraded,) = upgrade_object(obj)
    first, second = upgraded["granular_markings"]
    assert first["selectors"] == ["labels.[0]", "malware_types.[0]", "name"]
    assert second["selectors"] == ["malware_types", "labels"]
    assert not [fault for fault in validate_object(upgraded) if fault.rule.startswith("selector")]


def test_what_21_added_is_added_where_it_is_known() -> None:
    pattern = {"labels": ["benign"], "pattern": "[a:b = 1]", "valid_from": "2017-01-01T00:00:00Z"}
    (indicator,) = upgrade_object(_object("indicator", **pattern))
    assert (indicator["pattern_type"], indicator["pattern_version"]) == ("stix", "2.0")
    (malware,) = upgrade_object(_object("malware", name="n", labels=["worm"]))
    assert malware["is_family"] is True
    assert _errors(indicator) == _errors(malware) == []


def test_contained_observables_become_objects_with_deterministic_ids() -> None:
    observed, (file, directory) = _observe(
        {
            "0": {
                "type": "file",
                "name": "a.exe",
                "parent_directory_ref": "1",
                "created": _TIME,
            },
            "1": {"type": "directory", "path": "C:\\temp", "contains_refs": ["0"]},
        }
    )
    assert observed["object_refs"] == [file["id"], directory["id"]]
    assert "objects" not in observed
    assert file["ctime"] == _TIME
    assert file["parent_directory_ref"] == directory["id"]
    assert directory["contains_refs"] == [file["id"]]
    for observable in (file, directory):
        assert observable["id"] == compute_sco_id(observable)
        assert observable["object_marking_refs"] == [TLP_10_IDS["amber"]]
    assert [fault for obj in (observed, file, directory) for fault in validate_object(obj)] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            {"type": "process", "name": "a", "arguments": ["-v"], "created": _TIME},
            {"x_name": "a", "x_arguments": ["-v"], "created_time": _TIME},
        ),
        (
            {"type": "user-account", "user_id": "1", "password_last_changed": _TIME},
            {"user_id": "1", "credential_last_changed": _TIME},
        ),
        (
            {"type": "windows-registry-key", "key": "HKEY_USERS\\a", "modified": _TIME},
            {"key": "HKEY_USERS\\a", "modified_time": _TIME},
        ),
        (
            {"type": "file", "name": "a", "is_encrypted": True, "hashes": {"ssdeep": "3:a:b"}},
            {"name": "a", "x_is_encrypted": True, "hashes": {"SSDEEP": "3:a:b"}},
        ),
        (
            {"type": "email-message", "is_multipart": False, "additional_header_fields": {"X-A": "b"}},
            {"is_multipart": False, "additional_header_fields": {"X-A": ["b"]}},
        ),
        (
            {"type": "file", "name": "a", "extensions": {"archive-ext": {"version": "5"}}},
            {"name": "a", "extensions": {"archive-ext": {"x_version": "5"}}},
        ),
        (
            {"type": "file", "name": "a", "created": "old", "ctime": "new"},
            {"name": "a", "x_created": "old", "ctime": "new"},
        ),
    ],
)
def test_properties_that_21_renamed_or_dropped(old: dict[str, Any], new: dict[str, Any]) -> None:
    _, (observable,) = _observe({"0": old})
    del observable["id"], observable["object_marking_refs"]
    assert observable == {"type": old["type"], "spec_version": "2.1", **new}


def test_circles_and_dangling_names_lose_nothing_and_end() -> None:
    archive = {"type": "file", "name": "a", "extensions": {"archive-ext": {"contains_refs": ["1"]}}}
    inner = {"type": "file", "name": "b", "extensions": {"archive-ext": {"contains_refs": ["0", "9"]}}}
    observed, (first, second) = _observe({"0": archive, "1": inner, "2": "no object"})
    assert first["extensions"]["archive-ext"]["contains_refs"] == [second["id"]]
    assert second["extensions"]["archive-ext"] == {
        "contains_refs": [first["id"]],
        "x_unresolved_contains": ["9"],
    }
    assert observed["x_objects"] == {"2": "no object"}


def test_markings_within_the_container_reach_the_observables() -> None:
    markings = [
        {"marking_ref": TLP_10_IDS["red"], "selectors": ["objects.0", "number_observed"]},
        {"marking_ref": TLP_10_IDS["green"], "selectors": ["objects.1.binary_ref"]},
    ]
    objects = {"0": {"type": "file", "name": "a"}, "1": {"type": "process", "pid": 4, "binary_ref": "0"}}
    observed, (file, process) = _observe(objects, granular_markings=markings)
    assert observed["granular_markings"] == [{**markings[0], "selectors": ["number_observed"]}]
    assert file["object_marking_refs"] == [TLP_10_IDS["amber"], TLP_10_IDS["red"]]
    assert process["granular_markings"] == [{**markings[1], "selectors": ["image_ref"]}]


def test_the_same_input_gives_the_same_output_and_is_not_changed() -> None:
    obj = {**_OBSERVED, "objects": {"0": {"type": "process", "pid": 1}, "1": {"type": "x-own", "a": 1}}}
    before = deepcopy(obj)
    assert upgrade_object(obj) == upgrade_object(obj)
    assert obj == before


def test_a_chain_of_ten_thousand_references_is_worked_through() -> None:
    chain = {
        str(i): {"type": "file", "name": "f", "extensions": {"archive-ext": {"contains_refs": [str(i + 1)]}}}
        for i in range(10_000)
    }
    observed, observables = _observe({**chain, "10000": {"type": "file", "name": "last"}})
    assert len(observed["object_refs"]) == len(observables) == 10_001


def test_a_bundle_loses_its_version_and_repeats_no_observable() -> None:
    twice = {**_OBSERVED, "objects": {"0": {"type": "url", "value": "https://a.example/"}}}
    again = {**twice, "id": "observed-data--af8eaa41-6f4c-482e-89b9-9cd2d6a83cb1"}
    bundle = {"type": "bundle", "id": "bundle--1", "spec_version": "2.0", "objects": [twice, again, 7]}
    (upgraded,) = upgrade_object(bundle)
    assert "spec_version" not in upgraded
    types = [obj["type"] if isinstance(obj, dict) else obj for obj in upgraded["objects"]]
    assert types == ["observed-data", "url", "observed-data", 7]


@pytest.mark.data
def test_published_reports_of_20_become_valid(data_file: DataFiles) -> None:
    """Unit 42's, apart from seven identities whose identity_class is a list, which the standard excludes."""
    found = []
    for path in sorted(data_file("stix20/unit42").glob("*.json")):
        bundle = orjson.loads(path.read_bytes())
        (upgraded,) = upgrade_object(bundle)
        assert len(upgraded["objects"]) == len(bundle["objects"])
        found += [error for obj in upgraded["objects"] for error in _errors(obj)]
    assert len(found) == 7
    assert all(error.startswith("$.identity_class: Expected a word") for error in found)
