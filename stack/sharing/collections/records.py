"""Collections and API roots as callers get them. Times are microseconds since the epoch, UTC."""

from dataclasses import dataclass

import msgspec

from stack.accounts.principal import Principal


class Sharing(msgspec.Struct, frozen=True, kw_only=True):
    """Who else beside the organisation itself: everyone on this Stack, or these organisations and the members
    of these sharing groups."""

    everyone: bool = False
    organisation_ids: tuple[int, ...] = ()
    group_ids: tuple[int, ...] = ()

    def includes(self, principal: Principal) -> bool:
        return (
            self.everyone
            or principal.organisation_id in self.organisation_ids
            or not principal.group_ids.isdisjoint(self.group_ids)
        )


OWN_ONLY = Sharing()


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """`id` is also its selection in the store; `uid` is what TAXII calls it. `is_live`: a query feeds it.

    `readers` and `writers` are told to its own organisation alone (others get empty ones); `writers` is None
    where nobody may post.
    """

    id: int
    uid: str
    root: str
    alias: str
    title: str
    description: str
    query: str
    is_live: bool
    organisation_id: int
    organisation: str
    readers: Sharing
    writers: Sharing | None
    can_read: bool
    can_write: bool
    is_own: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class ApiRootRow:
    """`organisation_id` or `group_id` say whose root it is; a configured one has the organisation that made
    it, and `is_configured`."""

    slug: str
    title: str
    description: str
    organisation_id: int | None
    group_id: int | None
    is_configured: bool = False
