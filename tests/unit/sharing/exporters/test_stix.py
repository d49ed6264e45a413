"""STIX goes out byte for byte, and the OASIS validator passes the bundle."""

import json

from stix2validator import ValidationOptions, validate_string

from stack.sharing.exporting.base import Item, Occasion
from tests.exports import MADE_AT, make_indicator, write_export

_GONE = Item(b"", "indicator--0f2f6a1b-8a4e-4a3b-9d9e-5c1f4d3e7c22")


def test_a_bundle_is_what_the_oasis_validator_takes() -> None:
    items = [
        make_indicator(f"[domain-name:value = 'n{n}.example']", indicator_types=["unknown"]) for n in range(3)
    ]
    text, losses = write_export("stix", items)
    results = validate_string(text, ValidationOptions(version="2.1"))
    assert results.is_valid, results
    assert losses.entries == 3
    assert losses.list_losses() == []


def test_lines_are_the_texts_themselves() -> None:
    spread = json.dumps({"type": "tool", "x": 1.0, "name": "a b"}, indent=2).encode()
    item = make_indicator("[domain-name:value = 'a.example']")
    text, _ = write_export("stix-lines", [item, Item(spread), _GONE])
    first, second, third = text.splitlines()
    assert first.encode() == item.text
    assert second.encode() == spread.replace(b"\n", b" ")
    assert json.loads(third) == {"removed": _GONE.removed}


def test_a_bundle_counts_what_has_gone() -> None:
    text, losses = write_export("stix", [_GONE], Occasion(made_at=MADE_AT, is_delta=True))
    assert json.loads(text).keys() == {"type", "id"}
    assert losses.list_left_out() == [("gone since, which a bundle cannot say", 1)]
