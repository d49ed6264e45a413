"""A row of a table: what is told of each value where there is room to tell more than the value."""

from stack.sharing.exporting.rows import Row
from stack.stix.markings import tlp_level_of

FLAT_COLUMNS = (
    "value",
    "kind",
    "path",
    "id",
    "type",
    "name",
    "description",
    "indicator_types",
    "labels",
    "confidence",
    "tlp",
    "valid_from",
    "valid_until",
    "modified",
    "revoked",
)
FLAT_PROPERTIES = frozenset(
    {
        "confidence",
        "description",
        "id",
        "indicator_types",
        "labels",
        "modified",
        "name",
        "object_marking_refs",
        "revoked",
        "type",
        "valid_from",
        "valid_until",
    }
)


def flatten_row(row: Row) -> dict[str, str | int | bool | list[str] | None]:
    """The columns of a value, in their order; texts as they are stored."""
    level = tlp_level_of(row.get_texts("object_marking_refs"))
    return {
        "value": row.value,
        "kind": str(row.kind),
        "path": row.path,
        "id": row.get_text("id"),
        "type": row.get_text("type"),
        "name": row.get_text("name"),
        "description": row.get_text("description"),
        "indicator_types": row.get_texts("indicator_types"),
        "labels": row.get_texts("labels"),
        "confidence": row.confidence,
        "tlp": None if level is None else level.label,
        "valid_from": row.get_text("valid_from") or None,
        "valid_until": row.get_text("valid_until") or None,
        "modified": row.get_text("modified") or None,
        "revoked": row.properties.get("revoked") is True,
    }
