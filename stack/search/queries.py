"""Search for people and programs: one query language, filtered by audience, rechecked in the store."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput, FieldError, Unavailable
from stack.core.watching import watching_search
from stack.search.base import Facet, Found, Hit, SearchRequest, Sort
from stack.search.choice import choose_backend
from stack.search.copying import read_cursor
from stack.search.fallback import ask_store
from stack.search.fields import FACETS
from stack.search.paging import read_token, write_token
from stack.search.query_language import ParsedQuery, parse_query
from stack.search.query_tree import And, Node, Not, Objects
from stack.search.records import FacetCount, SearchHit, SearchPage
from stack.search.resolving import Resolver
from stack.search.snippets import Snippet, SnippetMaker
from stack.store.access import visible_audiences
from stack.store.queries import hydrate, iterate_texts, last_change, list_withdrawn
from stack.store.records import ObjectRow

LARGEST_PAGE = 1_000
_MOST_ROUNDS = 20
_NOT_READY = "the search index is being built"
NO_FILTERS: Mapping[str, Sequence[str]] = {}


@watching_search("search")
def search_objects(
    principal: Principal,
    *,
    query: str,
    types: Sequence[str] = (),
    filters: Mapping[str, Sequence[str]] = NO_FILTERS,
    sort: str = "relevance",
    limit: int = 50,
    after: str | None = None,
    facets: Sequence[str] = (),
    reading: str = "auto",
    with_snippets: bool = True,
    must_be_whole: bool = False,
) -> SearchPage:
    """Objects that match `query` (docs/search.md), `types` and every one of `filters`.

    Values of one filter are alternatives. A facet is counted under the query and all other filters, so that
    its counts say what choosing that value would show. `sort` is relevance, modified, created or name;
    `reading="text"` takes every word literally. Raises BadInput with the position of the fault.

    Where the index cannot be asked, the first page comes from the store alone and its `notice` says what that
    leaves out; Unavailable for a later page, and at once for who `must_be_whole`.
    """
    principal.require(Permission.READ)
    order = _read_sort(sort)
    parsed = parse_query(query, reading=reading)
    chosen = _read_filters(filters, types)
    _check_facets(facets)
    resolver = Resolver(principal)
    if "source" in chosen:
        chosen["source"] = resolver.resolve_filter(chosen["source"])
    request = SearchRequest(
        node=resolver.resolve(parsed.node),
        audiences=visible_audiences(principal),
        filters=chosen,
        sort=order,
        limit=min(max(limit, 1), LARGEST_PAGE),
        after=read_token(after, sort=order) if after else None,
        facets=facets,
    )
    checked = _find_visible(principal, request)
    if not checked.found.is_ready:
        trouble = checked.found.trouble or _NOT_READY
        if must_be_whole or request.after is not None:
            raise Unavailable(
                f"Not all that matches can be listed: {trouble}", remedy="Try again in a while."
            )
        return _answer_from_store(principal, request, parsed, trouble)
    hits = checked.shown[: request.limit]
    has_more = len(checked.shown) > request.limit
    return SearchPage(
        total=checked.found.total - checked.hidden,
        total_is_exact=not checked.hidden,
        hits=_make_hits(principal, parsed.node if with_snippets else None, [row for _, row in hits]),
        facets={name: _label_facet(name, rows, resolver) for name, rows in checked.found.facets.items()},
        next=write_token(order, hits[-1][0].position) if has_more else None,
        reading=parsed.reading,
    )


def _answer_from_store(
    principal: Principal, request: SearchRequest, parsed: ParsedQuery, trouble: str
) -> SearchPage:
    """What is found without an index, and in words what is not."""
    answer = ask_store(principal, request)
    notice = f"{trouble}; this comes from the database alone: values, ids, and names by their beginning"
    if answer.unanswered:
        notice += f"; not checked: {', '.join(answer.unanswered)}"
    return SearchPage(
        total=answer.total,
        total_is_exact=False,
        hits=_make_hits(principal, parsed.node, answer.rows),
        facets={name: [] for name in request.facets},
        next=None,
        reading=f"{parsed.reading}; {notice}",
        notice=f"{notice[:1].upper()}{notice[1:]}.",
    )


def _make_hits(principal: Principal, node: Node | None, rows: Sequence[ObjectRow]) -> list[SearchHit]:
    """With snippets, unless there is no `node` to mark the words of."""
    snippets = {} if node is None else _make_snippets(principal, node, rows)
    nothing = Snippet("", ())
    return [
        SearchHit(row, snippet.text, snippet.marks)
        for row in rows
        for snippet in [snippets.get(row.stix_id, nothing)]
    ]


def _leave_out_withdrawn(principal: Principal, node: Node, cursor: str) -> Node:
    """What the index still has and the principal may not see any more is not even counted."""
    withdrawn = list_withdrawn(principal, after=read_cursor(cursor))
    return And((node, Not(Objects(tuple(withdrawn))))) if withdrawn else node


@dataclass(frozen=True, slots=True)
class _Checked:
    """What the index found first, the hits that the store confirms, and how many it did not confirm."""

    found: Found
    shown: list[tuple[Hit, ObjectRow]]
    hidden: int


def _find_visible(principal: Principal, request: SearchRequest) -> _Checked:
    """Up to one hit more than asked for, each rechecked in the store: a raised marking holds at once."""
    backend = choose_backend()
    cursor = backend.cursor_name()
    # Without an index there is nothing in it that was withdrawn; it is asked all the same, for the reason.
    node = _leave_out_withdrawn(principal, request.node, cursor) if cursor else request.node
    asked = replace(request, node=node, limit=request.limit + 1)
    first = found = backend.search(asked)
    if not (found.is_ready or found.trouble or last_change()):
        # Nothing was ever taken in, so an index that was not made yet has nothing to add.
        return _Checked(Found(0, [], {name: [] for name in request.facets}), [], 0)
    shown: list[tuple[Hit, ObjectRow]] = []
    hidden = 0
    for _ in range(_MOST_ROUNDS):
        rows = hydrate(principal, [hit.object_id for hit in found.hits])
        shown += [(hit, rows[hit.object_id]) for hit in found.hits if hit.object_id in rows]
        hidden += len(found.hits) - len(rows)
        if len(found.hits) < asked.limit or len(shown) > request.limit:
            break
        found = backend.search(replace(asked, after=found.hits[-1].position, facets=()))
        if not found.is_ready:
            first = found
            break
    return _Checked(first, shown, hidden)


def _make_snippets(principal: Principal, node: Node, rows: Sequence[ObjectRow]) -> dict[str, Snippet]:
    """By STIX id, from the texts as the store has them now."""
    maker = SnippetMaker(node)
    snippets = {}
    for text in iterate_texts(principal, object_ids=[row.id for row in rows]):
        with suppress(msgspec.MsgspecError, RecursionError):  # a hit without a snippet is still a hit
            obj: dict[str, Any] = msgspec.json.decode(text)
            snippets[str(obj["id"]).lower()] = maker.make(obj)
    return snippets


def _label_facet(name: str, rows: Sequence[Facet], resolver: Resolver) -> list[FacetCount]:
    if name != "source":
        return [FacetCount(row.value, row.count, row.value) for row in rows]
    # The index counts the sources of all organisations; only the principal's own have a name here.
    names = resolver.source_names
    return [
        FacetCount(row.value, row.count, names[int(row.value)]) for row in rows if int(row.value) in names
    ]


def _read_sort(sort: str) -> Sort:
    try:
        return Sort(sort)
    except ValueError:
        raise BadInput(f"No order “{sort}”", remedy=f"Use {', '.join(Sort)}.") from None


def _read_filters(filters: Mapping[str, Sequence[str]], types: Sequence[str]) -> dict[str, Sequence[str]]:
    chosen = {name: values for name, values in filters.items() if values}
    for name in chosen:
        _check_facets([name])
    if types:
        already = chosen.get("type")
        chosen["type"] = [each for each in types if each in already] if already else list(types)
    return chosen


def _check_facets(names: Sequence[str]) -> None:
    for name in names:
        if name not in FACETS:
            raise BadInput(
                f"“{name}” is no facet",
                remedy=f"Use {', '.join(FACETS)}.",
                errors=(FieldError(name, "expected the name of a facet"),),
            )
