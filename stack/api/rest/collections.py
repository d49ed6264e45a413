"""`/collections`: what is gathered to share; `/api-roots`: where TAXII clients find it."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Router
from ninja.params.functions import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.principal import Permission, Principal
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.pages import cut_page
from stack.api.rest.parameters import NO_NUL, After, BodyId, FieldName, Limit, StixId
from stack.api.rest.problems import nothing_to_change
from stack.api.rest.wire import instant
from stack.core.errors import BadInput, FieldError, NotFound
from stack.search.query_language import LONGEST_QUERY
from stack.sharing.collections import operations, queries
from stack.sharing.collections.picking import pick_objects, withdraw_object
from stack.sharing.collections.records import ApiRootRow, CollectionRow, Sharing
from stack.sharing.collections.words import read_shares, write_shares
from stack.store.selections.queries import count_entries, read_entries

_COLLECTION_EXAMPLE: dict[str, Any] = {
    "id": 3,
    "uid": "7a5cb0a8-2d1c-4a0f-8f5f-0d8f6f2d9d11",
    "root": "org-1",
    "alias": "botnets",
    "title": "Botnets",
    "description": "What we share about botnets",
    "query": "label:botnet",
    "organisation": "Analysts",
    "readers": ["group:Energy"],
    "writers": None,
    "can_read": True,
    "can_write": False,
    "is_own": True,
    "created_at": "2026-11-20T09:30:00Z",
    "taxii": "/taxii2/org-1/collections/7a5cb0a8-2d1c-4a0f-8f5f-0d8f6f2d9d11/",
}
_ROOT_EXAMPLE: dict[str, Any] = {
    "slug": "org-1",
    "title": "Analysts",
    "description": "What the organisation shares",
    "taxii": "/taxii2/org-1/",
}
_ROOT_DRAFT: dict[str, Any] = {
    "slug": "partners",
    "title": "Partners",
    "description": "For those outside our groups",
    "organisation_id": None,
}
_ENTRY_EXAMPLE: dict[str, Any] = {
    "stix_id": "malware--92ec0cbd-2c30-44a2-b270-73f4ec949841",
    "version": "2026-11-20T09:30:00Z",
    "added_at": "2026-11-20T09:31:00.000001Z",
}
_CHANGE_EXAMPLE: dict[str, Any] = {
    "title": "Botnets",
    "description": "What we share about botnets",
    "query": "label:botnet",
    "alias": "botnets",
    "readers": ["group:Energy"],
    "writers": None,
}
_DRAFT_EXAMPLE = _CHANGE_EXAMPLE | {"root": "org-1"}
router = Router(tags=["sharing"])

Text = Annotated[str, Field(max_length=5000, pattern=NO_NUL)]
Slug = Annotated[str, Field(max_length=60, pattern=NO_NUL)]
CollectionName = Annotated[
    str, Path(max_length=60, pattern=NO_NUL, description="Its number, TAXII id or alias")
]
RootName = Annotated[str, Path(max_length=60, pattern=NO_NUL, description="Its slug")]
Shares = Annotated[list[FieldName], Field(max_length=200)]


class CollectionItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_COLLECTION_EXAMPLE]})

    id: int
    uid: str = Field(description="What TAXII calls it")
    root: str
    alias: str
    title: str
    description: str
    query: str = Field(description="What feeds it; empty for what is picked by hand, and for others' eyes")
    organisation: str
    readers: list[str] = Field(description="everyone, org:NAME, group:NAME; told to its organisation alone")
    writers: list[str] | None = Field(description="The same; null where nobody may post")
    can_read: bool
    can_write: bool
    is_own: bool
    created_at: datetime
    taxii: str = Field(description="Its address on this server")


class CollectionList(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_COLLECTION_EXAMPLE], "next": None}]}
    )

    items: list[CollectionItem]
    next: str | None


class CollectionDetail(CollectionItem):
    model_config = ConfigDict(json_schema_extra={"examples": [_COLLECTION_EXAMPLE | {"objects": 120}]})

    objects: int = Field(description="How many objects of it you may see")


class CollectionDraft(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DRAFT_EXAMPLE]})

    title: FieldName
    description: Text = ""
    query: Annotated[str, Field(max_length=LONGEST_QUERY, pattern=NO_NUL)] = ""
    alias: Slug = ""
    root: Slug = ""
    readers: Shares = Field(default_factory=list)
    writers: Shares | None = None


class CollectionChange(BaseModel):
    """What is left out stays as it is; `writers` null: nobody may post."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_CHANGE_EXAMPLE]})

    title: FieldName | None = None
    description: Text | None = None
    query: Annotated[str, Field(max_length=LONGEST_QUERY, pattern=NO_NUL)] | None = None
    alias: Slug | None = None
    readers: Shares | None = None
    writers: Shares | None = None


class CollectionEntryItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY_EXAMPLE]})

    stix_id: str
    version: datetime
    added_at: datetime


class CollectionEntryList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ENTRY_EXAMPLE], "next": None}]})

    items: list[CollectionEntryItem]
    next: str | None


class PickDraft(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"stix_ids": [_ENTRY_EXAMPLE["stix_id"]]}]}
    )

    stix_ids: list[Annotated[str, Field(max_length=300, pattern=NO_NUL)]] = Field(max_length=10_000)


class Picked(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"picked": 1}]})

    picked: int


class ApiRootItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_ROOT_EXAMPLE]})

    slug: str
    title: str
    description: str
    taxii: str = Field(description="Its address on this server")


class ApiRootList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ROOT_EXAMPLE]}]})

    items: list[ApiRootItem]


class ApiRootDraft(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_ROOT_DRAFT]})

    slug: Slug
    title: FieldName
    description: Text = ""
    organisation_id: BodyId | None = Field(default=None, description="Whose it is; by default your own")


@router.get("/collections", response=CollectionList, auth=Needs(Permission.READ))
def list_collections(
    request: ApiRequest,
    *,
    root: Annotated[str | None, Query(max_length=60, pattern=NO_NUL)] = None,
    limit: Limit = 100,
    after: After = None,
) -> CollectionList:
    """The collections that you may read or write."""
    rows, following = cut_page(queries.list_collections(request.auth, root=root), limit=limit, after=after)
    return CollectionList(
        items=[CollectionItem(**_describe(request.auth, row)) for row in rows], next=following
    )


@router.post(
    "/collections",
    response={201: CollectionItem},
    auth=Needs(Permission.MANAGE_SHARING, also=Permission.READ),
)
def create_collection(request: ApiRequest, body: CollectionDraft) -> CollectionItem:
    """A new collection; it is filled in the background."""
    principal = request.auth
    row = operations.create_collection(
        principal,
        title=body.title,
        description=body.description,
        query=body.query,
        alias=body.alias,
        root=body.root,
        readers=read_shares(principal, body.readers, field="readers"),
        writers=None if body.writers is None else read_shares(principal, body.writers, field="writers"),
    )
    return CollectionItem(**_describe(principal, row))


@router.get("/collections/{collection}", response=CollectionDetail, auth=Needs(Permission.READ))
def get_collection(request: ApiRequest, collection: CollectionName) -> CollectionDetail:
    """One collection, with how many objects of it you may see."""
    row = _find(request.auth, collection)
    objects = count_entries(request.auth, row.id) if row.can_read else 0
    return CollectionDetail(**_describe(request.auth, row), objects=objects)


@router.patch(
    "/collections/{collection}",
    response=CollectionItem,
    auth=Needs(Permission.MANAGE_SHARING, also=Permission.READ),
)
def change_collection(
    request: ApiRequest, collection: CollectionName, body: CollectionChange
) -> CollectionItem:
    """Another query is judged for every object in the background; what stays keeps its date."""
    principal, given = request.auth, body.model_fields_set
    if not given:
        raise nothing_to_change(*CollectionChange.model_fields)
    writers: Sharing | operations.Unchanged | None = operations.UNCHANGED
    if "writers" in given:
        writers = None if body.writers is None else read_shares(principal, body.writers, field="writers")
    row = operations.change_collection(
        principal,
        _find(principal, collection).id,
        title=body.title,
        description=body.description,
        query=body.query,
        alias=body.alias,
        readers=None if body.readers is None else read_shares(principal, body.readers, field="readers"),
        writers=writers,
    )
    return CollectionItem(**_describe(principal, row))


@router.delete(
    "/collections/{collection}",
    response={204: None},
    auth=Needs(Permission.MANAGE_SHARING, also=Permission.READ),
)
def delete_collection(request: ApiRequest, collection: CollectionName) -> None:
    """Ends it; its objects stay in the store."""
    operations.delete_collection(request.auth, _find(request.auth, collection).id)


@router.get(
    "/collections/{collection}/objects",
    response=CollectionEntryList,
    auth=Needs(Permission.EXPORT, also=Permission.READ),
)
def list_collection_objects(
    request: ApiRequest, collection: CollectionName, limit: Limit = 100, after: After = None
) -> CollectionEntryList:
    """The objects of a collection that you may see, in the order in which they came in."""
    row = _find(request.auth, collection)
    if not row.can_read:
        raise NotFound(f"There is no collection {collection} that you may read")
    page = read_entries(request.auth, row.id, after=_read_mark(after), limit=limit, with_text=False)
    items = [
        CollectionEntryItem(
            stix_id=each.stix_id, version=instant(each.version), added_at=instant(each.added_at)
        )
        for each in page.entries
    ]
    return CollectionEntryList(items=items, next=str(page.entries[-1].added_at) if page.has_more else None)


@router.post(
    "/collections/{collection}/objects", response=Picked, auth=Needs(Permission.INGEST, also=Permission.READ)
)
def pick_collection_objects(request: ApiRequest, collection: CollectionName, body: PickDraft) -> Picked:
    """Puts objects in by hand, as far as Stack has them, now or later."""
    row = _find(request.auth, collection)
    return Picked(picked=pick_objects(request.auth, row.id, body.stix_ids))


@router.delete(
    "/collections/{collection}/objects/{stix_id}",
    response={204: None},
    auth=Needs(Permission.INGEST, also=Permission.READ),
)
def withdraw_collection_object(request: ApiRequest, collection: CollectionName, stix_id: StixId) -> None:
    """Takes an object out by hand, whatever the query says; it stays in the store."""
    row = _find(request.auth, collection)
    if not withdraw_object(request.auth, row.id, stix_id):
        raise NotFound(f"There is no {stix_id} in the collection {collection}")


@router.get("/api-roots", response=ApiRootList, auth=Needs(Permission.READ))
def list_api_roots(request: ApiRequest) -> ApiRootList:
    """The API roots of TAXII in which you may find something."""
    return ApiRootList(items=[_describe_root(row) for row in queries.list_api_roots(request.auth)])


@router.post("/api-roots", response={201: ApiRootItem}, auth=Needs(Permission.ADMINISTER))
def create_api_root(request: ApiRequest, body: ApiRootDraft) -> ApiRootItem:
    """Another API root beside that of the organisation and those of its sharing groups."""
    return _describe_root(
        operations.create_api_root(
            request.auth,
            slug=body.slug,
            title=body.title,
            description=body.description,
            organisation_id=body.organisation_id,
        )
    )


@router.delete("/api-roots/{root}", response={204: None}, auth=Needs(Permission.ADMINISTER))
def delete_api_root(request: ApiRequest, root: RootName) -> None:
    """Only while there are no collections in it."""
    operations.delete_api_root(request.auth, root)


def _find(principal: Principal, name: str) -> CollectionRow:
    row = queries.find_collection(principal, name)
    if row is None:
        raise NotFound(f"There is no collection {name}", remedy="GET /api/v1/collections lists them.")
    return row


def _describe(principal: Principal, row: CollectionRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "uid": row.uid,
        "root": row.root,
        "alias": row.alias,
        "title": row.title,
        "description": row.description,
        "query": row.query,
        "organisation": row.organisation,
        "readers": write_shares(principal, row.readers),
        "writers": None if row.writers is None else write_shares(principal, row.writers),
        "can_read": row.can_read,
        "can_write": row.can_write,
        "is_own": row.is_own,
        "created_at": instant(row.created_at),
        "taxii": f"/taxii2/{row.root}/collections/{row.uid}/",
    }


def _describe_root(row: ApiRootRow) -> ApiRootItem:
    return ApiRootItem(
        slug=row.slug, title=row.title, description=row.description, taxii=f"/taxii2/{row.slug}/"
    )


def _read_mark(after: str | None) -> int:
    if after is None:
        return 0
    if after.isascii() and after.isdecimal() and len(after) < 18:
        return int(after)
    message = "expected the `next` of the page before"
    raise BadInput(f"after: {message}", errors=(FieldError("after", message),))
