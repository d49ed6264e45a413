"""Outputs as the members of a JSON document, which the REST API and the command line share (docs/api.md).

Times are microseconds UTC here; each face writes them its own way.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from stack.accounts.names import bad_field
from stack.sharing.exporting.records import ExportRequest
from stack.sharing.exporting.words import describe_left_out, describe_losses
from stack.sharing.outputs.records import LastRun, OutputKeyRow, OutputRow
from stack.stix.markings import TlpLevel

WriteTime = Callable[[int | None], Any]


def describe_output(row: OutputRow, write_time: WriteTime) -> dict[str, Any]:
    """An output with its keys and its last run."""
    return {
        "id": row.id,
        "title": row.title,
        "uid": row.uid,
        "description": row.description,
        "format": row.format,
        "options": dict(row.options),
        "query": row.query,
        "collection_id": row.collection_id,
        "collection": row.collection,
        "types": list(row.types),
        "min_confidence": row.minimum_confidence,
        "tlp_ceiling": None if row.tlp_ceiling is None else TlpLevel(row.tlp_ceiling).label,
        "known_good": row.known_good,
        "invalid": row.invalid,
        "created_at": write_time(row.created_at),
        "changed_at": write_time(row.changed_at),
        "path": row.path,
        "keys": [_describe_key(key, write_time) for key in row.keys],
        "last_run": None if row.last_run is None else _describe_run(row.last_run, write_time),
    }


def apply_draft(request: ExportRequest, given: Mapping[str, Any]) -> ExportRequest:
    """The request with the members of a draft that it has; a query takes the place of a collection, and
    conversely. BadInput for a TLP level that there is not."""
    names = ("format", "options", "query", "collection", "known_good", "invalid")
    asked: dict[str, Any] = {name: given[name] for name in names if given.get(name) is not None}
    if "tlp_ceiling" in given:
        asked["tlp_ceiling"] = _read_level(given["tlp_ceiling"])
    if given.get("min_confidence") is not None:
        asked["minimum_confidence"] = given["min_confidence"]
    if given.get("types") is not None:
        asked["types"] = tuple(given["types"])
    if asked.get("query") and not asked.get("collection"):
        asked["collection"] = ""
    elif asked.get("collection") and not asked.get("query"):
        asked["query"] = ""
    return replace(request, **asked)


def _read_level(label: str | None) -> int | None:
    levels = {level.label: int(level) for level in TlpLevel}
    if label is not None and label not in levels:
        raise bad_field("tlp_ceiling", f"expected one of {', '.join(levels)}")
    return None if label is None else levels[label]


def _describe_key(key: OutputKeyRow, write_time: WriteTime) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "owner": key.owner,
        "networks": list(key.networks),
        "tlp_ceiling": TlpLevel(key.tlp_ceiling).label,
        "created_at": write_time(key.created_at),
        "expires_at": write_time(key.expires_at),
        "fetched_at": write_time(key.fetched_at),
        "last_used_from": key.last_used_from,
        "fetches": key.fetches,
    }


def _describe_run(run: LastRun, write_time: WriteTime) -> dict[str, Any]:
    return {
        "ran_at": write_time(run.ran_at),
        "changed_at": write_time(run.made_at),
        "bytes": run.size,
        "items": run.items,
        "entries": run.entries,
        "left_out": describe_left_out(run.left_out),
        "losses": describe_losses(run.losses),
    }
