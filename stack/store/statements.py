"""From one STIX object as it came to what the store keeps of it."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from stack.stix.documents import reference_properties
from stack.stix.ids import is_id, parse_id
from stack.stix.markings import all_markings
from stack.stix.observables.keys import derive_keys
from stack.stix.timestamps import parse_instant
from stack.store.records import EdgeDraft, Statement

NAME_LIMIT = 300

# Where an object's display name is found, for types that have no `name`.
_NAME_PROPERTIES = (
    "name",
    "value",
    "pattern",
    "abstract",
    "opinion",
    "relationship_type",
    "key",
    "path",
    "user_id",
    "account_login",
    "display_name",
    "command_line",
    "subject",
    "number",
    "product",
    "definition_type",
)
# Markings are the audience, which is a column: an edge to each would make every object a neighbour of TLP.
_MARKING_PROPERTIES = frozenset({"object_marking_refs", "marking_ref"})
_RELATIONSHIP_ENDS = frozenset({"source_ref", "target_ref"})


def describe_statement(text: bytes, obj: Mapping[str, Any]) -> Statement:
    """What the store derives from `obj`, the decoded form of `text`, which must have passed validation."""
    identity = parse_id(obj["id"])
    return Statement(
        stix_id=obj["id"].lower(),
        type=obj["type"],
        uuid=identity.uuid,
        text=text,
        sha256=hashlib.sha256(text).digest(),
        name=name_object(obj),
        created=_read_instant(obj, "created"),
        modified=_read_instant(obj, "modified"),
        revoked=obj.get("revoked") is True,
        confidence=obj.get("confidence"),
        markings=_read_markings(obj),
        keys=derive_keys(obj),
        edges=_derive_edges(obj),
    )


def name_object(obj: Mapping[str, Any]) -> str:
    """One line by which people recognise the object."""
    for name in _NAME_PROPERTIES:
        value = obj.get(name)
        if name == "definition_type" and isinstance(definition := obj.get("definition"), dict):
            value = definition.get("statement", value)  # what it says, not that it says something
        if value not in (None, ""):
            line = _replace_nul(" ".join(str(value).split()))
            return line if len(line) <= NAME_LIMIT else line[: NAME_LIMIT - 1] + "…"
    hashes = obj.get("hashes")
    return _replace_nul(str(next(iter(hashes.values())))) if isinstance(hashes, dict) and hashes else ""


def _replace_nul(line: str) -> str:
    """JSON may hold the character, PostgreSQL may not; the text of the object keeps it."""
    return line.replace("\x00", "\ufffd")


def _read_markings(obj: Mapping[str, Any]) -> tuple[str, ...]:
    """Of the whole object and of its parts: who may see a statement whole may see each part of it."""
    if "granular_markings" in obj:
        return tuple(sorted(all_markings(obj)))
    return tuple(sorted(set(obj.get("object_marking_refs", ()))))


def _read_instant(obj: Mapping[str, Any], name: str) -> int | None:
    text = obj.get(name)
    return None if text is None else parse_instant(text)


def _derive_edges(obj: Mapping[str, Any]) -> tuple[EdgeDraft, ...]:
    """A relationship is one edge between its ends; any other reference is an edge from the object."""
    edges: dict[tuple[str, str, str], None] = {}
    is_relationship = obj["type"] == "relationship"
    if is_relationship:
        ends = _read_target(obj["target_ref"]), _read_target(obj["source_ref"])
        edges[_replace_nul(obj["relationship_type"]), *ends] = None
    for name, target in reference_properties(obj):
        if name in _MARKING_PROPERTIES or (is_relationship and name in _RELATIONSHIP_ENDS):
            continue
        if to_id := _read_target(target):
            edges[_replace_nul(name), to_id, ""] = None
    return tuple(EdgeDraft(kind=kind, to_id=to_id, from_id=from_id) for kind, to_id, from_id in edges)


@lru_cache(maxsize=65_536)
def _read_target(text: str) -> str:
    """The id in its one spelling; empty for what a custom `_ref` holds that is none: it stays in the text.

    Cached, because most references of a bundle are to the same few objects.
    """
    return text.lower() if is_id(text) else ""
