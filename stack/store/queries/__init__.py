"""Every read of the store. Each takes the `Principal` first, and none has an unfiltered variant.

The exceptions are named for it: `changes.read_changes` and `changes.read_heads` give the indexer what it
needs to build a copy that carries each object's audience.
"""

from stack.store.queries.changes import (
    last_change,
    list_recent_changes,
    list_withdrawn,
    read_changes,
    read_heads,
)
from stack.store.queries.markings import get_access, list_markings
from stack.store.queries.neighbours import count_neighbours, list_neighbours
from stack.store.queries.objects import (
    count_by_type,
    find_objects,
    get_object,
    get_text,
    hydrate,
    iterate_texts,
    list_objects,
)
from stack.store.queries.sources import get_source, list_sources, name_sources
from stack.store.queries.values import (
    find_values,
    list_keys,
    list_networks,
    list_values,
    match_values,
    suggest_values,
)
from stack.store.queries.versions import list_versions

__all__ = [
    "count_by_type",
    "count_neighbours",
    "find_objects",
    "find_values",
    "get_access",
    "get_object",
    "get_source",
    "get_text",
    "hydrate",
    "iterate_texts",
    "last_change",
    "list_keys",
    "list_markings",
    "list_neighbours",
    "list_networks",
    "list_objects",
    "list_recent_changes",
    "list_sources",
    "list_values",
    "list_versions",
    "list_withdrawn",
    "match_values",
    "name_sources",
    "read_changes",
    "read_heads",
    "suggest_values",
]
