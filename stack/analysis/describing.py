"""Objects of the store as analyses see them: with labels, sources, and until when they hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from stack.accounts.principal import Principal
from stack.analysis.base import KnownObject, KnownSource
from stack.stix.observables.keys import ROLE_CODES, derive_keys
from stack.stix.observables.kinds import Kind
from stack.stix.timestamps import parse_instant
from stack.store.queries import iterate_texts
from stack.store.queries.stated import find_object_sources
from stack.store.records import ObjectRow

ANALYSES: Final = "analysis"
"""The kind of the source of what analyses state; it is no witness for further ones."""

_ROLES: Final = {code: role.value for role, code in ROLE_CODES.items()}
_HASHES: Final = frozenset({Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512, Kind.SSDEEP, Kind.TLSH})
_LABELS: Final = ("labels", "indicator_types", "malware_types", "tool_types", "infrastructure_types")


@dataclass(frozen=True, slots=True)
class Described:
    """What of an object only its text and its statements tell; `hashes` are (kind, text)."""

    fields: Mapping[str, Any]
    hashes: tuple[tuple[str, str], ...]


def make_known(row: ObjectRow, role: int, described: Mapping[int, Described]) -> KnownObject:
    """`role` is the code of how it has the value; 0 where only a network that it has contains the value."""
    return KnownObject(
        stix_id=row.stix_id,
        type=row.type,
        name=row.name,
        role=_ROLES.get(role, "network"),
        modified=row.modified,
        is_revoked=row.revoked,
        confidence=row.confidence,
        **described[row.id].fields,
    )


def describe_objects(principal: Principal, rows: Mapping[int, ObjectRow]) -> dict[int, Described]:
    """By row id; without what only analyses state."""
    stated = find_object_sources(principal, list(rows))
    sources = {
        row_id: tuple(KnownSource(name, reliability) for name, kind, reliability in each if kind != ANALYSES)
        for row_id, each in stated.items()
    }
    by_id = {rows[row_id].stix_id: row_id for row_id, each in sources.items() if each}
    texts = iterate_texts(principal, object_ids=list(by_id.values()))
    return {
        by_id[obj["id"].lower()]: Described(
            fields={
                "sources": sources[by_id[obj["id"].lower()]],
                "labels": tuple(dict.fromkeys(_list_labels(obj))),
                "valid_until": _read_instant(obj.get("valid_until")),
            },
            hashes=tuple((key.kind.value, key.text) for key in derive_keys(obj) if key.kind in _HASHES),
        )
        for obj in map(orjson.loads, texts)
    }


def _list_labels(obj: Mapping[str, Any]) -> Iterator[str]:
    for name in _LABELS:
        yield from (label for label in obj.get(name) or () if isinstance(label, str))


def _read_instant(text: object) -> int | None:
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except ValueError:
        return None
