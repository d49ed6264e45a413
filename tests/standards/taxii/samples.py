"""Objects for the tests: new ids each time, so that a server that has objects already can be tested too."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

Json = dict[str, Any]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


STIX_TYPES = _words(
    "attack-pattern campaign course-of-action grouping identity incident indicator infrastructure "
    "intrusion-set location malware malware-analysis note observed-data opinion report threat-actor tool "
    "vulnerability relationship sighting marking-definition language-content extension-definition artifact "
    "autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr "
    "mutex network-traffic process software url user-account windows-registry-key x509-certificate"
)
FIRST = "2024-03-01T10:00:00.000Z"
SECOND = "2024-03-02T11:30:00.125Z"
THIRD = "2024-03-03T12:45:59.999Z"


def make_indicator(name: str = "an address", *, modified: str = FIRST, stix_id: str = "") -> Json:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": stix_id or f"indicator--{uuid4()}",
        "created": FIRST,
        "modified": modified,
        "name": name,
        "pattern": "[ipv4-addr:value = '198.51.100.7']",
        "pattern_type": "stix",
        "valid_from": FIRST,
    }


def make_malware(name: str = "a program") -> Json:
    return {
        "type": "malware",
        "spec_version": "2.1",
        "id": f"malware--{uuid4()}",
        "created": FIRST,
        "modified": SECOND,
        "name": name,
        "is_family": False,
    }


def make_statement(text: str = "for the tests") -> Json:
    """A marking definition: it has a time of creation and none of modification."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{uuid4()}",
        "created": SECOND,
        "definition_type": "statement",
        "definition": {"statement": text},
    }


def make_domain() -> Json:
    """An observable: it has no times at all. Its id is the one that its value asks for."""
    value = f"{uuid4().hex}.example"
    contributing = json.dumps({"value": value}, separators=(",", ":"))
    return {
        "type": "domain-name",
        "spec_version": "2.1",
        "id": f"domain-name--{uuid5(_OBSERVABLES, contributing)}",
        "value": value,
    }


_OBSERVABLES = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1 section 2.9


def instants_of(versions: Iterable[str]) -> list[datetime]:
    """Versions as moments, because their digits are the server's choice."""
    return [datetime.fromisoformat(version) for version in versions]


def ids_of(objects: Iterable[Json]) -> list[str]:
    return [item["id"] for item in objects]
