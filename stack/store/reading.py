"""Texts by version, as bytes: the one place where they are read."""

from collections.abc import Sequence

from stack.store.database import Database


def read_texts(database: Database, version_ids: Sequence[int]) -> dict[int, bytes]:
    """The exact text of each version that there is."""
    rows = database.read_members("SELECT id, body FROM store_text WHERE id {members}", list(version_ids))
    return {row_id: body.encode("utf-8") for row_id, body in rows}
