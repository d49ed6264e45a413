"""Which of some objects a query finds, for whoever keeps up a set of objects that follows a query.

Asked audience by audience: so each face of an object is judged by itself, and what one organisation states in
private moves nothing in or out that another sees.
"""

from collections.abc import Mapping, Sequence

from stack.accounts.principal import Principal
from stack.core.errors import Unavailable
from stack.search.base import SearchRequest, Sort
from stack.search.choice import choose_backend
from stack.search.copying import read_cursor
from stack.search.query_language import parse_query
from stack.search.query_tree import And, Everything, Objects
from stack.search.resolving import Resolver


def finds_everything(query: str) -> bool:
    """Whether the query is one that finds all there is, such as `*`. BadInput for what is no query."""
    return isinstance(parse_query(query).node, Everything)


def indexed_up_to() -> int:
    """The change up to which the index that is asked has taken the log in; 0 where there is none."""
    name = choose_backend().cursor_name()
    return read_cursor(name) if name else 0


def filter_found(principal: Principal, query: str, faces: Mapping[int, Sequence[int]]) -> frozenset[int]:
    """Those of the faces (row ids by audience) that the query finds, as the principal would write it.

    BadInput where it is no query (any more), Unavailable where the index cannot be asked.
    """
    node = Resolver(principal).resolve(parse_query(query).node)
    backend = choose_backend()
    found: set[int] = set()
    for audience_id, face_ids in faces.items():
        answer = backend.search(
            SearchRequest(
                node=And((node, Objects(tuple(face_ids)))),
                audiences=frozenset({audience_id}),
                sort=Sort.MODIFIED,
                limit=len(face_ids),
                is_counted=False,
            )
        )
        if not answer.is_ready:
            raise Unavailable(f"The index cannot be asked: {answer.trouble or 'it is being built'}")
        found.update(hit.object_id for hit in answer.hits)
    return frozenset(found)
