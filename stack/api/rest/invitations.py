"""`/invitations`: a link that lets one person join."""

from datetime import datetime
from typing import Any, Literal

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts import operations, queries
from stack.accounts.principal import Permission, Role
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.pages import cut_page
from stack.api.rest.parameters import NO_NUL, TLP_NAMES, After, Limit, RowId, Tlp
from stack.api.rest.wire import instant

_INVITATION_EXAMPLE: dict[str, Any] = {
    "id": 5,
    "email": "",
    "role": "analyst",
    "tlp_ceiling": "amber",
    "invited_by": "admin",
    "created_at": "2026-11-20T09:30:00Z",
    "expires_at": "2026-11-27T09:30:00Z",
    "state": "open",
}
router = Router(tags=["accounts"])


class InvitationItem(BaseModel):
    id: int
    email: str
    role: Role
    tlp_ceiling: Tlp
    invited_by: str
    created_at: datetime
    expires_at: datetime
    state: Literal["open", "accepted", "revoked", "expired"]


class InvitationList(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_INVITATION_EXAMPLE], "next": None}]}
    )

    items: list[InvitationItem]
    next: str | None


class InvitationDraft(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"role": "analyst", "tlp_ceiling": "amber", "email": "", "days": 7}]},
    )

    role: Role
    tlp_ceiling: Tlp = "amber"
    email: str = Field(default="", max_length=254, pattern=NO_NUL)
    days: int = Field(default=7, ge=1, le=365)


class NewInvitationItem(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": 5, "token": "kB2v…", "expires_at": "2026-11-27T09:30:00Z"}]}
    )

    id: int
    token: str = Field(description="Shown this once; the link is /join/ and the token")
    expires_at: datetime


@router.get("/invitations", response=InvitationList, auth=Needs(Permission.MANAGE_MEMBERS))
def list_invitations(request: ApiRequest, limit: Limit = 100, after: After = None) -> InvitationList:
    """The invitations to your organisation, newest first, with what became of them."""
    found = queries.list_invitations(request.auth)
    rows, following = cut_page(found, limit=limit, after=after, is_newest_first=True)
    return InvitationList(
        items=[
            InvitationItem(
                id=row.id,
                email=row.email,
                role=row.role,
                tlp_ceiling=TLP_NAMES[row.tlp_ceiling],
                invited_by=row.invited_by,
                created_at=instant(row.created_at),
                expires_at=instant(row.expires_at),
                state=row.state,
            )
            for row in rows
        ],
        next=following,
    )


@router.post(
    "/invitations",
    response={201: NewInvitationItem},
    auth=Needs(Permission.MANAGE_MEMBERS, session_only=True),
)
def create_invitation(request: ApiRequest, body: InvitationDraft) -> NewInvitationItem:
    """Invites one person to your organisation; neither the role nor the ceiling is above yours."""
    new = operations.invite(
        request.auth,
        role=body.role,
        tlp_ceiling=TLP_NAMES.index(body.tlp_ceiling),
        email=body.email,
        days=body.days,
    )
    return NewInvitationItem(id=new.id, token=new.token, expires_at=instant(new.expires_at))


@router.delete("/invitations/{invitation_id}", response={204: None}, auth=Needs(Permission.MANAGE_MEMBERS))
def revoke_invitation(request: ApiRequest, invitation_id: RowId) -> None:
    """Ends an invitation that nobody has accepted yet."""
    operations.revoke_invitation(request.auth, invitation_id)
