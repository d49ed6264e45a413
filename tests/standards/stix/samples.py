"""One clean object of each kind that the cases of the register change."""

from typing import Any

from stack.stix.ids import compute_sco_id
from stack.stix.markings import TLP_DEFINITIONS

IDENTITY = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"
MALWARE = "malware--31b940d4-6f7f-459a-80ea-9c1f17b58abc"
SOFTWARE = "software--a1827f6d-ca53-5605-9e93-4316cd22a00a"
UUID = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
EXTENSION = f"extension-definition--{UUID}"
MARKING = next(iter(TLP_DEFINITIONS))
TIME = "2020-01-01T00:00:00.000Z"
LATER = "2021-01-01T00:00:00.000Z"
MD5 = "66e2ea40dc71d5ba701574ea215a81f1"

Sample = dict[str, Any]


def make(type_name: str, **properties: Any) -> Sample:
    """A domain, relationship or meta object with its common properties."""
    times = {"created": TIME, "modified": TIME}
    return {"type": type_name, "spec_version": "2.1", "id": f"{type_name}--{UUID}", **times, **properties}


def observe(type_name: str, **properties: Any) -> Sample:
    """A cyber-observable object with its deterministic id."""
    obj = {"type": type_name, "spec_version": "2.1", **properties}
    return {**obj, "id": compute_sco_id(obj)}


SAMPLES: dict[str, Sample] = {
    "attack-pattern": make("attack-pattern", name="Spear phishing"),
    "bundle": {"type": "bundle", "id": f"bundle--{UUID}", "objects": [make("tool", name="VNC")]},
    "campaign": make("campaign", name="Green", first_seen=TIME, last_seen=LATER),
    "course-of-action": make("course-of-action", name="Patch"),
    "extension-definition": make(
        "extension-definition",
        created_by_ref=IDENTITY,
        name="Ranks",
        schema="https://example.org/schema.json",
        version="1.0.0",
        extension_types=["property-extension"],
    ),
    "grouping": make("grouping", context="unspecified", object_refs=[MALWARE]),
    "identity": make("identity", name="ACME", identity_class="organization"),
    "incident": make("incident", name="Break-in"),
    "indicator": make("indicator", pattern="[a:b = 'c']", pattern_type="stix", valid_from=TIME),
    "infrastructure": make("infrastructure", name="C2"),
    "intrusion-set": make("intrusion-set", name="Bobcat"),
    "language-content": make("language-content", object_ref=MALWARE, contents={"de": {"name": "Wurm"}}),
    "location": make("location", country="de"),
    "malware": make("malware", name="Cryptolocker", is_family=True),
    "malware-analysis": make("malware-analysis", product="microsoft", result="malicious"),
    "marking-definition": {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{UUID}",
        "created": TIME,
        "definition_type": "statement",
        "definition": {"statement": "Copyright 2026, Example Corp"},
    },
    "note": make("note", content="See also", object_refs=[MALWARE]),
    "observed-data": make(
        "observed-data",
        first_observed=TIME,
        last_observed=LATER,
        number_observed=1,
        object_refs=[SOFTWARE],
    ),
    "opinion": make("opinion", opinion="agree", object_refs=[MALWARE]),
    "report": make("report", name="Black vine", published=TIME, object_refs=[MALWARE]),
    "threat-actor": make("threat-actor", name="Evil Org"),
    "tool": make("tool", name="VNC"),
    "vulnerability": make("vulnerability", name="CVE-2016-1234"),
    "relationship": make(
        "relationship", relationship_type="uses", source_ref=f"campaign--{UUID}", target_ref=MALWARE
    ),
    "sighting": make("sighting", sighting_of_ref=MALWARE),
    "x-acme": make("x-acme", extensions={EXTENSION: {"extension_type": "new-sdo"}}),
    "artifact": observe("artifact", payload_bin="aGVsbG8="),
    "autonomous-system": observe("autonomous-system", number=15139),
    "directory": observe("directory", path="C:\\Windows"),
    "domain-name": observe("domain-name", value="example.com"),
    "email-addr": observe("email-addr", value="john@example.com"),
    "email-message": observe("email-message", is_multipart=False, subject="Hello", body="text"),
    "file": observe("file", name="a.exe", hashes={"MD5": MD5}),
    "ipv4-addr": observe("ipv4-addr", value="198.51.100.0/24"),
    "ipv6-addr": observe("ipv6-addr", value="2001:db8::1"),
    "mac-addr": observe("mac-addr", value="d2:fb:49:24:37:18"),
    "mutex": observe("mutex", name="__CLEANSWEEP__"),
    "network-traffic": observe(
        "network-traffic", protocols=["tcp"], src_ref=f"ipv4-addr--{UUID}", start=TIME, end=LATER
    ),
    "process": {"type": "process", "spec_version": "2.1", "id": f"process--{UUID}", "pid": 1221},
    "software": observe("software", name="Word"),
    "url": observe("url", value="https://example.com/research/index.html"),
    "user-account": observe("user-account", user_id="1001"),
    "windows-registry-key": observe("windows-registry-key", key="HKEY_LOCAL_MACHINE\\System"),
    "x509-certificate": observe("x509-certificate", serial_number="36:f7:d4:32"),
}
