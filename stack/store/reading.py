"""Texts by version, as bytes: the one place where they are read and compared."""

from collections.abc import Sequence

import orjson

from stack.store.database import Database


def read_texts(database: Database, version_ids: Sequence[int]) -> dict[int, bytes]:
    """The exact text of each version that there is."""
    rows = database.read_members("SELECT id, body FROM store_text WHERE id {members}", list(version_ids))
    return {row_id: body.encode("utf-8") for row_id, body in rows}


def is_same_content(first: bytes, second: bytes) -> bool:
    """Whether two texts differ in nothing but the order of keys and white space."""
    return bool(orjson.loads(first) == orjson.loads(second))
