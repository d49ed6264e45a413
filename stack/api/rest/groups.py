"""`/groups`: organisations that share with one another."""

from typing import Any

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts import operations, queries
from stack.accounts.principal import Permission
from stack.accounts.queries import GroupRow
from stack.accounts.transactions import writing
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.pages import cut_page
from stack.api.rest.parameters import After, BodyId, FieldName, Limit, RowId
from stack.api.rest.problems import nothing_to_change

_GROUP_EXAMPLE: dict[str, Any] = {"id": 2, "name": "Banking circle", "organisation_ids": [1, 3]}
router = Router(tags=["accounts"])


class GroupItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_GROUP_EXAMPLE]})

    id: int
    name: str
    organisation_ids: list[int]


class GroupList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_GROUP_EXAMPLE], "next": None}]})

    items: list[GroupItem]
    next: str | None


class GroupDraft(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Banking circle", "organisation_ids": [1, 3]}]},
    )

    name: FieldName
    organisation_ids: list[BodyId] = Field(default_factory=list, max_length=1000)


class GroupChange(BaseModel):
    """What is left out or null stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Banking circle", "organisation_ids": [1, 3]}]},
    )

    name: FieldName | None = None
    organisation_ids: list[BodyId] | None = Field(default=None, max_length=1000)


@router.get("/groups", response=GroupList, auth=Needs(Permission.READ))
def list_groups(request: ApiRequest, limit: Limit = 100, after: After = None) -> GroupList:
    """The sharing groups that your organisation is in; administrators see all."""
    rows, following = cut_page(queries.list_groups(request.auth), limit=limit, after=after)
    return GroupList(items=[_group_item(row) for row in rows], next=following)


@router.post("/groups", response={201: GroupItem}, auth=Needs(Permission.ADMINISTER))
def create_group(request: ApiRequest, body: GroupDraft) -> GroupItem:
    """A new sharing group."""
    with writing():
        row = operations.create_group(request.auth, name=body.name)
        if body.organisation_ids:
            row = operations.set_group_members(request.auth, row.id, organisation_ids=body.organisation_ids)
    return _group_item(row)


@router.patch("/groups/{group_id}", response=GroupItem, auth=Needs(Permission.ADMINISTER))
def change_group(request: ApiRequest, group_id: RowId, body: GroupChange) -> GroupItem:
    """Another name, or other organisations: who leaves loses sight of what was shared, at once."""
    row = None
    with writing():
        if body.name is not None:
            row = operations.rename_group(request.auth, group_id, name=body.name)
        if body.organisation_ids is not None:
            row = operations.set_group_members(request.auth, group_id, organisation_ids=body.organisation_ids)
    if row is None:
        raise nothing_to_change("name", "organisation_ids")
    return _group_item(row)


@router.delete("/groups/{group_id}", response={204: None}, auth=Needs(Permission.ADMINISTER))
def delete_group(request: ApiRequest, group_id: RowId) -> None:
    """Ends the group: what was shared with it is no longer shared that way."""
    operations.delete_group(request.auth, group_id)


def _group_item(row: GroupRow) -> GroupItem:
    return GroupItem(id=row.id, name=row.name, organisation_ids=sorted(row.organisation_ids))
