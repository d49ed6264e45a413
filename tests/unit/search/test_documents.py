"""What the index keeps of an object."""

import json
from typing import Any

import pytest

from stack.search.documents import LONGEST_TEXT, SearchDocument, make_document
from stack.store.records import HeadText

MODIFIED = 1_717_243_200_000_000  # 2024-06-01T12:00:00Z


def read(obj: dict[str, Any]) -> SearchDocument:
    stix_id = f"{obj['type']}--31b940d4-6f7f-459a-80ea-9c1f17b58abc"
    text = json.dumps({"id": stix_id} | obj).encode()
    return make_document(HeadText(7, stix_id, 3, text, (1, 12)), sequence=99)


def test_names_texts_keywords_and_dates_of_an_sdo() -> None:
    document = read(
        {
            "type": "malware",
            "name": "Loader",
            "aliases": ["Dropper", "Loader"],
            "description": "Drops things.",
            "malware_types": ["Trojan"],
            "labels": ["In The Wild"],
            "created_by_ref": "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5",
            "modified": "2024-06-01T12:00:00.000Z",
            "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "Initial-Access"}],
            "object_marking_refs": ["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"],
            "external_references": [
                {"source_name": "mitre-mobile-attack", "external_id": "S0555"},
                {"source_name": "cve", "external_id": "CVE-2024-1"},
                {"source_name": "blog", "description": "A long story", "url": "https://blog.example/x"},
            ],
            "confidence": 70,
            "x_note": {"deep": ["custom words"]},
        }
    )
    assert document.names == ("Loader", "Dropper")
    for text in ("Drops things.", "In The Wild", "custom words", "A long story", "https://blog.example/x"):
        assert text in document.text
    for hidden in ("identity--", "marking-definition--", "2024-06-01T"):
        assert hidden not in document.text
    assert document.keywords == {
        "type": ("malware",),
        "source": ("1", "12"),
        "kind": ("attack", "cve") if "cve" in document.keywords["kind"] else ("attack",),
        "tlp": ("amber",),
        "revoked": ("false",),
        "label": ("trojan", "in the wild"),
        "created_by": ("identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5",),
        "phase": ("initial-access",),
        "external_id": ("s0555", "cve-2024-1"),
        "reference": ("mitre-mobile-attack", "cve", "blog"),
        "cve": ("cve-2024-1",),
        "attack": ("s0555",),
        "year": ("2024",),
        "month": ("2024-06",),
    }
    assert document.dates == {"modified": MODIFIED}
    assert document.numbers == {"confidence": 70}
    assert (document.object_id, document.sequence, document.audience_id) == (7, 99, 3)


def test_an_indicator_has_the_values_of_its_pattern_but_not_its_words() -> None:
    document = read(
        {
            "type": "indicator",
            "name": "C2",
            "pattern": "[ipv4-addr:value = '192.0.2.7' OR domain-name:value = 'Evil.example']",
            "pattern_type": "stix",
        }
    )
    assert set(document.values) == {"192.0.2.7", "evil.example"}
    assert document.addresses == ("192.0.2.7",)
    assert document.keywords["kind"] == ("domain", "ipv4")
    assert document.text == ""


def test_a_rule_in_another_language_is_text() -> None:
    rule = 'rule Wiper { strings: $a = "MZ" condition: $a }'
    assert rule in read({"type": "indicator", "pattern": rule, "pattern_type": "yara"}).text


def test_relationships_are_told_apart_and_ranked_below() -> None:
    document = read({"type": "relationship", "relationship_type": "Uses"})
    assert document.is_relationship
    assert document.keywords["relationship"] == ("uses",)


@pytest.mark.parametrize(
    "odd",
    [
        {"aliases": "no list", "labels": [1, None], "external_references": [None, {"external_id": 5}]},
        {"modified": 3, "created": "yesterday", "confidence": "high", "kill_chain_phases": {}},
        {"object_marking_refs": "none", "pattern": 5, "name": 7, "extensions": {"a": {"b": [[["c d"]]]}}},
    ],
)
def test_values_of_the_wrong_type_are_passed_over(odd: dict[str, Any]) -> None:
    document = read({"type": "x-custom"} | odd)
    assert document.keywords["type"] == ("x-custom",)
    assert not document.dates


def test_long_texts_are_cut() -> None:
    assert len(read({"type": "note", "content": "word " * LONGEST_TEXT}).text) == LONGEST_TEXT
