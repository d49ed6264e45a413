"""`/roles`: what each role may do."""

from typing import Any

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts import queries
from stack.accounts.principal import Permission, Role
from stack.api.rest.authentication import ApiRequest, Needs

_ROLE_EXAMPLE: dict[str, Any] = {
    "role": "reader",
    "rank": 0,
    "is_machine": False,
    "permissions": ["export", "read"],
}
router = Router(tags=["accounts"])


class RoleItem(BaseModel):
    role: Role
    rank: int
    is_machine: bool = Field(description="Comes with API keys and has no session")
    permissions: list[Permission]


class RoleList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ROLE_EXAMPLE]}]})

    items: list[RoleItem]


@router.get("/roles", response=RoleList, auth=Needs(Permission.READ))
def list_roles(request: ApiRequest) -> RoleList:
    """Every role with its permissions, from the least to the most powerful; nobody gives one above theirs."""
    return RoleList(
        items=[
            RoleItem(
                role=row.role, rank=row.rank, is_machine=row.is_machine, permissions=sorted(row.permissions)
            )
            for row in queries.list_roles()
        ]
    )
