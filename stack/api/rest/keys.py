"""`/keys`: API keys, your own or those of your organisation."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts import operations, queries
from stack.accounts.principal import Permission
from stack.accounts.queries import KeyRow
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.pages import cut_page
from stack.api.rest.parameters import NO_NUL, TLP_NAMES, After, BodyId, FieldName, Limit, Moment, RowId, Tlp
from stack.api.rest.wire import instant, microseconds

_KEY_EXAMPLE: dict[str, Any] = {
    "id": 4,
    "name": "SIEM",
    "prefix": "4f1d0c9be27a",
    "owner": "mara",
    "organisation_id": 1,
    "scopes": ["read"],
    "networks": ["192.0.2.0/24"],
    "tlp_ceiling": "amber",
    "created_at": "2026-11-20T09:30:00Z",
    "expires_at": "2027-11-20T09:30:00Z",
    "last_used_at": None,
    "last_used_from": "",
}
_DRAFT_EXAMPLE: dict[str, Any] = {
    "name": "SIEM",
    "expires_at": "2027-11-20T09:30:00Z",
    "scopes": ["read"],
    "networks": ["192.0.2.0/24"],
    "tlp_ceiling": "amber",
    "member_id": None,
}
_NEW_KEY_EXAMPLE: dict[str, Any] = {
    "id": 4,
    "prefix": "4f1d0c9be27a",
    "key": "stk_4f1d0c9be27a_" + "0123456789ab" * 4,
}
router = Router(tags=["keys"])


class KeyItem(BaseModel):
    id: int
    name: str
    prefix: str
    owner: str
    organisation_id: int
    scopes: list[str] = Field(description="Permissions that it is bound to; empty for all of the role's")
    networks: list[str] = Field(description="CIDR blocks that it works from; empty for any address")
    tlp_ceiling: Tlp
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Exact to the minute")
    last_used_from: str = Field(description="The address of that use")


class KeyList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_KEY_EXAMPLE], "next": None}]})

    items: list[KeyItem]
    next: str | None


class KeyDraft(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DRAFT_EXAMPLE]})

    name: FieldName
    expires_at: Moment | None = None
    scopes: list[Permission] = Field(
        default_factory=list, max_length=len(Permission), description="Empty for all that your role may do"
    )
    networks: list[Annotated[str, Field(max_length=49, pattern=NO_NUL)]] = Field(
        default_factory=list, max_length=100, description="CIDR blocks; empty for any address"
    )
    tlp_ceiling: Tlp | None = Field(default=None, description="Default: its owner's")
    member_id: BodyId | None = Field(
        default=None, description="The program whose key it becomes (needs manage-members); default: you"
    )


class NewKeyItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_NEW_KEY_EXAMPLE]})

    id: int
    prefix: str
    key: str = Field(description="Shown this once; Stack keeps only its SHA-256")


@router.get("/keys", response=KeyList, auth=Needs(Permission.READ))
def list_keys(
    request: ApiRequest,
    *,
    everyone: Annotated[
        bool, Query(description="Those of all members of your organisation; needs manage-members")
    ] = False,
    limit: Limit = 100,
    after: After = None,
) -> KeyList:
    """Your keys that are not revoked, newest first."""
    found = queries.list_keys(request.auth, everyone=everyone)
    rows, following = cut_page(found, limit=limit, after=after, is_newest_first=True)
    return KeyList(items=[_key_item(row) for row in rows], next=following)


@router.post("/keys", response={201: NewKeyItem}, auth=Needs(Permission.READ, session_only=True))
def create_key(request: ApiRequest, body: KeyDraft) -> NewKeyItem:
    """A new key that may do no more than you may. Keys cannot make keys: revoking one ends all it opened."""
    new = operations.create_key(
        request.auth,
        name=body.name,
        expires_at=None if body.expires_at is None else microseconds(body.expires_at),
        scopes=body.scopes,
        networks=body.networks,
        tlp_ceiling=None if body.tlp_ceiling is None else TLP_NAMES.index(body.tlp_ceiling),
        member_id=body.member_id,
    )
    return NewKeyItem(id=new.id, prefix=new.prefix, key=new.key)


@router.delete("/keys/{key_id}", response={204: None}, auth=Needs(Permission.READ))
def revoke_key(request: ApiRequest, key_id: RowId) -> None:
    """Revokes a key at once and for good: one of yours, or with manage-members of your organisation's."""
    operations.revoke_key(request.auth, key_id)


def _key_item(row: KeyRow) -> KeyItem:
    return KeyItem(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        owner=row.owner,
        organisation_id=row.organisation_id,
        scopes=list(row.scopes),
        networks=list(row.networks),
        tlp_ceiling=TLP_NAMES[row.tlp_ceiling],
        created_at=instant(row.created_at),
        expires_at=instant(row.expires_at),
        last_used_at=instant(row.last_used_at),
        last_used_from=row.last_used_from,
    )
