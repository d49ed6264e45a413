"""`/keys`: your own API keys."""

from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from stack.accounts import operations, queries
from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.parameters import NO_NUL, RowId
from stack.api.rest.wire import instant, microseconds

_KEY_EXAMPLE: dict[str, Any] = {
    "id": 4,
    "name": "SIEM",
    "prefix": "4f1d0c9be27a",
    "created_at": "2026-11-20T09:30:00Z",
    "expires_at": "2027-11-20T09:30:00Z",
    "last_used_at": None,
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
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Exact to the minute")


class KeyList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_KEY_EXAMPLE]}]})

    items: list[KeyItem]


class KeyDraft(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "SIEM", "expires_at": "2027-11-20T09:30:00Z"}]},
    )

    name: str = Field(min_length=1, max_length=200, pattern=NO_NUL)
    expires_at: AwareDatetime | None = None


class NewKeyItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_NEW_KEY_EXAMPLE]})

    id: int
    prefix: str
    key: str = Field(description="Shown this once; Stack keeps only its SHA-256")


@router.get("/keys", response=KeyList, auth=Needs(Permission.READ))
def list_keys(request: ApiRequest) -> KeyList:
    """Your keys that are not revoked, newest first."""
    return KeyList(
        items=[
            KeyItem(
                id=row.id,
                name=row.name,
                prefix=row.prefix,
                created_at=instant(row.created_at),
                expires_at=instant(row.expires_at),
                last_used_at=instant(row.last_used_at),
            )
            for row in queries.list_keys(request.auth)
        ]
    )


@router.post("/keys", response={201: NewKeyItem}, auth=Needs(Permission.READ, session_only=True))
def create_key(request: ApiRequest, body: KeyDraft) -> NewKeyItem:
    """A new key that may do what you may. Keys cannot make keys: revoking one ends all that it opened."""
    expires_at = None if body.expires_at is None else microseconds(body.expires_at)
    new = operations.create_key(request.auth, name=body.name, expires_at=expires_at)
    return NewKeyItem(id=new.id, prefix=new.prefix, key=new.key)


@router.delete("/keys/{key_id}", response={204: None}, auth=Needs(Permission.READ))
def revoke_key(request: ApiRequest, key_id: RowId) -> None:
    """Revokes one of your keys, at once and for good."""
    operations.revoke_key(request.auth, key_id)
