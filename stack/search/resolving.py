"""What people name in a query and the index knows by number: sources by their names, objects by STIX ids."""

import re
from collections.abc import Mapping, Sequence

from stack.accounts.principal import Principal
from stack.search import query_tree as tree
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import fold
from stack.store.queries import get_object, name_sources

_NO_SOURCE = "none"
_GAPS = {tree.Gap.ANY: ".*", tree.Gap.ONE: "."}


class Resolver:
    """Resolves for one principal: what it may not see is not there. Names of sources are read once."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal
        self._names: dict[int, str] | None = None

    @property
    def source_names(self) -> Mapping[int, str]:
        if self._names is None:
            self._names = name_sources(self._principal)
        return self._names

    def resolve(self, node: tree.Node) -> tree.Node:  # noqa: PLR0911 - one case per kind of node
        match node:
            case tree.And(parts):
                return tree.And(tuple(map(self.resolve, parts)))
            case tree.Or(parts):
                return tree.Or(tuple(map(self.resolve, parts)))
            case tree.Not(part):
                return tree.Not(self.resolve(part))
            case tree.Term("source") | tree.Wildcard("source"):
                return self._resolve_source(node)
            case tree.Term("id", text):
                return self._resolve_id(text)
            case tree.Value(_, observable) if observable.kind is Kind.STIX_ID:
                return self._resolve_id(observable.value)
            case _:
                return node

    def resolve_filter(self, values: Sequence[str]) -> list[str]:
        """Ids of the principal's sources, given as ids or as names; anything else matches nothing."""
        ids = {str(each): str(each) for each in self.source_names}
        ids |= {fold(name): str(each) for each, name in self.source_names.items()}
        return [ids.get(fold(value), _NO_SOURCE) for value in values]

    def _resolve_source(self, node: tree.Term | tree.Wildcard) -> tree.Node:
        if isinstance(node, tree.Term):
            pattern = re.escape(fold(node.text))
        else:
            pattern = "".join(re.escape(fold(p)) if isinstance(p, str) else _GAPS[p] for p in node.pieces)
        wanted = re.compile(pattern, re.DOTALL)
        found = [each for each, name in self.source_names.items() if wanted.fullmatch(fold(name))]
        return tree.Or(tuple(tree.Term("source", str(each)) for each in found))

    def _resolve_id(self, text: str) -> tree.Node:
        row = get_object(self._principal, text.strip().lower())
        return tree.Objects((row.id,) if row else ())
