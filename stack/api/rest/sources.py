"""`/sources`: who said it; a whole source can be taken back."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.jobs import JobItem, accept_job
from stack.api.rest.parameters import RowId
from stack.api.rest.wire import instant
from stack.core.errors import NotFound
from stack.store import queries
from stack.store.removal import queue_removal

_SOURCE_EXAMPLE: dict[str, Any] = {
    "id": 3,
    "name": "enterprise-attack.json",
    "kind": "upload",
    "reliability": 1,
    "statements": 24_771,
    "objects": 24_771,
    "first_received": "2026-11-20T09:30:00Z",
    "last_received": "2026-11-23T09:30:00Z",
}
router = Router(tags=["sources"])


class SourceItem(BaseModel):
    id: int
    name: str
    kind: str
    reliability: int = Field(description="Admiralty scale: 0 (A, best) to 5 (F)")
    statements: int
    objects: int
    first_received: datetime | None
    last_received: datetime | None


class SourceList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_SOURCE_EXAMPLE]}]})

    items: list[SourceItem]


@router.get("/sources", response=SourceList, auth=Needs(Permission.READ))
def list_sources(request: ApiRequest) -> SourceList:
    """All sources, with how much they state of what you may see."""
    return SourceList(
        items=[
            SourceItem(
                id=row.id,
                name=row.name,
                kind=row.kind,
                reliability=row.reliability,
                statements=row.statements,
                objects=row.objects,
                first_received=instant(row.first_received),
                last_received=instant(row.last_received),
            )
            for row in queries.list_sources(request.auth)
        ]
    )


@router.delete(
    "/sources/{source_id}",
    response={202: JobItem},
    auth=Needs(Permission.MANAGE_SOURCES, also=Permission.READ),
)
def remove_source(request: ApiRequest, response: HttpResponse, source_id: RowId) -> JobItem:
    """Takes back all that a source said, as a job; what other sources said of the same objects stays."""
    source = queries.get_source(request.auth, source_id)
    if source is None:
        raise NotFound(f"There is no source {source_id}", remedy="List the sources to find its number.")
    return accept_job(queue_removal(request.auth, source_id=source.id, name=source.name), response)
