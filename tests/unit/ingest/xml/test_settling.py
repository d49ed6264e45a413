"""Ids and times that a converter invents are replaced by such as come out the same again."""

from typing import Any
from uuid import uuid4

from stack.ingest.xml.settling import settle_objects
from stack.stix.ids import compute_deterministic_id

RECEIVED = "2026-02-01T00:00:00.000Z"
NOW = "2026-02-01T00:00:01.000Z"
KNOWN = "2f1b1a52-6a0c-4d4e-8a3e-3b6d1f0a9c11"


def convert() -> list[dict[str, Any]]:
    """What a converter gives: other ids and times at each call."""
    campaign, link, address = f"campaign--{uuid4()}", f"relationship--{uuid4()}", f"ipv4-addr--{uuid4()}"
    return [
        {"type": "campaign", "id": campaign, "created": NOW, "modified": NOW, "name": "A"},
        {"type": "indicator", "id": f"indicator--{KNOWN}", "created": "2016-01-31T08:00:00Z", "name": "I"},
        {"type": "ipv4-addr", "id": address, "value": "198.51.100.7"},
        {"type": "file", "id": f"file--{uuid4()}", "hashes": {"'SHA-256'": "aa"}},
        {"type": "relationship", "id": link, "created": NOW, "source_ref": campaign, "target_ref": address},
    ]


def settle(objects: list[dict[str, Any]]) -> list[tuple[dict[str, Any], bool]]:
    return list(settle_objects(objects, text=f"x-{KNOWN}".encode(), source="s", received=RECEIVED))


def test_the_same_input_gives_the_same_objects() -> None:
    assert settle(convert()) == settle(convert())


def test_ids_of_the_input_stay_and_references_follow_the_others() -> None:
    campaign, indicator, address, file, link = (obj for obj, _ in settle(convert()))
    assert indicator["id"] == f"indicator--{KNOWN}"
    assert (link["source_ref"], link["target_ref"]) == (campaign["id"], address["id"])
    assert address["id"] == compute_deterministic_id({"type": "ipv4-addr", "value": "198.51.100.7"})
    assert file["hashes"] == {"SHA-256": "aa"}


def test_a_time_that_was_made_up_is_that_of_the_receipt() -> None:
    settled = {obj["type"]: (obj.get("created"), is_undated) for obj, is_undated in settle(convert())}
    assert settled["campaign"] == (RECEIVED, True)
    assert settled["indicator"] == ("2016-01-31T08:00:00Z", False)


def test_equal_objects_come_once() -> None:
    twice = convert() + convert()
    assert len(settle(twice)) == 5


def test_a_time_made_up_beside_one_of_the_input_is_that_of_the_input() -> None:
    created = "2016-01-31T08:00:00Z"
    report = {
        "type": "report",
        "id": f"report--{KNOWN}",
        "created": created,
        "modified": created,
        "published": NOW,
    }
    [(settled, is_undated)] = settle([report])
    assert (settled["published"], is_undated) == (created, False)


def test_what_marks_all_of_a_package_marks_its_report_and_observables() -> None:
    marking, other = f"marking-definition--{uuid4()}", f"marking-definition--{uuid4()}"
    objects = convert()
    for obj in objects:
        if obj["type"] in {"campaign", "indicator", "relationship"}:
            obj["object_marking_refs"] = [marking, other] if obj["type"] == "campaign" else [marking]
    found = settle_objects(objects, text=f"{KNOWN} {marking} {other}".encode(), source="s", received=RECEIVED)
    marks = {obj["type"]: obj["object_marking_refs"] for obj, _ in found}
    assert marks["ipv4-addr"] == marks["file"] == marks["indicator"] == [marking]
    assert marks["campaign"] == [marking, other]
