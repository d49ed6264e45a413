"""Versions that are stored, described again from their texts."""

from collections.abc import Iterable

import orjson

from stack.store.database import Database
from stack.store.reading import read_texts
from stack.store.records import Statement
from stack.store.statements import describe_statement


def describe_versions(database: Database, version_ids: Iterable[int]) -> dict[int, Statement]:
    """What each stored version states, by its id."""
    texts = read_texts(database, list(version_ids))
    return {version_id: describe_statement(text, orjson.loads(text)) for version_id, text in texts.items()}
