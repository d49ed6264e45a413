"""What OTX is asked, and what its passive DNS says of names and addresses."""

import pytest

from stack.analysis.providers.otx import Provider
from stack.analysis.subjects import Subject
from tests.asking import drive

NOTHING: dict[str, object] = {"pulse_info": {"count": 0, "pulses": []}}
RECORDS = [
    {"address": "192.0.2.7", "hostname": "bad.example", "record_type": "A"},
    {"address": "2001:db8::7", "hostname": "BAD.example", "record_type": "AAAA"},
    {"address": "ns1.dns.example", "hostname": "bad.example", "record_type": "NS"},
    {"address": "192.0.2.8", "hostname": "panel.bad.example", "record_type": "A"},
]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("bad.example", "/indicators/domain/bad.example/general"),
        ("panel.bad.example", "/indicators/hostname/panel.bad.example/general"),
        ("shop.co.uk", "/indicators/domain/shop.co.uk/general"),
    ],
)
def test_a_name_below_a_registered_one_is_a_hostname(value: str, path: str) -> None:
    asked, _ = drive(Provider({}), Subject("domain", value), [NOTHING, {"passive_dns": []}])
    assert asked[0].path == path


def test_resolutions_of_names_below_are_not_those_of_the_domain() -> None:
    _, answer = drive(Provider({}), Subject("domain", "bad.example"), [NOTHING, {"passive_dns": RECORDS}])
    assert [(pivot.value, pivot.relation) for pivot in answer.pivots] == [
        ("192.0.2.7", "resolves-to"),
        ("2001:db8::7", "resolves-to"),
        ("panel.bad.example", "contains"),
    ]
    assert [(fact.name, fact.value) for fact in answer.facts] == [("NS", "ns1.dns.example")]
    assert not answer.evidence, "to resolve is no evidence"


def test_an_address_has_the_names_that_resolved_to_it() -> None:
    _, answer = drive(Provider({}), Subject("ipv4", "192.0.2.8"), [NOTHING, {"passive_dns": RECORDS[3:]}])
    assert [pivot.value for pivot in answer.pivots] == ["panel.bad.example"]


def test_passive_dns_is_not_asked_where_that_is_chosen() -> None:
    asked, answer = drive(Provider({"resolutions": "no"}), Subject("ipv4", "192.0.2.8"), [NOTHING])
    assert len(asked) == 1
    assert not answer.is_found
