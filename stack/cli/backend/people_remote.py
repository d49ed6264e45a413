"""Organisations, members, groups, invitations and keys of a server, through its REST API."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from stack.cli.backend.http import Client
from stack.cli.backend.people import (
    GroupView,
    InvitationDraft,
    InvitationView,
    KeyDraft,
    KeyView,
    LinkView,
    MemberDraft,
    MemberView,
    NewKeyView,
    OrganisationView,
    make_view,
)

_PAGE = 1000


class RemotePeople:
    """What the principal of the token may see and do there."""

    def __init__(self, address: str, token: str) -> None:
        self._client = Client(address, token)

    def list_organisations(self) -> list[OrganisationView]:
        return [make_view(OrganisationView, row) for row in self._iterate("/organisations")]

    def create_organisation(self, name: str) -> OrganisationView:
        return make_view(OrganisationView, self._client.post("/organisations", {"name": name}))

    def rename_organisation(self, organisation_id: int, name: str) -> OrganisationView:
        path = f"/organisations/{organisation_id}"
        return make_view(OrganisationView, self._client.patch(path, {"name": name}))

    def require_mfa(self, organisation_id: int, role: str | None) -> OrganisationView:
        path = f"/organisations/{organisation_id}"
        return make_view(OrganisationView, self._client.patch(path, {"require_mfa_from": role}))

    def list_members(self, organisation_id: int | None) -> list[MemberView]:
        rows = self._iterate("/members", {"organisation_id": organisation_id})
        return [make_view(MemberView, row) for row in rows]

    def create_member(self, draft: MemberDraft) -> MemberView:
        return make_view(MemberView, self._client.post("/members", asdict(draft)))

    def change_member(
        self,
        member_id: int,
        *,
        role: str | None,
        tlp_ceiling: str | None,
        granted_markings: Sequence[str] | None,
    ) -> MemberView:
        changes = {
            "role": role,
            "tlp_ceiling": tlp_ceiling,
            "granted_markings": None if granted_markings is None else list(granted_markings),
        }
        return make_view(MemberView, self._client.patch(f"/members/{member_id}", changes))

    def remove_member(self, member_id: int) -> None:
        self._client.delete(f"/members/{member_id}")

    def set_active(self, member: MemberView, *, active: bool) -> MemberView:
        action = "enable" if active else "disable"
        return make_view(MemberView, self._client.post(f"/members/{member.id}/{action}"))

    def reset_factor(self, member_id: int) -> MemberView:
        return make_view(MemberView, self._client.post(f"/members/{member_id}/reset-second-factor"))

    def create_link(self, member_id: int) -> LinkView:
        new = self._client.post(f"/members/{member_id}/sign-in-link")
        return LinkView(member_id, f"{self._client.root}/sign-in/{new['token']}", new["expires_at"])

    def list_invitations(self) -> list[InvitationView]:
        return [make_view(InvitationView, row) for row in self._iterate("/invitations")]

    def invite(self, draft: InvitationDraft) -> LinkView:
        new = self._client.post("/invitations", asdict(draft))
        return LinkView(new["id"], f"{self._client.root}/join/{new['token']}", new["expires_at"])

    def revoke_invitation(self, invitation_id: int) -> None:
        self._client.delete(f"/invitations/{invitation_id}")

    def list_groups(self) -> list[GroupView]:
        return [make_view(GroupView, row) for row in self._iterate("/groups")]

    def create_group(self, name: str, organisation_ids: Sequence[int]) -> GroupView:
        body = {"name": name, "organisation_ids": list(organisation_ids)}
        return make_view(GroupView, self._client.post("/groups", body))

    def set_group_members(self, group_id: int, organisation_ids: Sequence[int]) -> GroupView:
        body = {"organisation_ids": list(organisation_ids)}
        return make_view(GroupView, self._client.patch(f"/groups/{group_id}", body))

    def delete_group(self, group_id: int) -> None:
        self._client.delete(f"/groups/{group_id}")

    def list_keys(self, *, everyone: bool) -> list[KeyView]:
        return [
            make_view(KeyView, row) for row in self._iterate("/keys", {"everyone": str(everyone).lower()})
        ]

    def create_key(self, draft: KeyDraft) -> NewKeyView:
        return make_view(NewKeyView, self._client.post("/keys", asdict(draft)))

    def revoke_key(self, key_id: int) -> None:
        self._client.delete(f"/keys/{key_id}")

    def _iterate(
        self, path: str, query: Mapping[str, str | int | None] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The rows of a list, page by page."""
        after: str | None = None
        while True:
            page = self._client.get(path, {**(query or {}), "limit": _PAGE, "after": after})
            yield from page["items"]
            after = page["next"]
            if after is None:
                return
