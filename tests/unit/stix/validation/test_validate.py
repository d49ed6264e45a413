from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stack.stix.spec.v20 import STIX_20
from stack.stix.spec.v21 import STIX_21
from stack.stix.validation.faults import MAX_LISTED, MAX_LISTED_OF_OBJECT
from stack.stix.validation.validate import validate_object
from tests.conftest import DataFiles
from tests.standards.stix.samples import EXTENSION, SAMPLES, TIME, UUID, make

_DATA_FILES = [
    "attack/enterprise-attack.json",
    "attack/ics-attack-16.1.json",
    "attack/ics-attack-17.1.json",
    "attack/mobile-attack-17.1.json",
    "stix21/capec.json",
    "stix21/indicators.json",
    "stix21/mbc.json",
    "stix21/observations.json",
    "reference/opencti-companies.json",
    "reference/opencti-geography.json",
    "reference/opencti-sectors.json",
]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_PROPERTIES = sorted({row.name for spec in STIX_21.objects.values() for row in spec.properties})


@pytest.mark.data
@pytest.mark.parametrize("name", _DATA_FILES)
def test_published_data_goes_in_without_an_error(name: str, data_file: DataFiles) -> None:
    decoded = msgspec.json.decode(data_file(name).read_bytes())
    bundles = decoded if isinstance(decoded, list) else [decoded]
    objects = [obj for bundle in bundles for obj in (bundle, *bundle["objects"])]
    errors = [fault for obj in objects for fault in validate_object(obj) if fault.severity == "error"]
    assert errors == []


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.dictionaries(st.sampled_from(_PROPERTIES) | st.text(max_size=6), _JSON, max_size=4),
    st.sampled_from(["2.0", "2.1"]),
)
def test_any_json_gets_an_answer_that_can_be_written(
    name: str, changes: dict[str, Any], version: str
) -> None:
    for fault in validate_object({**SAMPLES[name], **changes}, version=version):
        assert fault.path.startswith("$")
        assert fault.section[0].isdigit()
        assert fault.severity in ("error", "warning")
        assert fault.message.endswith((".", "?", "!"))
        fault.path.encode()
        fault.message.encode()


def test_every_fault_is_reported_at_once_in_the_order_of_the_object() -> None:
    obj = make(
        "campaign",
        name=7,
        external_references=[{"source_name": "a", "url": 1}, {"url": "b"}],
        last_seen="yesterday",
        confidence=101,
    )
    assert [(fault.path, fault.rule) for fault in validate_object(obj)] == [
        ("$.name", "json-type"),
        ("$.external_references[0].url", "json-type"),
        ("$.external_references[1].source_name", "required"),
        ("$.last_seen", "timestamp"),
        ("$.confidence", "range"),
    ]


def test_a_fault_says_what_was_expected_and_what_to_do() -> None:
    (fault,) = validate_object(make("opinion", opinion="perhaps", object_refs=[f"tool--{UUID}"]))
    assert (fault.path, fault.rule, fault.section) == ("$.opinion", "enumeration", "10.18")
    assert "perhaps" in fault.message
    assert "agree, disagree, neutral" in fault.message


@pytest.mark.parametrize(
    "obj", [{}, {"type": None}, {"type": ["tool"]}, {"type": ""}, {"type": "Tool"}, {"type": "a"}]
)
def test_without_a_readable_type_there_is_one_error(obj: dict[str, Any]) -> None:
    (fault,) = validate_object(obj)
    assert (fault.path, fault.severity) == ("$.type", "error")


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no tables for STIX 1\.2"):
        validate_object(SAMPLES["tool"], version="1.2")


def test_many_faults_are_counted_beyond_what_is_listed_and_errors_are_not_lost() -> None:
    warnings: list[Any] = ["no word"] * (MAX_LISTED * 10)
    faults = validate_object(make("identity", name="a", sectors=[*warnings, 7]))
    assert len(faults) == MAX_LISTED + 1
    assert faults[-1].rule == "more-faults"
    assert faults[-1].severity == "error"
    many = make("tool", name="a", **{f"y_{i}": 1 for i in range(5000)}, confidence=101)
    faults = validate_object(many)
    assert len(faults) == MAX_LISTED_OF_OBJECT + 1
    assert faults[0].rule == "range"
    assert faults[-1].message.startswith("4,001 more faults")


def test_ten_million_characters_and_endless_nesting_are_answered() -> None:
    nested: Any = 1
    for _ in range(100_000):
        nested = [nested]
    (fault,) = [f for f in validate_object(make("tool", name="a", x_deep=nested)) if f.severity == "error"]
    assert fault.rule == "nesting"
    long = make("tool", name="x" * 10_000_000, created="1" * 10_000_000, x_long="é" * 10_000_000)
    assert {f.rule for f in validate_object(long) if f.severity == "error"} == {"timestamp"}
    assert all(len(f.message) < 500 for f in validate_object(long))


def test_a_toplevel_extension_explains_names_but_not_values() -> None:
    extension = {EXTENSION: {"extension_type": "toplevel-property-extension"}}
    obj = make("tool", name="a", rank=5, toxicity="\ud800", extensions=extension)
    assert [fault.path for fault in validate_object(obj)] == ["$.toxicity"]


def test_a_custom_observable_needs_no_times() -> None:
    faults = validate_object({"type": "x-acme-sensor", "id": f"x-acme-sensor--{UUID}", "serial": 1})
    assert faults == ()
    faults = validate_object({"type": "acme-sensor", "id": f"acme-sensor--{UUID}", "serial": 1})
    assert [fault.rule for fault in faults] == ["custom-type"]


def test_many_custom_types_do_not_grow_the_memory_for_ever() -> None:
    for i in range(400):
        name = f"x-kind-{i:03d}"
        faults = validate_object(
            {"type": name, "id": f"{name}--{UUID}", "created": TIME, "modified": "2019-01-01T00:00:00.000Z"}
        )
        assert "time-order" in [fault.rule for fault in faults]


def test_the_tables_of_20_are_another_standard() -> None:
    old = {"type": "malware", "id": f"malware--{UUID}", "created": TIME, "modified": TIME, "name": "a"}
    assert [fault.path for fault in validate_object(old, version="2.0")] == ["$.labels"]
    assert validate_object({**old, "labels": ["worm"]}, version="2.0") == ()
    assert [fault.path for fault in validate_object({**old, "labels": ["worm"]})] == [
        "$.spec_version",
        "$.is_family",
    ]
    (fault,) = validate_object({**old, "labels": ["worm"], "confidence": 5}, version="2.0")
    assert fault.rule == "undefined-property"


def test_a_container_of_20_is_looked_into() -> None:
    observed = {
        "type": "observed-data",
        "id": f"observed-data--{UUID}",
        "created": TIME,
        "modified": TIME,
        "first_observed": TIME,
        "last_observed": TIME,
        "number_observed": 1,
        "objects": {
            "0": {"type": "process", "binary_ref": "1", "pid": "4"},
            "1": {"type": "file", "name": "a", "extensions": {"archive-ext": {"contains_refs": ["2"]}}},
            "x": {"type": "x-own"},
            "y": 7,
        },
    }
    found = {(fault.path, fault.rule) for fault in validate_object(observed, version="2.0")}
    assert found == {
        ('$.objects["0"].pid', "json-type"),
        ('$.objects["1"].extensions.archive-ext.contains_refs', "local-reference"),
        ("$.objects.x", "custom-type"),
        ("$.objects.y", "json-type"),
    }


def test_the_older_tables_speak_only_of_their_own_properties() -> None:
    for spec in STIX_20.objects.values():
        assert "pattern_type" not in {row.name for row in spec.properties}
    assert STIX_20.objects.keys() & {"grouping", "location", "note", "url"} == set()
    assert {"created", "modified", "accessed"} <= {row.name for row in STIX_20.observables["file"].properties}
