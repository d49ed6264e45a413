"""`/me`: who this key, token or session stands for, and what it may do."""

from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.principal import Permission, Principal, Role
from stack.accounts.queries import list_groups, list_keys, name_own_organisation
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.parameters import TLP_NAMES, Tlp
from stack.api.rest.wire import instant

_ME_EXAMPLE: dict[str, Any] = {
    "name": "mara",
    "organisation": {"id": 1, "name": "My organisation"},
    "role": "analyst",
    "permissions": ["annotate", "export", "ingest", "read"],
    "tlp_ceiling": "amber",
    "groups": [{"id": 2, "name": "Banking circle"}],
    "key": {"id": 4, "expires_at": "2027-11-20T09:30:00Z"},
}
router = Router(tags=["accounts"])


class Named(BaseModel):
    id: int
    name: str


class KeyInUse(BaseModel):
    id: int
    expires_at: datetime | None


class Me(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_ME_EXAMPLE]})

    name: str
    organisation: Named
    role: Role
    permissions: list[Permission] = Field(description="What this key may do may be less than the role's")
    tlp_ceiling: Tlp
    groups: list[Named] = Field(description="The sharing groups of the organisation")
    key: KeyInUse | None = Field(description="The key of this request; null for a token or a session")


@router.get("/me", response=Me, auth=Needs(Permission.READ))
def get_me(request: ApiRequest) -> Me:
    """You, as Stack knows you in this request."""
    principal = request.auth
    return Me(
        name=principal.name,
        organisation=Named(id=principal.organisation_id, name=name_own_organisation(principal)),
        role=principal.role,
        permissions=sorted(principal.permissions),
        tlp_ceiling=TLP_NAMES[principal.tlp_ceiling],
        groups=[
            Named(id=row.id, name=row.name) for row in list_groups(principal) if row.id in principal.group_ids
        ],
        key=_find_key_in_use(principal),
    )


def _find_key_in_use(principal: Principal) -> KeyInUse | None:
    for row in list_keys(principal) if principal.key_id else ():
        if row.id == principal.key_id:
            return KeyInUse(id=row.id, expires_at=instant(row.expires_at))
    return None
