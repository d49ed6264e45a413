"""Traffic Light Protocol: the standard's marking definitions and their order; object markings.

TLP 1.0: STIX 2.1, section 7.2.1.4. TLP 2.0: the extension that the OASIS CTI TC published for it. Their ids
are fixed, so a level can be read from a reference alone.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum
from typing import Any, Final

TLP_20_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

TLP_10_IDS: Final[Mapping[str, str]] = {
    "white": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "green": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "amber": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    "red": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
TLP_20_IDS: Final[Mapping[str, str]] = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}


class TlpLevel(IntEnum):
    """How far information may travel, from anywhere to nobody else."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def label(self) -> str:
        """The level as people and STIX write it: `clear`, `amber+strict`."""
        return _LABELS[self]


_LABELS: Final = {
    TlpLevel.CLEAR: "clear",
    TlpLevel.GREEN: "green",
    TlpLevel.AMBER: "amber",
    TlpLevel.AMBER_STRICT: "amber+strict",
    TlpLevel.RED: "red",
}
_LEVELS: Final = {label: level for level, label in _LABELS.items()} | {"white": TlpLevel.CLEAR}
_LEVEL_OF_ID: Final[Mapping[str, TlpLevel]] = {
    marking_id: _LEVELS[label] for ids in (TLP_10_IDS, TLP_20_IDS) for label, marking_id in ids.items()
}


def _tlp_10(label: str) -> dict[str, Any]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_10_IDS[label],
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "name": f"TLP:{label.upper()}",
        "definition": {"tlp": label},
    }


def _tlp_20(label: str) -> dict[str, Any]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_20_IDS[label],
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{label.upper()}",
        "extensions": {TLP_20_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": label}},
    }


TLP_DEFINITIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    definition["id"]: definition for definition in (*map(_tlp_10, TLP_10_IDS), *map(_tlp_20, TLP_20_IDS))
}
"""Every TLP marking definition, whole, by its id."""


def parse_tlp(text: str) -> TlpLevel:
    """The level of a label such as `amber+strict`, `TLP:RED` or `white`. Raises `ValueError`."""
    label = text.strip().lower().removeprefix("tlp:").strip()
    if label not in _LEVELS:
        raise ValueError(f"{text[:40]!r} is no TLP level: use one of {', '.join(_LABELS.values())}")
    return _LEVELS[label]


def tlp_level_of(marking_ids: Iterable[str]) -> TlpLevel | None:
    """The strictest TLP level among marking ids; None where none of them is a TLP marking."""
    found = None
    for marking_id in marking_ids:
        level = _LEVEL_OF_ID.get(marking_id)
        if level is not None and (found is None or level > found):
            found = level
    return found


def tlp_marking_id(level: TlpLevel) -> str:
    """The id of the TLP 2.0 marking definition of a level."""
    return TLP_20_IDS[level.label]


def object_markings(obj: Mapping[str, Any]) -> tuple[str, ...]:
    """The marking definitions that apply to a whole object (section 7.2.2), each once, in its order."""
    return _texts(obj.get("object_marking_refs"))


def all_markings(obj: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of the whole object, then those of its parts (section 7.2.3)."""
    parts = obj.get("granular_markings")
    granular = (
        [p.get("marking_ref") for p in parts if isinstance(p, Mapping)] if isinstance(parts, list) else []
    )
    return tuple(dict.fromkeys((*object_markings(obj), *_texts(granular))))


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(dict.fromkeys(item for item in value if isinstance(item, str)))


def is_marked(obj: Mapping[str, Any], hidden: Collection[str]) -> bool:
    """Whether the whole object has one of the markings."""
    return any(marking in hidden for marking in object_markings(obj))
