"""Objects to export and exporters to write them, for tests."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from stack.sharing.exporting.base import Item, Occasion
from stack.sharing.exporting.formats import find_exporter, read_options
from stack.sharing.exporting.losses import Losses

MADE_AT = 1_790_000_000_000_000
_OCCASION = Occasion(title="Test", made_at=MADE_AT)


def make_indicator(pattern: str, *, pattern_type: str = "stix", **properties: Any) -> Item:
    """An indicator, valid from 2026 on; the same pattern and name always have the same id."""
    identity = uuid5(NAMESPACE_URL, f"{pattern}{properties.get('name')}")
    text = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{identity}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "pattern": pattern,
        "pattern_type": pattern_type,
        "valid_from": "2026-01-01T00:00:00Z",
    }
    return Item(json.dumps(text | properties).encode())


def make_values(*values: str) -> list[Item]:
    """An indicator each of `type:value` pairs such as `domain-name=bad.example`."""
    return [
        make_indicator(f"[{kind}:value = '{value}']") for kind, _, value in (v.partition("=") for v in values)
    ]


def write_export(
    name: str, items: Iterable[Item], occasion: Occasion = _OCCASION, /, **options: str
) -> tuple[str, Losses]:
    """The text that the exporter makes of the items, and its losses."""
    file, losses = write_bytes(name, items, occasion, **options)
    return file.decode(), losses


def write_bytes(
    name: str, items: Iterable[Item], occasion: Occasion = _OCCASION, /, **options: str
) -> tuple[bytes, Losses]:
    """The same as bytes: not every format is text."""
    exporter, losses = find_exporter(name), Losses()
    pieces = exporter.write(
        iter(items), options=read_options(exporter, options), occasion=occasion, losses=losses
    )
    return b"".join(pieces), losses


def list_lines(text: str, comment: str = "#") -> list[str]:
    """The lines that are no comments."""
    return [line for line in text.splitlines() if not line.startswith(comment)]
