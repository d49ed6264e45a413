"""Ending what lets a user in: sessions and tokens, keys, one-time links, and invitations in their name."""

from stack.accounts.models import ApiKey, Invitation, SignInToken, User
from stack.accounts.operations.keys import end_keys
from stack.accounts.principal import Principal
from stack.accounts.sign_in.sessions import end_all_sessions
from stack.core.clock import now_us


def end_access(principal: Principal, user: User, *, organisation_id: int | None = None) -> None:
    """Ends all that opens an organisation (None: any) to the user; inside the caller's transaction.

    Sessions and one-time links belong to the user, not to an organisation: they end only with None.
    """
    keys = ApiKey.objects.filter(user=user)
    invitations = Invitation.objects.filter(invited_by=user, accepted_at=None, revoked_at=None)
    if organisation_id is not None:
        keys = keys.filter(organisation_id=organisation_id)
        invitations = invitations.filter(organisation_id=organisation_id)
    end_keys(principal, keys)
    invitations.update(revoked_at=now_us())
    if organisation_id is None:
        SignInToken.objects.filter(user=user, used_at=None).delete()
        end_all_sessions(user)
