"""`/members`: who belongs to an organisation, in which role, and up to where they may see."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from stack.accounts import operations, queries
from stack.accounts.principal import Permission, Role
from stack.accounts.queries import MemberRow
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.pages import cut_page
from stack.api.rest.parameters import NO_NUL, TLP_NAMES, After, BodyId, FieldName, Limit, RowId, Tlp
from stack.api.rest.wire import instant

_MEMBER_EXAMPLE: dict[str, Any] = {
    "id": 7,
    "user_id": 9,
    "username": "mara",
    "email": "",
    "organisation_id": 1,
    "role": "analyst",
    "tlp_ceiling": "amber",
    "granted_markings": [],
    "is_active": True,
    "has_mfa": False,
    "last_login": "2026-11-23T08:00:00Z",
    "created_at": "2026-11-20T09:30:00Z",
}
_DRAFT_EXAMPLE: dict[str, Any] = {
    "username": "mara",
    "role": "analyst",
    "tlp_ceiling": "amber",
    "email": "",
    "organisation_id": None,
    "password": None,
}
router = Router(tags=["accounts"])


class MemberItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_MEMBER_EXAMPLE]})

    id: int = Field(description="Of the membership: the same person has another one elsewhere")
    user_id: int
    username: str
    email: str
    organisation_id: int
    role: Role
    tlp_ceiling: Tlp = Field(description="The highest TLP that they may read")
    granted_markings: list[str] = Field(description="Ids of the restricted markings that they may read")
    is_active: bool
    has_mfa: bool
    last_login: datetime | None
    created_at: datetime


class MemberList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_MEMBER_EXAMPLE], "next": None}]})

    items: list[MemberItem]
    next: str | None


class MemberDraft(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DRAFT_EXAMPLE]})

    username: FieldName
    role: Role
    tlp_ceiling: Tlp = "amber"
    email: str = Field(default="", max_length=254, pattern=NO_NUL)
    organisation_id: BodyId | None = Field(default=None, description="Default: your own")
    password: SecretStr | None = Field(
        default=None, max_length=128, description="Without one they come in by a one-time link"
    )


class MemberChange(BaseModel):
    """What is left out or null stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"role": "curator", "tlp_ceiling": "red", "granted_markings": []}]},
    )

    role: Role | None = None
    tlp_ceiling: Tlp | None = None
    granted_markings: list[FieldName] | None = Field(default=None, max_length=1000)


class NewLinkItem(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"token": "kB2v…", "expires_at": "2026-11-24T09:30:00Z"}]}
    )

    token: str = Field(description="Shown this once; the link is /sign-in/ and the token")
    expires_at: datetime


@router.get("/members", response=MemberList, auth=Needs(Permission.MANAGE_MEMBERS))
def list_members(
    request: ApiRequest,
    *,
    organisation_id: Annotated[
        int | None,
        Query(ge=1, le=2**63 - 1, description="Another organisation than yours (administrators)"),
    ] = None,
    limit: Limit = 100,
    after: After = None,
) -> MemberList:
    """The members of your organisation."""
    found = queries.list_members(request.auth, organisation_id=organisation_id)
    rows, following = cut_page(found, limit=limit, after=after)
    return MemberList(items=[_member_item(row) for row in rows], next=following)


@router.post("/members", response={201: MemberItem}, auth=Needs(Permission.MANAGE_MEMBERS, session_only=True))
def create_member(request: ApiRequest, body: MemberDraft) -> MemberItem:
    """A new account that is a member; neither its role nor its ceiling is above yours."""
    row = operations.create_member(
        request.auth,
        username=body.username,
        role=body.role,
        tlp_ceiling=TLP_NAMES.index(body.tlp_ceiling),
        email=body.email,
        organisation_id=body.organisation_id,
        password=None if body.password is None else body.password.get_secret_value(),
    )
    return _member_item(row)


@router.patch(
    "/members/{member_id}",
    response=MemberItem,
    auth=Needs(Permission.MANAGE_MEMBERS, session_only=True),
)
def change_member(request: ApiRequest, member_id: RowId, body: MemberChange) -> MemberItem:
    """Another role, ceiling or set of granted markings, at once."""
    row = operations.change_member(
        request.auth,
        member_id,
        role=body.role,
        tlp_ceiling=None if body.tlp_ceiling is None else TLP_NAMES.index(body.tlp_ceiling),
        granted_markings=body.granted_markings,
    )
    return _member_item(row)


@router.delete("/members/{member_id}", response={204: None}, auth=Needs(Permission.MANAGE_MEMBERS))
def remove_member(request: ApiRequest, member_id: RowId) -> None:
    """Ends the membership, and with it the keys that act for it. The account stays."""
    operations.remove_member(request.auth, member_id)


@router.post("/members/{member_id}/disable", response=MemberItem, auth=Needs(Permission.MANAGE_MEMBERS))
def disable_member(request: ApiRequest, member_id: RowId) -> MemberItem:
    """Shuts the account: its sessions, keys and tokens end at once."""
    return _set_active(request, member_id, active=False)


@router.post(
    "/members/{member_id}/enable",
    response=MemberItem,
    auth=Needs(Permission.MANAGE_MEMBERS, session_only=True),
)
def enable_member(request: ApiRequest, member_id: RowId) -> MemberItem:
    """Opens the account again; sessions and tokens that ended stay ended."""
    return _set_active(request, member_id, active=True)


@router.post(
    "/members/{member_id}/sign-in-link",
    response={201: NewLinkItem},
    auth=Needs(Permission.MANAGE_MEMBERS, session_only=True),
)
def create_sign_in_link(request: ApiRequest, member_id: RowId) -> NewLinkItem:
    """A link that signs the member in once, within a day: the first way in, and the way back."""
    new = operations.create_member_link(request.auth, member_id)
    return NewLinkItem(token=new.token, expires_at=instant(new.expires_at))


@router.post(
    "/members/{member_id}/reset-second-factor",
    response=MemberItem,
    auth=Needs(Permission.MANAGE_MEMBERS, session_only=True),
)
def reset_second_factor(request: ApiRequest, member_id: RowId) -> MemberItem:
    """Removes the member's app, passkeys and recovery codes, and ends their sessions, tokens and links."""
    return _member_item(operations.reset_second_factors(request.auth, member_id))


def _set_active(request: ApiRequest, member_id: int, *, active: bool) -> MemberItem:
    member = queries.get_member(request.auth, member_id)
    operations.set_active(request.auth, member.user_id, active=active)
    return _member_item(queries.get_member(request.auth, member_id))


def _member_item(row: MemberRow) -> MemberItem:
    return MemberItem(
        id=row.id,
        user_id=row.user_id,
        username=row.username,
        email=row.email,
        organisation_id=row.organisation_id,
        role=row.role,
        tlp_ceiling=TLP_NAMES[row.tlp_ceiling],
        granted_markings=list(row.granted_markings),
        is_active=row.is_active,
        has_mfa=row.has_mfa,
        last_login=instant(row.last_login),
        created_at=instant(row.created_at),
    )
