"""Small invented bundles for the browser: a family in two versions, its indicators, and a broken record."""

import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

FAMILY_ID = f"malware--{uuid5(NAMESPACE_URL, 'family')}"
FAMILY_PATH = "/o/" + FAMILY_ID.replace("--", "/")
HOST = "update.cold-wicket.example"
INDICATORS = 60


def write_bundle(*objects: dict[str, Any]) -> bytes:
    return json.dumps(
        {"type": "bundle", "id": f"bundle--{uuid5(NAMESPACE_URL, 'b')}", "objects": objects}
    ).encode()


def make_family(*, modified: str, description: str) -> dict[str, Any]:
    return {
        "type": "malware",
        "spec_version": "2.1",
        "id": FAMILY_ID,
        "created": "2024-01-01T00:00:00.000Z",
        "modified": modified,
        "name": "COLD WICKET",
        "description": description,
        "malware_types": ["dropper"],
        "is_family": True,
    }


def make_indicator(number: int) -> dict[str, Any]:
    host = HOST if number == 0 else f"host-{number}.cold-wicket.example"
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid5(NAMESPACE_URL, host)}",
        "created": "2024-02-01T00:00:00.000Z",
        "modified": "2024-02-01T00:00:00.000Z",
        "name": host,
        "indicator_types": ["malicious-activity" if number % 3 else "benign"],
        "pattern": f"[domain-name:value = '{host}']",
        "pattern_type": "stix",
        "valid_from": "2024-02-01T00:00:00Z",
    }


def make_relationship(number: int) -> dict[str, Any]:
    source = make_indicator(number)["id"]
    return {
        "type": "relationship",
        "spec_version": "2.1",
        "id": f"relationship--{uuid5(NAMESPACE_URL, source)}",
        "created": "2024-02-01T00:00:00.000Z",
        "modified": "2024-02-01T00:00:00.000Z",
        "relationship_type": "indicates",
        "source_ref": source,
        "target_ref": FAMILY_ID,
    }


def first_bundle() -> bytes:
    family = make_family(modified="2024-01-01T00:00:00.000Z", description="A dropper seen in spam.")
    numbers = range(INDICATORS)
    return write_bundle(family, *map(make_indicator, numbers), *map(make_relationship, numbers))


def second_bundle() -> bytes:
    return write_bundle(
        make_family(
            modified="2024-03-01T00:00:00.000Z", description="A dropper delivered by shared documents."
        )
    )


def broken_bundle() -> bytes:
    good = make_indicator(INDICATORS)
    bad = make_indicator(INDICATORS + 1) | {"valid_from": "yesterday"}
    return write_bundle(good, bad)
