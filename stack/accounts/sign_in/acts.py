"""The acts of signing in, in one shape: about which user, from where, how."""

from collections.abc import Mapping
from typing import Any

from stack.accounts.models import User
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.accounts.transactions import writing
from stack.core.acts import Act, Result, record_act


def record_user_act(
    user: User,
    name: str,
    *,
    after: Mapping[str, Any] | None = None,
    object_kind: str = "user",
    object_id: str = "",
    result: Result = Result.DONE,
    is_security: bool = False,
    by: Principal | None = None,
) -> None:
    """Records what the user did to their own account, or what somebody else (`by`) did with it."""
    with writing():
        record_act(
            Act(
                name,
                actor=by or principal_of_user(user),
                object_kind=object_kind,
                object_id=object_id or str(user.pk),
                after=after or {},
                result=result,
                is_security=is_security,
            )
        )


def record_failure(name: str, user: User | None, act: str, *, reason: str, is_security: bool = False) -> None:
    """A sign-in that failed: by the user's id where there is one, else by a keyed hash of the name typed."""
    known = user is not None
    with writing():
        record_act(
            Act(
                act,
                actor=None,
                object_kind="user",
                object_id=str(user.pk) if user is not None else "",
                after={"reason": reason} if known else {"reason": reason, "name": name},
                secrets=frozenset() if known else frozenset({"name"}),
                result=Result.REFUSED,
                organisation_id=user.organisation_id if user is not None else None,
                is_security=is_security,
            )
        )
