from copy import deepcopy

import pytest

from stack.stix.ids import compute_sco_id
from stack.stix.spec.v21 import STIX_21
from stack.stix.validation.validate import validate_object
from tests.standards.stix.cases import CASES, REMOVED, Case
from tests.standards.stix.register import STATEMENTS
from tests.standards.stix.samples import SAMPLES, Sample


def _apply(case: Case) -> Sample:
    obj = {**deepcopy(SAMPLES[case.sample]), **case.changes}
    obj = {key: value for key, value in obj.items() if value is not REMOVED}
    if case.sample in STIX_21.observables and "id" not in case.changes:
        obj["id"] = compute_sco_id(obj)
    return obj


def test_there_is_a_clean_sample_of_every_type() -> None:
    assert STIX_21.objects.keys() <= SAMPLES.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_clean(name: str) -> None:
    assert validate_object(SAMPLES[name]) == ()


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.statement} {case.sample} {case.rule or 'clean'}"
)
def test_each_statement_is_held(case: Case) -> None:
    faults = validate_object(_apply(case))
    found = [(fault.rule, fault.path, fault.severity) for fault in faults]
    assert found == ([(case.rule, case.path, case.severity)] if case.rule else [])


def test_the_register_and_the_cases_cover_each_other() -> None:
    assert {case.statement for case in CASES} == STATEMENTS.keys()


@pytest.mark.parametrize("name", STIX_21.objects)
def test_every_required_property_is_asked_for(name: str) -> None:
    for row in STIX_21.objects[name].properties:
        if not row.required or row.name == "type":
            continue
        obj = {key: value for key, value in SAMPLES[name].items() if key != row.name}
        found = [(fault.rule, fault.path, fault.severity) for fault in validate_object(obj)]
        assert ("required", f"$.{row.name}", row.absence) in found


@pytest.mark.parametrize("name", STIX_21.objects)
def test_every_property_refuses_a_value_of_the_wrong_type(name: str) -> None:
    for row in STIX_21.objects[name].properties:
        if row.name in ("type", "objects"):
            continue
        obj = {**SAMPLES[name], row.name: None}
        faults = [fault for fault in validate_object(obj) if fault.path == f"$.{row.name}"]
        assert faults[0].severity == "error"
