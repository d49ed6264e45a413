"""Taking a member's second factors away: the way back for who lost them."""

from stack.accounts.models import Membership, SignInToken, User
from stack.accounts.operations.authority import check_reach
from stack.accounts.principal import Principal
from stack.accounts.queries.members import MemberRow, find_membership, get_member
from stack.accounts.sign_in.mfa import remove_all_factors
from stack.accounts.sign_in.sessions import end_all_sessions
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.errors import Conflict, NotAllowed


def reset_second_factors(principal: Principal, member_id: int) -> MemberRow:
    """Removes a member's app, passkeys and recovery codes, and ends their sessions, tokens and links.

    From then on the password alone lets them in, so it needs what a sign-in link needs: NotAllowed for a
    higher role or ceiling, a marking that the principal was not granted, or a member of other organisations.
    A key cannot, and nobody does it to themselves. Conflict for who has none of these.
    """
    if principal.key_id is not None:
        raise NotAllowed("A key cannot reset second factors", remedy="Sign in and do it there.")
    with writing():
        membership = find_membership(principal, member_id)
        check_reach(principal, membership)
        _reset(principal, membership)
        return get_member(principal, member_id)


def reset_second_factors_here(principal: Principal, member_id: int) -> MemberRow:
    """The same for the command line of the machine, whose user could change the database as well.

    `principal` is the machine's administrator, who may be the very one who is locked out.
    """
    with writing():
        _reset(principal, find_membership(principal, member_id))
        return get_member(principal, member_id)


def _reset(principal: Principal, membership: Membership) -> None:
    user = User.objects.select_for_update().get(pk=membership.user_id)
    removed = remove_all_factors(user)
    if not removed:
        raise Conflict(
            f"“{user.get_username()}” has no second factor",
            remedy="Make a sign-in link if it is the password that is lost.",
        )
    SignInToken.objects.filter(user=user, used_at=None).delete()
    end_all_sessions(user, by=principal)
    record_act(
        Act(
            name="mfa.reset",
            actor=principal,
            object_kind="member",
            object_id=str(membership.pk),
            before={"username": user.get_username(), "factors": removed},
            organisation_id=membership.organisation_id,
            is_security=True,
        )
    )
