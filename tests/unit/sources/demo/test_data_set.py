import ipaddress
import re
from collections import Counter
from datetime import UTC, date, datetime
from functools import cache

import orjson
import pytest

from stack.sources.demo.data_set import bundle, make_files
from stack.sources.demo.objects import DemoFile, StixObject
from stack.stix.markings import TLP_20_IDS
from stack.stix.patterns.parser import parse_pattern
from stack.stix.validation.validate import validate_object

KINDS = """threat-actor intrusion-set campaign malware tool vulnerability attack-pattern report indicator
    relationship sighting note identity location observed-data opinion infrastructure course-of-action
    grouping domain-name ipv4-addr ipv6-addr url file email-addr autonomous-system"""
MONTH = date(2026, 11, 23)
DOCUMENTATION = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


@cache
def files() -> list[DemoFile]:
    return make_files(MONTH)


def every_object() -> list[StixObject]:
    return [made for file in files() for made in file.objects]


def test_the_same_month_gives_the_same_bytes() -> None:
    assert orjson.dumps([bundle(file) for file in make_files(date(2026, 11, 1))]) == orjson.dumps(
        [bundle(file) for file in files()]
    )


def test_another_month_keeps_the_ids_and_moves_the_times() -> None:
    later = make_files(date(2027, 3, 9))
    assert {made["id"] for made in later[0].objects} == {made["id"] for made in files()[0].objects}
    assert later[0].objects[0]["created"] != files()[0].objects[0]["created"]


def test_a_few_thousand_objects_of_all_kinds_that_pages_show() -> None:
    counts = Counter(made["type"] for made in every_object())
    assert 4000 < sum(counts.values()) < 9000
    assert set(KINDS.split()) <= counts.keys()


def test_every_address_and_name_is_reserved_for_documentation() -> None:
    for made in every_object():
        if made["type"] in {"ipv4-addr", "ipv6-addr"}:
            assert any(ipaddress.ip_address(made["value"]) in network for network in DOCUMENTATION)
    text = orjson.dumps([made for made in every_object() if made["type"] != "file"]).decode()
    hosts = re.findall(r"https?://([^/'\"\\]+)", text)
    assert hosts
    assert all(host.endswith(".example") for host in hosts if "[" not in host)
    mails = re.findall(r"[\w.-]+@([\w.-]+)", text)
    assert all(host.endswith(".example") for host in mails)


def test_no_time_lies_after_the_month_began() -> None:
    end = datetime(2026, 11, 1, tzinfo=UTC)
    for made in every_object():
        for name in ("created", "modified", "first_seen", "last_seen", "first_observed"):
            if name in made:
                assert datetime.fromisoformat(made[name]) <= end, (made["id"], name)


def test_every_object_is_valid_to_the_last_warning() -> None:
    faults = [(made["id"], fault) for made in every_object() for fault in validate_object(made)]
    assert faults == []


def test_every_pattern_of_the_stix_language_can_be_read() -> None:
    patterns = {made["pattern"] for made in every_object() if made.get("pattern_type") == "stix"}
    for pattern in patterns:
        parse_pattern(pattern)
    for operator in (" IN ", " LIKE ", " MATCHES ", " ISSUBSET ", " FOLLOWEDBY ", " REPEATS ", " WITHIN "):
        assert any(operator in pattern for pattern in patterns), operator


def test_every_reference_leads_to_an_object_of_the_set() -> None:
    known = {made["id"] for made in every_object()}
    for made in every_object():
        for name, value in made.items():
            if name.endswith("_ref"):
                assert value in known, (made["id"], name)
            elif name.endswith("_refs") and name != "object_marking_refs":
                assert set(value) <= known, (made["id"], name)


def test_the_sources_disagree_renew_and_revoke() -> None:
    first, updates, second = files()
    originals = {made["id"]: made for made in first.objects}
    same_time = [
        made for made in second.objects
        if made["id"] in originals and made["modified"] == originals[made["id"]]["modified"]
    ]  # fmt: skip
    conflicts = [made for made in same_time if made != originals[made["id"]]]
    assert len(conflicts) >= 50
    assert len(same_time) - len(conflicts) >= 50
    newer = [made for made in updates.objects if made["modified"] > originals[made["id"]]["modified"]]
    assert len(newer) == len(updates.objects) >= 100
    assert sum(made.get("revoked", False) for made in updates.objects) >= 10


@pytest.mark.parametrize("level", ["clear", "green", "amber", "amber+strict", "red"])
def test_every_level_of_the_traffic_light_occurs(level: str) -> None:
    marked = [made for made in every_object() if TLP_20_IDS[level] in made.get("object_marking_refs", ())]
    assert marked
