"""Sources in queries and facets: people write their names, the index holds their ids."""

import re
from collections.abc import Mapping, Sequence

from stack.search import query_tree as tree
from stack.stix.observables.normalise import fold

_GAPS = {tree.Gap.ANY: ".*", tree.Gap.ONE: "."}


def asks_for_source(node: tree.Node) -> bool:
    match node:
        case tree.And(parts) | tree.Or(parts):
            return any(asks_for_source(part) for part in parts)
        case tree.Not(part):
            return asks_for_source(part)
        case tree.Term("source") | tree.Wildcard("source"):
            return True
        case _:
            return False


def resolve_sources(node: tree.Node, names: Mapping[int, str]) -> tree.Node:
    """The query with names of sources replaced by the ids of those that the principal has."""
    match node:
        case tree.And(parts):
            return tree.And(tuple(resolve_sources(part, names) for part in parts))
        case tree.Or(parts):
            return tree.Or(tuple(resolve_sources(part, names) for part in parts))
        case tree.Not(part):
            return tree.Not(resolve_sources(part, names))
        case tree.Term("source", text):
            return _match_ids([each for each, name in names.items() if fold(name) == fold(text)])
        case tree.Wildcard("source", pieces):
            pattern = re.compile(
                "".join(re.escape(fold(p)) if isinstance(p, str) else _GAPS[p] for p in pieces), re.DOTALL
            )
            return _match_ids([each for each, name in names.items() if pattern.fullmatch(fold(name))])
        case _:
            return node


def resolve_filter(values: Sequence[str], names: Mapping[int, str]) -> list[str]:
    """Ids of sources, given as ids or as names; what is neither stays as it is and matches nothing."""
    ids = {fold(name): str(each) for each, name in names.items()}
    return [ids.get(fold(value), value) for value in values]


def _match_ids(ids: Sequence[int]) -> tree.Node:
    return tree.Or(tuple(tree.Term("source", str(each)) for each in ids))
