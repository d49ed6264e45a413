"""Versions that are stored, described again from their texts."""

from collections.abc import Iterable

import orjson

from stack.store.database import Database
from stack.store.indexing import Described
from stack.store.planning import KnownVersion
from stack.store.reading import read_texts
from stack.store.statements import describe_statement


def describe_versions(database: Database, versions: Iterable[KnownVersion]) -> dict[int, Described]:
    """Each stored version by its id: what it states, and its audience."""
    audiences = {version.id: version.audience_id for version in versions}
    texts = read_texts(database, list(audiences))
    return {
        version_id: Described(describe_statement(text, orjson.loads(text)), audience_id)
        for version_id, text in texts.items()
        if (audience_id := audiences[version_id]) is not None
    }
