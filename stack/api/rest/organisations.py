"""`/organisations`: who is on this Stack, and how each lets its members in."""

from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts import operations, queries
from stack.accounts.principal import Permission, Role
from stack.accounts.queries import OrganisationRow
from stack.accounts.transactions import writing
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.pages import cut_page
from stack.api.rest.parameters import After, FieldName, Limit, RowId
from stack.api.rest.problems import nothing_to_change
from stack.api.rest.wire import instant

_ORGANISATION_EXAMPLE: dict[str, Any] = {
    "id": 1,
    "name": "My organisation",
    "members": 4,
    "created_at": "2026-11-20T09:30:00Z",
    "require_mfa_from": None,
}
router = Router(tags=["accounts"])


class OrganisationItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_ORGANISATION_EXAMPLE]})

    id: int
    name: str
    members: int | None = Field(description="null where that is none of your business")
    created_at: datetime
    require_mfa_from: Role | None = Field(
        description="The role from which on a second factor is required; null for none, or where it is unsaid"
    )


class OrganisationList(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_ORGANISATION_EXAMPLE], "next": None}]}
    )

    items: list[OrganisationItem]
    next: str | None


class OrganisationDraft(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Partner"}]})

    name: FieldName


class OrganisationChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "Partner", "require_mfa_from": "analyst"}]}
    )

    name: FieldName | None = None
    require_mfa_from: Role | None = Field(
        default=None, description="The role from which on a second factor is required; null for none"
    )


@router.get("/organisations", response=OrganisationList, auth=Needs(Permission.READ))
def list_organisations(request: ApiRequest, limit: Limit = 100, after: After = None) -> OrganisationList:
    """All organisations by name, so that you can share with them; who is in the others stays unsaid."""
    rows, following = cut_page(queries.list_organisations(request.auth), limit=limit, after=after)
    return OrganisationList(items=[_organisation_item(row) for row in rows], next=following)


@router.post("/organisations", response={201: OrganisationItem}, auth=Needs(Permission.ADMINISTER))
def create_organisation(request: ApiRequest, body: OrganisationDraft) -> OrganisationItem:
    """A new organisation, without members."""
    return _organisation_item(operations.create_organisation(request.auth, name=body.name))


@router.patch(
    "/organisations/{organisation_id}",
    response=OrganisationItem,
    auth=Needs(Permission.MANAGE_MEMBERS, session_only=True),
)
def change_organisation(
    request: ApiRequest, organisation_id: RowId, body: OrganisationChange
) -> OrganisationItem:
    """Another name, or another role from which on a second factor is required."""
    row = None
    with writing():
        if body.name is not None:
            row = operations.rename_organisation(request.auth, organisation_id, name=body.name)
        if "require_mfa_from" in body.model_fields_set:
            row = operations.set_mfa_requirement(request.auth, organisation_id, role=body.require_mfa_from)
    if row is None:
        raise nothing_to_change("name", "require_mfa_from")
    return _organisation_item(row)


def _organisation_item(row: OrganisationRow) -> OrganisationItem:
    return OrganisationItem(
        id=row.id,
        name=row.name,
        members=row.members,
        created_at=instant(row.created_at),
        require_mfa_from=row.require_mfa_from,
    )
