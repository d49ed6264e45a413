"""The columns of the tables that batches fill, in the order in which their rows are made."""

from typing import Final

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "store_edge": ("from_id", "kind_id", "to_id", "via_id"),
    "store_change": ("sequence", "object_id", "kind", "at"),
    "store_text": ("id", "body"),
    "store_key": ("value", "kind", "object_id", "role"),
    "store_version": (
        "id",
        "object_id",
        "source_id",
        "sha256",
        "modified",
        "audience_id",
        "first_received",
        "last_received",
        "times_received",
        "redacted",
    ),
    "store_object": (
        "id",
        "uuid",
        "type",
        "head",
        "name",
        "created",
        "modified",
        "revoked",
        "confidence",
        "score",
        "audience_id",
    ),
    "store_entry": (
        "selection_id",
        "added_at",
        "face_id",
        "version_id",
        "audience_id",
        "type",
        "version",
        "is_last",
        "is_first",
        "is_withheld",
        "removed_at",
    ),
    "store_pick": ("selection_id", "uuid", "type", "is_member", "picked_at"),
}
