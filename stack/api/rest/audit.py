"""`/audit`: who did what, from where, on which object, with what result."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.parameters import NO_NUL, After, Limit, Moment
from stack.api.rest.wire import instant, microseconds
from stack.audit.queries import list_entries

_ENTRY_EXAMPLE: dict[str, Any] = {
    "number": 214,
    "sequence": None,
    "at": "2026-11-23T09:30:00.25Z",
    "name": "key.create",
    "result": "done",
    "actor": "ann",
    "user_id": 7,
    "key_id": None,
    "organisation_id": 3,
    "face": "web",
    "address": "203.0.113.9",
    "request_id": "5f1c0a7e9d3b4c6f8a012345",
    "object_kind": "key",
    "object_id": "12",
    "before": {},
    "after": {"name": "nightly export", "scopes": ["export"]},
    "is_security": False,
}
router = Router(tags=["audit"])

Text = Annotated[str, Query(max_length=300, pattern=NO_NUL)]
Time = Annotated[Moment | None, Query(description="An RFC 3339 time, with its offset")]


class EntryItem(BaseModel):
    """One act; `before` and `after` hold what it changed, secrets as keyed hashes."""

    number: int = Field(description="Counts the entries of the organisation")
    sequence: int | None = Field(description="Counts all entries; for platform administrators only")
    at: datetime
    name: str = Field(description="`<what>.<verb>`")
    result: str = Field(description="`done`, `refused` or `failed`")
    actor: str
    user_id: int | None
    key_id: int | None
    organisation_id: int | None
    face: str = Field(description="`web`, `api`, `taxii`, `cli`, `runner` or `process`")
    address: str
    request_id: str = Field(description="The `X-Request-Id` of the answer")
    object_kind: str
    object_id: str
    before: dict[str, Any]
    after: dict[str, Any]
    is_security: bool


class EntryList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ENTRY_EXAMPLE], "next": None}]})

    items: list[EntryItem]
    next: str | None


@router.get("/audit", response=EntryList, auth=Needs(Permission.READ_AUDIT))
def list_audit_entries(
    request: ApiRequest,
    *,
    q: Text = "",
    name: Annotated[str, Query(max_length=60, pattern=NO_NUL, description="`key.create`, or `key`")] = "",
    actor: Text = "",
    object_kind: Text = "",
    object_id: Text = "",
    since: Time = None,
    until: Time = None,
    security: bool = False,
    limit: Limit = 100,
    after: After = None,
) -> EntryList:
    """The audit log of your organisation, or of all for platform administrators, newest first."""
    page = list_entries(
        request.auth,
        limit=limit,
        after=after,
        text=q,
        name=name,
        actor=actor,
        object_kind=object_kind,
        object_id=object_id,
        since=None if since is None else microseconds(since),
        until=None if until is None else microseconds(until),
        security=security,
    )
    items = [EntryItem(**asdict(row) | {"at": instant(row.at)}) for row in page.rows]
    return EntryList(items=items, next=page.next)
