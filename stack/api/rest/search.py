"""`/search`: objects by query, with facets and pages."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.items import OBJECT_EXAMPLE, ObjectItem, object_item
from stack.api.rest.parameters import NO_NUL, After, Limit, QueryText, Types
from stack.core.errors import BadInput, FieldError
from stack.search.fields import FACETS
from stack.search.queries import search_objects
from stack.search.records import SearchHit

_PAGE_EXAMPLE: dict[str, Any] = {
    "total": 1,
    "total_is_exact": True,
    "hits": [{"object": OBJECT_EXAMPLE, "snippet": "RTM is custom malware", "marks": [[0, 3]]}],
    "facets": {"type": [{"value": "malware", "count": 1, "label": "Malware"}]},
    "next": None,
    "reading": "rtm",
}
_Short = Annotated[str, Query(max_length=1000, pattern=NO_NUL)]
Filters = Annotated[
    tuple[_Short, ...],
    Query(
        alias="filter",
        max_length=50,
        description="`field:value`, of a field that can be a facet; values of one field are alternatives",
    ),
]
Facets = Annotated[
    tuple[_Short, ...],
    Query(
        alias="facet",
        max_length=20,
        description=f"Count the found objects by this field, one of {', '.join(FACETS)}; may be repeated",
    ),
]
router = Router(tags=["search"])


class HitItem(BaseModel):
    object: ObjectItem
    snippet: str = Field(description="The piece of text that matched, as plain text")
    marks: list[tuple[int, int]] = Field(description="Start and end of what matched, in characters of it")


class FacetItem(BaseModel):
    value: str
    count: int
    label: str


class HitList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_PAGE_EXAMPLE]})

    total: int
    total_is_exact: bool
    hits: list[HitItem]
    facets: dict[str, list[FacetItem]]
    next: str | None
    reading: str = Field(description="How the query was understood")


@router.get("/search", response=HitList, auth=Needs(Permission.READ, cost=Cost.EXPENSIVE))
def search(
    request: ApiRequest,
    *,
    q: QueryText = "",
    types: Types = (),
    filters: Filters = (),
    facets: Facets = (),
    sort: Literal["relevance", "modified", "created", "name"] = "relevance",
    reading: Literal["auto", "text"] = "auto",
    limit: Limit = 50,
    after: After = None,
) -> HitList:
    """A page of the objects that match; `reading=text` takes every word of the query literally."""
    page = search_objects(
        request.auth,
        query=q,
        types=types,
        filters=_read_filters(filters),
        sort=sort,
        limit=limit,
        after=after,
        facets=facets,
        reading=reading,
    )
    return HitList(
        total=page.total,
        total_is_exact=page.total_is_exact,
        hits=[_hit_item(hit) for hit in page.hits],
        facets={
            name: [FacetItem(value=row.value, count=row.count, label=row.label) for row in rows]
            for name, rows in page.facets.items()
        },
        next=page.next,
        reading=page.reading,
    )


def _hit_item(hit: SearchHit) -> HitItem:
    return HitItem(object=object_item(hit.row), snippet=hit.snippet, marks=list(hit.marks))


def _read_filters(texts: Sequence[str]) -> dict[str, list[str]]:
    filters: dict[str, list[str]] = {}
    for position, text in enumerate(texts):
        name, colon, value = text.partition(":")
        if not (name and colon and value):
            field = f"filter[{position}]"
            raise BadInput(
                f"{field}: expected field:value, got “{text}”",
                errors=(FieldError(field, "expected field:value"),),
            )
        filters.setdefault(name, []).append(value)
    return filters
