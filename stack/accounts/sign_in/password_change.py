"""Changing one's own password."""

from typing import cast

from allauth.account.adapter import get_adapter
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from stack.accounts.models import User
from stack.accounts.sign_in.acts import record_user_act
from stack.accounts.sign_in.flows import came_by_link
from stack.accounts.sign_in.sessions import end_other_sessions, follow_session
from stack.accounts.transactions import writing
from stack.core.errors import BadInput, FieldError


def needs_current_password(request: HttpRequest) -> bool:
    """Whether the present password is asked for: not where there is none, nor after a one-time link."""
    return cast("User", request.user).has_usable_password() and not came_by_link(request)


def change_password(request: HttpRequest, *, current: str, new: str, again: str) -> None:
    """Sets the password of the signed-in user and ends their other sessions and all of their tokens.

    BadInput with every fault, each at its field; a wrong present password counts as a failed sign-in.
    """
    user = cast("User", request.user)
    faults = _find_faults(request, user, current=current, new=new, again=again)
    if faults:
        raise BadInput("The password was not changed", errors=tuple(faults))
    with writing():
        user.set_password(new)
        user.save(update_fields=["password"])
        before = request.session.session_key
        update_session_auth_hash(request, user)
        follow_session(request, user, before=before)
        end_other_sessions(user, current_key=request.session.session_key)
        record_user_act(user, "password.change")


def _find_faults(request: HttpRequest, user: User, *, current: str, new: str, again: str) -> list[FieldError]:
    if needs_current_password(request) and not _is_current(request, user, current):
        return [FieldError("current", "That is not your present password")]
    faults = []
    try:
        validate_password(new, user)
    except ValidationError as error:
        faults = [FieldError("new", message) for message in error.messages]
    if new != again:
        faults.append(FieldError("again", "Expected the same password once more"))
    return faults


def _is_current(request: HttpRequest, user: User, password: str) -> bool:
    return get_adapter(request).reauthenticate(user, password)
