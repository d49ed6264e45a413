"""`/objects`: one object, its versions, its neighbours and its exact text; and pages of objects."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

import orjson
from django.http import HttpResponse
from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from stack.accounts.principal import Permission, Principal
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.items import OBJECT_EXAMPLE, ObjectItem, object_item
from stack.api.rest.parameters import After, Limit, Name, StixId, Types
from stack.api.rest.wire import instant
from stack.core.errors import NotFound
from stack.store import queries
from stack.store.opening import record_opening
from stack.store.records import ObjectRow

STIX_MEDIA_TYPE = "application/stix+json;version=2.1"
_VERSION_EXAMPLE: dict[str, Any] = {
    "id": 812,
    "source_id": 3,
    "source": "enterprise-attack.json",
    "modified": "2020-03-18T19:52:10.281Z",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "first_received": "2026-11-20T09:30:00Z",
    "last_received": "2026-11-23T09:30:00Z",
    "times_received": 4,
    "is_head": True,
    "is_conflicting": False,
    "reason": "newest “modified” of all sources",
}
_NEIGHBOUR_EXAMPLE: dict[str, Any] = {
    "kind": "uses",
    "direction": "out",
    "via": OBJECT_EXAMPLE
    | {"id": "relationship--1b4a8f0d-1f9d-4d77-b6d0-7a3e0e0a9f11", "type": "relationship"},
    "other": OBJECT_EXAMPLE,
}
router = Router(tags=["objects"])


class ObjectList(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [OBJECT_EXAMPLE], "total": 2431, "next": "1584561130281.77"}]
        }
    )

    items: list[ObjectItem]
    total: int
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last")


class ObjectDetail(ObjectItem):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                OBJECT_EXAMPLE | {"stix": {key: OBJECT_EXAMPLE[key] for key in ("id", "type", "name")}}
            ]
        }
    )

    stix: Annotated[Any, WithJsonSchema({"type": "object"})] = Field(description="The object as it came")


class VersionItem(BaseModel):
    """A distinct statement of the object by one source."""

    id: int
    source_id: int
    source: str
    modified: datetime | None
    sha256: str
    first_received: datetime
    last_received: datetime
    times_received: int
    is_head: bool
    is_conflicting: bool
    reason: str = Field(description="Why it is or is not what is shown")


class VersionList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_VERSION_EXAMPLE]}]})

    items: list[VersionItem]


class NeighbourItem(BaseModel):
    """An edge: `via` is the relationship or sighting that states it, null for a plain reference."""

    kind: str
    direction: Literal["in", "out"]
    via: ObjectItem | None
    other: ObjectItem


class NeighbourList(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [_NEIGHBOUR_EXAMPLE], "total": 118, "next": "out.7.512.9031"}]
        }
    )

    items: list[NeighbourItem]
    total: int
    next: str | None


@router.get("/objects", response=ObjectList, auth=Needs(Permission.READ))
def list_objects(
    request: ApiRequest, *, types: Types = (), limit: Limit = 100, after: After = None
) -> ObjectList:
    """A page of objects. With one type: newest `modified` first; otherwise: last received first."""
    page = queries.list_objects(request.auth, types=types, limit=limit, after=after)
    return ObjectList(items=[object_item(row) for row in page.rows], total=page.total, next=page.next)


@router.get("/objects/{stix_id}", response=ObjectDetail, auth=Needs(Permission.READ))
def get_object(request: ApiRequest, stix_id: StixId) -> ObjectDetail:
    """One object: what lists show of it, and its STIX as it came."""
    row = _find_object(request.auth, stix_id)
    text = _find_text(request.auth, stix_id, None)
    record_opening(request.auth, row)
    return ObjectDetail(**object_item(row).model_dump(), stix=orjson.Fragment(text))


@router.get("/objects/{stix_id}/versions", response=VersionList, auth=Needs(Permission.READ))
def list_versions(request: ApiRequest, stix_id: StixId) -> VersionList:
    """Every distinct statement of the object, by all sources."""
    _find_object(request.auth, stix_id)
    return VersionList(
        items=[
            VersionItem(
                id=row.id,
                source_id=row.source_id,
                source=row.source,
                modified=instant(row.modified),
                sha256=row.sha256,
                first_received=instant(row.first_received),
                last_received=instant(row.last_received),
                times_received=row.times_received,
                is_head=row.is_head,
                is_conflicting=row.is_conflicting,
                reason=row.reason,
            )
            for row in queries.list_versions(request.auth, stix_id)
        ]
    )


@router.get("/objects/{stix_id}/neighbours", response=NeighbourList, auth=Needs(Permission.READ))
def list_neighbours(
    request: ApiRequest,
    stix_id: StixId,
    *,
    kind: Name = None,
    direction: Literal["in", "out", "both"] = "both",
    limit: Limit = 100,
    after: After = None,
) -> NeighbourList:
    """A page of what the object is connected to; `kind` is a relationship type or a property name."""
    _find_object(request.auth, stix_id)
    page = queries.list_neighbours(
        request.auth, stix_id, kind=kind, direction=direction, limit=limit, after=after
    )
    items = [
        NeighbourItem(
            kind=row.kind,
            direction="in" if row.direction == "in" else "out",
            via=object_item(row.via) if row.via else None,
            other=object_item(row.other),
        )
        for row in page.rows
    ]
    return NeighbourList(items=items, total=page.total, next=page.next)


@router.get(
    "/objects/{stix_id}/raw",
    auth=Needs(Permission.READ),
    openapi_extra={
        "responses": {
            200: {
                "description": "The text, byte for byte as it came; its ETag is its SHA-256",
                "content": {STIX_MEDIA_TYPE: {"schema": {"type": "object"}, "example": {"type": "malware"}}},
            },
            304: {"description": "You have it: it is what If-None-Match names"},
        }
    },
)
def get_raw_text(
    request: ApiRequest,
    stix_id: StixId,
    version: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="`id` of a version; default: what is shown")
    ] = None,
) -> HttpResponse:
    """The exact text of the object or of one of its versions."""
    row = _find_object(request.auth, stix_id)
    text = _find_text(request.auth, stix_id, version)
    record_opening(request.auth, row)
    tag = f'"{sha256(text).hexdigest()}"'
    if tag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(text, content_type=STIX_MEDIA_TYPE)
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-store"
    return response


def _find_object(principal: Principal, stix_id: str) -> ObjectRow:
    row = queries.get_object(principal, stix_id)
    if row is None:
        raise _absent(stix_id)
    return row


def _find_text(principal: Principal, stix_id: str, version: int | None) -> bytes:
    text = queries.get_text(principal, stix_id, version=version)
    if text is None:
        raise _absent(stix_id) if version is None else NotFound(f"There is no version {version} of {stix_id}")
    return text


def _absent(stix_id: str) -> NotFound:
    return NotFound(f"There is no object {stix_id}", remedy="Check the id, or look the value up.")
