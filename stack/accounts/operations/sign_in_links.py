"""One-time sign-in links: the first way in, and the way back for who lost theirs."""

import secrets
from dataclasses import dataclass

from stack.accounts.models import Membership, SignInToken, User
from stack.accounts.operations.authority import check_reach
from stack.accounts.principal import Principal
from stack.accounts.queries.members import find_membership
from stack.accounts.queries.recognition import digest_of
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import NotAllowed

_MINUTE = 60 * 1_000_000
_LINK_LIFE = 15 * _MINUTE
_MEMBER_LINK_LIFE = 24 * 60 * _MINUTE


@dataclass(frozen=True, slots=True)
class NewSignInLink:
    """The token of a link, shown this once; `expires_at` in microseconds UTC."""

    token: str
    expires_at: int


def create_sign_in_link(user: User) -> str:
    """The token of a link that signs `user` in once, within 15 minutes."""
    return _create(user, _LINK_LIFE).token


def create_member_link(principal: Principal, member_id: int) -> NewSignInLink:
    """A link that signs a member in once, within 24 hours, for an administrator to hand over.

    Whoever holds it is that member, so it needs what the member has: NotAllowed for a higher role or
    ceiling, a marking that the principal was not granted, or a member of other organisations. A key cannot
    make one, and a program has none.
    """
    if principal.key_id is not None:
        raise NotAllowed("A key cannot make sign-in links", remedy="Sign in and make it there.")
    with writing():
        membership = find_membership(principal, member_id)
        check_reach(principal, membership)
        return _hand_out(principal, membership)


def create_member_link_here(principal: Principal, member_id: int) -> NewSignInLink:
    """The same for the command line of the machine, whose user could change the database as well.

    `principal` is the machine's administrator, who may be the very one who has no way in yet.
    """
    with writing():
        membership = find_membership(principal, member_id)
        if membership.user_id != principal.user_id:
            check_reach(principal, membership)
        return _hand_out(principal, membership)


def _hand_out(principal: Principal, membership: Membership) -> NewSignInLink:
    link = _create(membership.user, _MEMBER_LINK_LIFE)
    record_act(
        Act(
            name="sign-in.link",
            actor=principal,
            object_kind="member",
            object_id=str(membership.pk),
            after={"username": membership.user.get_username(), "expires_at": link.expires_at},
            organisation_id=membership.organisation_id,
            is_security=True,
        )
    )
    return link


def redeem_sign_in(token: str) -> User | None:
    """The user of an unused link, who is now the only one that it ever let in; None for every other token."""
    now = now_us()
    links = SignInToken.objects.filter(digest=digest_of(token))
    # One conditional UPDATE of the row's own columns: of two requests that bring the same link,
    # the database lets one through (a condition on a joined table would be judged before the wait).
    if not links.filter(used_at=None, expires_at__gt=now).update(used_at=now):
        return None
    user = links.select_related("user").get().user
    return user if user.is_active else None


def _create(user: User, life: int) -> NewSignInLink:
    now = now_us()
    SignInToken.objects.filter(expires_at__lt=now).delete()
    token = secrets.token_urlsafe(32)
    SignInToken.objects.create(user=user, digest=digest_of(token), expires_at=now + life)
    return NewSignInLink(token, now + life)
