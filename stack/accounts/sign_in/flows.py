"""Signing in, step by step, as pages do it; django-allauth keeps what is pending in the session.

A step gives the redirect to what comes next (the second factor, or the page that was asked for), or None
where it failed. `TooManyTries` says that no more tries are allowed for now.
"""

import time
from typing import cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import (
    get_authentication_records,
    perform_login,
    perform_password_login,
    record_authentication,
)
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.base.internal.flows import check_rate_limit, post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from stack.accounts.models import User
from stack.accounts.sign_in import attempts, mfa, passkeys
from stack.accounts.sign_in.redirects import is_own_path
from stack.accounts.sign_in.sessions import read_began
from stack.core.errors import StackError

_LINK = "link"
_LINK_SECONDS = 900


class TooManyTries(StackError):
    title = "Too many tries"
    status = 429
    exit_code = 5


def enter_password(request: HttpRequest, *, name: str, password: str, go_on: str) -> HttpResponse | None:
    """The first step, by name and password."""
    adapter = get_adapter(request)
    try:
        user = adapter.authenticate(request, username=name, password=password)
    except ValidationError:
        raise _too_many() from None
    if user is None:
        return None
    login = Login(user=user, redirect_url=_own(go_on))
    return perform_password_login(request, {"username": user.get_username()}, login)


def enter_passkey(request: HttpRequest, *, answer: str, go_on: str) -> HttpResponse | None:
    """The only step, by a passkey that verified who holds it."""
    passkey = passkeys.complete_authentication(None, answer)
    if passkey is None:
        attempts.note_failure("", None, reason="passkey")
        return None
    post_authentication(request, passkey, passwordless=True)
    return perform_login(request, Login(user=passkey.user, redirect_url=_own(go_on)))


def enter_link(request: HttpRequest, user: User) -> HttpResponse:
    """The first step, by a one-time link, which stands for the password."""
    record_authentication(request, user, method=_LINK)
    return perform_login(request, Login(user=user, redirect_url="/"))


def find_pending_user(request: HttpRequest) -> User | None:
    """Who has passed the first step and owes the second."""
    stage = _find_stage(request)
    return cast("User | None", stage.login.user) if stage is not None else None


def enter_second_factor(request: HttpRequest, *, code: str = "", answer: str = "") -> HttpResponse | None:
    """The second step, by a code of an app or on paper, or by a passkey."""
    stage = _find_stage(request)
    if stage is None or stage.login.user is None:
        return HttpResponseRedirect("/sign-in")
    user = cast("User", stage.login.user)
    factor = check_factor(user, code=code, answer=answer)
    if factor is None:
        attempts.note_failure(user.username, user, reason="second factor")
        return None
    post_authentication(request, factor)
    return cast("HttpResponse", stage.exit())  # type: ignore[no-untyped-call]  # the library's


def confirm(request: HttpRequest, *, password: str = "", code: str = "", answer: str = "") -> bool:
    """Whether the signed-in user has just proved who they are; noted for five minutes."""
    user = cast("User", request.user)
    if password:
        try:
            is_right = get_adapter(request).reauthenticate(user, password)
        except ValidationError:
            raise _too_many() from None
        if is_right:
            record_authentication(request, user, method="password", reauthenticated=True)
        return is_right
    factor = check_factor(user, code=code, answer=answer)
    if factor is None:
        attempts.note_failure(user.username, user, reason="confirmation")
        return False
    post_authentication(request, factor, reauthenticated=True)
    return True


def resume(request: HttpRequest) -> HttpResponse | None:
    """What a library had put off until the confirmation, if anything."""
    return cast("HttpResponse | None", resume_request(request))


def came_by_link(request: HttpRequest) -> bool:
    """Whether the session began by a one-time link in the last 15 minutes: it may set a password anew."""
    records = get_authentication_records(request, cast("User", request.user))
    return time.time() - read_began(request.session) < _LINK_SECONDS and any(
        record["method"] == _LINK for record in records
    )


def check_factor(user: User, *, code: str = "", answer: str = "") -> Authenticator | None:
    """The factor that the code or the passkey's answer is of, used up; None when it is not right."""
    try:
        forgive = check_rate_limit(user)
    except ValidationError:
        attempts.note_lock(user.username, user)
        raise _too_many() from None
    factor = mfa.use_code(user, code) if code else passkeys.complete_authentication(user, answer)
    if factor is not None:
        forgive()
    return factor


def _find_stage(request: HttpRequest) -> AuthenticateStage | None:
    return cast("AuthenticateStage | None", LoginStageController.enter(request, AuthenticateStage.key))


def _own(url: str) -> str | None:
    return url if is_own_path(url) else None


def _too_many() -> TooManyTries:
    return TooManyTries("Too many tries", remedy="Wait five minutes, then try again.")
