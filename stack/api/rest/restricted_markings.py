"""`/restricted-markings`: markings that hide what carries them from whoever was not granted them."""

from typing import Annotated, Any

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts import operations, queries
from stack.accounts.principal import Permission
from stack.accounts.queries import RestrictedMarkingRow
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.pages import cut_page
from stack.api.rest.parameters import MARKING_PATTERN, After, FieldName, Limit, RowId

_MARKING = "marking-definition--5c1f4d3e-8a4e-4a3b-9d9e-0f2f6a1b7c11"
_ROW_EXAMPLE: dict[str, Any] = {
    "id": 3,
    "marking_id": _MARKING,
    "name": "Circle of trust",
    "is_granted": True,
}
router = Router(tags=["accounts"])


class RestrictedMarkingItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_ROW_EXAMPLE]})

    id: int
    marking_id: str
    name: str
    is_granted: bool = Field(description="Whether you may read what carries it")


class RestrictedMarkingList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ROW_EXAMPLE], "next": None}]})

    items: list[RestrictedMarkingItem]
    next: str | None


class RestrictedMarkingDraft(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"marking_id": _MARKING, "name": "Circle of trust"}]},
    )

    marking_id: Annotated[str, Field(pattern=MARKING_PATTERN)]
    name: FieldName


@router.get("/restricted-markings", response=RestrictedMarkingList, auth=Needs(Permission.READ))
def list_restricted_markings(
    request: ApiRequest, limit: Limit = 100, after: After = None
) -> RestrictedMarkingList:
    """The restricted markings that you were granted; administrators see all."""
    rows, following = cut_page(queries.list_restricted_markings(request.auth), limit=limit, after=after)
    return RestrictedMarkingList(items=[_marking_item(row) for row in rows], next=following)


@router.post("/restricted-markings", response={201: RestrictedMarkingItem}, auth=Needs(Permission.ADMINISTER))
def restrict_marking(request: ApiRequest, body: RestrictedMarkingDraft) -> RestrictedMarkingItem:
    """From now on only who was granted the marking sees what carries it."""
    row = operations.restrict_marking(request.auth, marking_id=body.marking_id, name=body.name)
    return _marking_item(row)


@router.delete(
    "/restricted-markings/{restriction_id}", response={204: None}, auth=Needs(Permission.ADMINISTER)
)
def unrestrict_marking(request: ApiRequest, restriction_id: RowId) -> None:
    """From now on the marking hides nothing by itself."""
    operations.unrestrict_marking(request.auth, restriction_id)


def _marking_item(row: RestrictedMarkingRow) -> RestrictedMarkingItem:
    return RestrictedMarkingItem(
        id=row.id, marking_id=row.marking_id, name=row.name, is_granted=row.is_granted
    )
