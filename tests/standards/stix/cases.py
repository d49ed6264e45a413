"""Cases for the register: a change to a clean sample and the one fault that it makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.standards.stix.samples import (
    EXTENSION,
    IDENTITY,
    LATER,
    MALWARE,
    MARKING,
    MD5,
    SOFTWARE,
    TIME,
    UUID,
)

REMOVED = object()
"""Takes a property away."""


@dataclass(frozen=True)
class Case:
    """A change to a clean sample, and the one fault that it makes; none where `rule` is empty."""

    statement: str
    sample: str
    changes: Mapping[str, Any]
    rule: str
    path: str = "$"
    severity: str = "error"


def error(statement: str, sample: str, rule: str, path: str, **changes: Any) -> Case:
    """A change that keeps the object out."""
    return Case(statement, sample, changes, rule, path, "error")


def warning(statement: str, sample: str, rule: str, path: str, **changes: Any) -> Case:
    """A change that lets the object in with a warning."""
    return Case(statement, sample, changes, rule, path, "warning")


def clean(statement: str, sample: str, **changes: Any) -> Case:
    """A change that is within the standard."""
    return Case(statement, sample, changes, "")


_REFERENCE = {"source_name": "a", "external_id": "b"}
_PHASE = {"kill_chain_name": "a-b", "phase_name": "c"}
_UUID_VARIANT = "8e2e2d2b-17d4-0cbf-138f-98ee46b3cd3f"
_TOPLEVEL = {EXTENSION: {"extension_type": "toplevel-property-extension"}}

CASES: tuple[Case, ...] = (
    error("2.1-1", "artifact", "base64", "$.payload_bin", payload_bin="not base64!"),
    error("2.2-1", "campaign", "json-type", "$.revoked", revoked="true"),
    error("2.2-1", "campaign", "json-type", "$.revoked", revoked=1),
    warning(
        "2.3-1",
        "process",
        "dictionary-key",
        '$.environment_variables["a b"]',
        environment_variables={"a b": "c"},
    ),
    warning("2.3-2", "process", "empty-dictionary", "$.environment_variables", environment_variables={}),
    error("2.4-1", "opinion", "enumeration", "$.opinion", opinion="perhaps"),
    warning(
        "2.5-1",
        "tool",
        "at-least-one",
        "$.external_references[0]",
        external_references=[{"source_name": "a"}],
    ),
    error(
        "2.5-2",
        "tool",
        "required",
        "$.external_references[1].source_name",
        external_references=[_REFERENCE, {"url": "a"}],
    ),
    error("2.6-1", "location", "range", "$.precision", latitude=1, longitude=2, precision=float("inf")),
    error("2.6-1", "location", "json-type", "$.latitude", latitude="1", longitude=2),
    warning(
        "2.7-1",
        "tool",
        "hash-algorithm",
        "$.external_references[0].hashes.SHA256",
        external_references=[{**_REFERENCE, "hashes": {"SHA256": "a"}}],
    ),
    warning(
        "2.7-2",
        "tool",
        "hash-form",
        "$.external_references[0].hashes.MD5",
        external_references=[{**_REFERENCE, "hashes": {"MD5": "abc"}}],
    ),
    warning(
        "2.7-3",
        "tool",
        "dictionary-key",
        "$.external_references[0].hashes.ab",
        external_references=[{**_REFERENCE, "hashes": {"ab": "c"}}],
    ),
    clean("2.7-2", "tool", external_references=[{**_REFERENCE, "hashes": {"MD5": MD5.upper()}}]),
    error("2.8-1", "file", "hex", "$.magic_number_hex", magic_number_hex="4d5"),
    warning("2.8-1", "file", "hex-case", "$.magic_number_hex", magic_number_hex="4D5A"),
    error("2.9-1", "tool", "id-form", "$.id", id="tool-1"),
    error("2.9-1", "tool", "id-form", "$.created_by_ref", created_by_ref="ACME"),
    error("2.9-1", "tool", "json-type", "$.object_marking_refs[1]", object_marking_refs=[MARKING, None]),
    error("2.9-2", "tool", "id-prefix", "$.id", id=MALWARE),
    warning("2.9-3", "tool", "id-uuid", "$.id", id=f"tool--{_UUID_VARIANT}"),
    warning("2.9-3", "tool", "id-case", "$.id", id=f"tool--{UUID.upper()}"),
    warning("2.9-4", "url", "deterministic-id", "$.id", id=f"url--{UUID}"),
    clean("2.9-4", "process", id=f"process--{UUID}"),
    error("2.10-1", "process", "range", "$.pid", pid=2**53),
    error("2.10-1", "process", "json-type", "$.pid", pid=True),
    warning("2.10-1", "process", "integer-form", "$.pid", pid=4.0),
    warning(
        "2.11-1",
        "tool",
        "kill-chain-naming",
        "$.kill_chain_phases[0].phase_name",
        kill_chain_phases=[{**_PHASE, "phase_name": "First Phase"}],
    ),
    error(
        "2.11-2",
        "tool",
        "required",
        "$.kill_chain_phases[0].phase_name",
        kill_chain_phases=[{"kill_chain_name": "a"}],
    ),
    warning("2.12-1", "tool", "empty-list", "$.aliases", aliases=[]),
    error("2.12-1", "report", "empty-list", "$.object_refs", object_refs=[]),
    error("2.12-1", "tool", "json-type", "$.labels", labels="one"),
    error("2.12-1", "tool", "json-type", "$.labels[1]", labels=["one", 2]),
    warning(
        "2.13-1",
        "observed-data",
        "local-reference",
        '$.objects["0"].parent_directory_ref',
        object_refs=REMOVED,
        objects={"0": {"type": "file", "name": "a", "parent_directory_ref": "7"}},
    ),
    error(
        "2.13-1",
        "observed-data",
        "json-type",
        '$.objects["0"].size',
        object_refs=REMOVED,
        objects={"0": {"type": "file", "name": "a", "size": "7"}},
    ),
    warning("2.14-1", "identity", "vocabulary", "$.sectors[1]", sectors=["energy", "bakeries"]),
    error("2.15-1", "tool", "lone-surrogate", "$.name", name="a\ud800"),
    error("2.15-1", "tool", "json-type", "$.description", description=None),
    error("2.16-1", "tool", "timestamp", "$.modified", modified="2021-01-01 00:00:00"),
    error("2.16-1", "campaign", "timestamp", "$.last_seen", last_seen="2021-01-01T00:00:00+01:00"),
    error("2.16-2", "campaign", "timestamp", "$.last_seen", last_seen="2021-01-01T00:00:00.Z"),
    clean("2.16-1", "campaign", last_seen="2021-01-01T00:00:00.123456789Z"),
    warning("3.1-1", "x-acme", "property-name", "$.Rank", Rank=1),
    warning("3.1-2", "x-acme", "custom-reference", "$.owner_ref", owner_ref="somebody"),
    error("3.2-1", "tool", "constant", "$.spec_version", spec_version="2.0"),
    warning("3.2-1", "tool", "required", "$.spec_version", spec_version=REMOVED),
    clean("3.2-1", "url", spec_version=REMOVED),
    warning("3.2-2", "tool", "timestamp-precision", "$.created", created="2020-01-01T00:00:00Z"),
    error("3.2-3", "tool", "time-order", "$.modified", created=LATER),
    clean("3.2-3", "tool", modified="2020-01-01T00:00:00.0000Z"),
    error("3.2-4", "tool", "range", "$.confidence", confidence=101),
    warning("3.2-5", "tool", "language-tag", "$.lang", lang="english_us"),
    warning(
        "3.2-6",
        "marking-definition",
        "circular-marking",
        "$.object_marking_refs",
        object_marking_refs=[f"marking-definition--{UUID}"],
    ),
    warning(
        "3.2-7", "tool", "extension-type", f"$.extensions.{EXTENSION}", extensions={EXTENSION: {"rank": 5}}
    ),
    error(
        "3.2-7",
        "tool",
        "enumeration",
        f"$.extensions.{EXTENSION}.extension_type",
        extensions={EXTENSION: {"extension_type": "other"}},
    ),
    error("3.2-8", "tool", "required", "$.id", id=REMOVED),
    error("3.2-8", "tool", "required", "$.modified", modified=REMOVED),
    error("3.2-8", "marking-definition", "required", "$.created", created=REMOVED),
    warning("3.3-1", "tool", "reference-target", "$.created_by_ref", created_by_ref=MALWARE),
    warning("3.3-1", "malware", "reference-target", "$.sample_refs[0]", sample_refs=[SOFTWARE]),
    warning("3.8-1", "tool", "reserved-property", "$.severity", severity="high"),
    warning("4.2-1", "campaign", "time-order", "$.last_seen", first_seen=LATER, last_seen=TIME),
    clean("4.2-1", "campaign", last_seen=TIME),
    warning("4.7-1", "indicator", "time-order", "$.valid_until", valid_until=TIME),
    error("4.7-2", "indicator", "required", "$.pattern", pattern=REMOVED),
    error("4.7-2", "indicator", "required", "$.pattern_type", pattern_type=REMOVED),
    error("4.7-2", "indicator", "required", "$.valid_from", valid_from=REMOVED),
    warning("4.10-1", "location", "at-least-one", "$", country=REMOVED),
    clean("4.10-1", "location", country=REMOVED, latitude=1.5, longitude=2),
    warning("4.10-2", "location", "needs", "$.latitude", latitude=1),
    error("4.10-2", "location", "range", "$.longitude", latitude=1, longitude=180.5),
    warning("4.10-3", "location", "needs", "$.precision", precision=10),
    warning("4.11-1", "malware", "needs", "$.is_family", name=REMOVED),
    clean("4.11-1", "malware", name=REMOVED, is_family=False),
    error("4.11-2", "malware", "required", "$.is_family", is_family=REMOVED),
    warning("4.12-1", "malware-analysis", "at-least-one", "$", result=REMOVED),
    error("4.14-1", "observed-data", "at-least-one", "$", object_refs=REMOVED),
    warning(
        "4.14-2",
        "observed-data",
        "at-most-one",
        "$.object_refs",
        objects={"0": {"type": "url", "value": "a:b"}},
    ),
    error("4.14-3", "observed-data", "range", "$.number_observed", number_observed=0),
    warning(
        "4.14-4", "observed-data", "time-order", "$.last_observed", first_observed=LATER, last_observed=TIME
    ),
    error("4.15-1", "opinion", "enumeration", "$.opinion", opinion="Agree"),
    warning(
        "5.1-1",
        "relationship",
        "relationship-type",
        "$.relationship_type",
        relationship_type="Related_To",
        target_ref=f"x-acme--{UUID}",
    ),
    warning(
        "5.1-2",
        "relationship",
        "reference-target",
        "$.target_ref",
        target_ref=MARKING,
        relationship_type="related-to",
    ),
    warning(
        "5.1-3", "relationship", "relationship-suggestion", "$.relationship_type", relationship_type="likes"
    ),
    clean("5.1-3", "relationship", relationship_type="related-to"),
    warning(
        "5.1-3",
        "relationship",
        "relationship-suggestion",
        "$.relationship_type",
        relationship_type="duplicate-of",
    ),
    warning("5.1-4", "relationship", "time-order", "$.stop_time", start_time=TIME, stop_time=TIME),
    error("5.2-1", "sighting", "range", "$.count", count=-1),
    warning("5.2-2", "sighting", "reference-target", "$.sighting_of_ref", sighting_of_ref=SOFTWARE),
    warning(
        "5.2-2",
        "sighting",
        "reference-target",
        "$.where_sighted_refs[1]",
        where_sighted_refs=[IDENTITY, MALWARE],
    ),
    warning("6.1-1", "process", "at-least-one", "$", pid=REMOVED),
    warning(
        "6.1-2",
        "artifact",
        "needs",
        "$.url",
        payload_bin=REMOVED,
        url="https://a.example/",
        id=f"artifact--{UUID}",
    ),
    warning("6.1-3", "artifact", "needs", "$.decryption_key", decryption_key="infected"),
    warning("6.1-1", "artifact", "at-least-one", "$", payload_bin=REMOVED),
    warning("6.4-1", "domain-name", "domain", "$.value", value="https://example.com/a"),
    warning("6.5-1", "email-addr", "email", "$.value", value="John <john@example.com>"),
    warning("6.6-1", "email-message", "excluded", "$.body", is_multipart=True),
    warning("6.6-1", "email-message", "excluded", "$.body_multipart", body_multipart=[{"body": "a"}]),
    clean("6.6-2", "email-message"),
    warning("6.7-1", "file", "at-least-one", "$", name=REMOVED, hashes=REMOVED),
    warning("6.7-2", "file", "needs", "$.name_enc", name=REMOVED, name_enc="utf-8"),
    warning(
        "6.7-3",
        "process",
        "at-least-one",
        "$.extensions.windows-process-ext",
        extensions={"windows-process-ext": {}},
    ),
    warning("6.8-1", "ipv4-addr", "ipv4", "$.value", value="198.51.100.300"),
    warning("6.8-1", "ipv6-addr", "ipv6", "$.value", value="2001:db8:::1"),
    warning("6.10-1", "mac-addr", "mac", "$.value", value="D2-FB-49-24-37-18"),
    warning("6.12-1", "network-traffic", "at-least-one", "$", src_ref=REMOVED),
    warning("6.12-2", "network-traffic", "excluded", "$.end", is_active=True),
    warning("6.12-2", "network-traffic", "time-order", "$.end", start=LATER, end=TIME),
    error("6.12-3", "network-traffic", "range", "$.src_port", src_port=65536),
    warning("6.13-1", "process", "at-least-one", "$", pid=REMOVED),
    warning("6.14-1", "software", "cpe", "$.cpe", cpe="cpe:/o:microsoft"),
    warning("6.15-1", "url", "url", "$.value", value="example.com/a"),
    warning("6.17-1", "windows-registry-key", "registry-hive", "$.key", key="HKLM\\System"),
    warning(
        "7.1-1", "language-content", "language-tag", '$.contents["not a tag"]', contents={"not a tag": {}}
    ),
    error("7.1-1", "language-content", "json-type", "$.contents.de", contents={"de": "Wurm"}),
    error("7.2.1-1", "marking-definition", "at-least-one", "$", definition=REMOVED, definition_type=REMOVED),
    error("7.2.1-2", "marking-definition", "required", "$.definition.statement", definition={"text": "a"}),
    error("7.2.1-2", "marking-definition", "required", "$.definition.tlp", definition_type="tlp"),
    warning(
        "7.2.1-3",
        "marking-definition",
        "tlp-instance",
        "$.id",
        definition_type="tlp",
        definition={"tlp": "red"},
    ),
    error(
        "7.2.3-1",
        "tool",
        "at-least-one",
        "$.granular_markings[0]",
        granular_markings=[{"selectors": ["name"]}],
    ),
    error(
        "7.2.3-1",
        "tool",
        "at-most-one",
        "$.granular_markings[0].marking_ref",
        granular_markings=[{"lang": "de", "marking_ref": MARKING, "selectors": ["name"]}],
    ),
    error(
        "7.2.3-2",
        "tool",
        "selector",
        "$.granular_markings[0].selectors[0]",
        granular_markings=[{"lang": "de", "selectors": ["name..a"]}],
    ),
    warning(
        "7.2.3-3",
        "tool",
        "selector-target",
        "$.granular_markings[0].selectors[1]",
        granular_markings=[{"lang": "de", "selectors": ["name", "labels.[0]"]}],
    ),
    warning(
        "7.3-1", "extension-definition", "excluded", "$.extension_properties", extension_properties=["rank"]
    ),
    clean("7.3-2", "tool", extensions=_TOPLEVEL, rank=5),
    clean("7.3-3", "x-acme", extensions={EXTENSION: {"extension_type": "new-sdo"}}),
    error("8-1", "bundle", "json-type", "$.objects[1]", objects=[{}, "tool"]),
    clean("11.1-1", "tool", x_rank=5),
    warning("11.1-1", "tool", "undefined-property", "$.rank", rank=5),
    error("11.2-1", "tool", "type-name", "$.type", type="X_Acme"),
    error("11.2-1", "tool", "type-name", "$.type", type="x--acme"),
    warning(
        "11.3-1",
        "process",
        "custom-extension",
        "$.extensions.x-acme-ext",
        extensions={"x-acme-ext": {"a": 1}},
    ),
    warning("11.3-1", "process", "extension-name", "$.extensions.acme", extensions={"acme": {"a": 1}}),
)
