"""Objects whose every text tries to become markup or script: each payload says `hit` when it runs."""

import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

IMAGE = "<img src=x onerror=\"window.hit='image'\">"
SCRIPT = "<script>window.hit='script'</script>"
QUOTE = '"\' onmouseover="window.hit=\'quote\'" autofocus onfocus="window.hit=\'focus\'" x="'
ESCAPE = "</textarea></title></style><svg onload=\"window.hit='svg'\">"
TEMPLATE = "{{7*191}}{% now 'Y' %}${7*191}"
ADDRESS = "javascript:window.hit='address'"
EVERYTHING = f"{IMAGE} {SCRIPT} {QUOTE} {ESCAPE} {TEMPLATE}"
MARKER = "marrow"
"""A word in every name, by which they are searched for."""

_TIME = "2024-02-01T00:00:00.000Z"
MARKING_ID = f"marking-definition--{uuid5(NAMESPACE_URL, 'hostile marking')}"
IDENTITY_ID = f"identity--{uuid5(NAMESPACE_URL, 'hostile identity')}"
FILE_NAME = f"{MARKER} {IMAGE} {QUOTE}.json"


def _make(stix_type: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": stix_type,
        "spec_version": "2.1",
        "id": f"{stix_type}--{uuid5(NAMESPACE_URL, 'hostile ' + stix_type)}",
        "created": _TIME,
        "modified": _TIME,
        "created_by_ref": IDENTITY_ID,
        "object_marking_refs": [MARKING_ID],
        "labels": [IMAGE, SCRIPT, ADDRESS],
        "external_references": [
            {"source_name": EVERYTHING, "url": ADDRESS, "description": EVERYTHING, "external_id": QUOTE},
            {"source_name": "data", "url": f"data:text/html,{SCRIPT}"},
        ],
        "x_text": EVERYTHING,
        "x_address": ADDRESS,
        "x_list": [IMAGE, QUOTE],
        "x_pairs": {"name": EVERYTHING},
        "x_tree": {"leaves": [{"text": EVERYTHING}]},
    } | properties


def make_objects() -> list[dict[str, Any]]:
    """Objects of many types, with the payloads wherever STIX allows a text."""
    marked_up = f"[{IMAGE}](https://evil.example/{QUOTE}) `{SCRIPT}` (Citation: {IMAGE}) <code>{IMAGE}</code>"
    prose = f"{EVERYTHING}\n\n{marked_up}"
    malware = _make(
        "malware",
        name=f"{MARKER} {EVERYTHING}",
        description=prose,
        is_family=True,
        aliases=[IMAGE, QUOTE],
        kill_chain_phases=[{"kill_chain_name": QUOTE, "phase_name": IMAGE}],
    )
    tool = _make("tool", name=f"{MARKER} {QUOTE}", description=ADDRESS, tool_version=IMAGE)
    indicator = _make(
        "indicator",
        name=f"{MARKER} {ESCAPE}",
        pattern="[file:name = '<img src=x onerror=alert(1)>' OR url:value = 'javascript:alert(1)']",
        pattern_type="stix",
        valid_from=_TIME,
        indicator_types=[IMAGE],
    )
    relationship = _make(
        "relationship",
        relationship_type="uses",
        description=prose,
        source_ref=malware["id"],
        target_ref=tool["id"],
    )
    note = _make(
        "note", abstract=f"{MARKER} {EVERYTHING}", content=prose, authors=[IMAGE], object_refs=[malware["id"]]
    )
    identity = _make("identity", name=f"{MARKER} {IMAGE}", contact_information=EVERYTHING, roles=[SCRIPT])
    marking = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": MARKING_ID,
        "created": _TIME,
        "name": f"{MARKER} {EVERYTHING}",
        "definition_type": "statement",
        "definition": {"statement": EVERYTHING},
    }
    identity["id"] = IDENTITY_ID
    return [marking, identity, malware, tool, indicator, relationship, note, *_make_observables()]


def _make_observables() -> list[dict[str, Any]]:
    link = {"type": "url", "spec_version": "2.1", "value": ADDRESS, "x_text": EVERYTHING}
    file = {"type": "file", "spec_version": "2.1", "name": f"{MARKER} {IMAGE}", "x_text": QUOTE}
    return [
        each | {"id": f"{each['type']}--{uuid5(NAMESPACE_URL, 'hostile ' + each['type'])}"}
        for each in (link, file)
    ]


def write_bundle() -> bytes:
    """The objects, and one whose fault quotes a payload."""
    broken = _make("campaign", name=MARKER, first_seen=IMAGE)
    return json.dumps(
        {
            "type": "bundle",
            "id": f"bundle--{uuid5(NAMESPACE_URL, 'hostile')}",
            "objects": [*make_objects(), broken],
        }
    ).encode()
