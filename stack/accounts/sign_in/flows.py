"""Signing in, step by step, as pages do it; django-allauth keeps what is pending in the session.

A step gives the redirect to what comes next (the second factor, or the page that was asked for), or None
where it failed. `TooMany` says that no more tries are allowed for now.
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
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from stack.accounts.models import User
from stack.accounts.sign_in import attempts, mfa, passkeys
from stack.accounts.sign_in.redirects import is_own_path
from stack.accounts.sign_in.sessions import read_began

_LINK = "link"
_LINK_SECONDS = 900


def enter_password(request: HttpRequest, *, name: str, password: str, go_on: str) -> HttpResponse | None:
    """The first step, by name and password."""
    user = get_adapter(request).authenticate(request, username=name, password=password)
    if user is None:
        return None
    login = Login(user=user, redirect_url=_own(go_on))
    return perform_password_login(request, {"username": user.get_username()}, login)


def enter_passkey(request: HttpRequest, *, answer: str, go_on: str) -> HttpResponse | None:
    """The only step, by a passkey that verified who holds it."""
    block = attempts.admit_address()
    passkey = passkeys.complete_authentication(None, answer)
    if passkey is None:
        attempts.note_failure("", None, reason="passkey")
        return None
    attempts.forgive_address(block)
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
        is_right = get_adapter(request).reauthenticate(user, password)
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
    forgive = attempts.admit_factor(user)
    factor = mfa.use_code(user, code) if code else passkeys.complete_authentication(user, answer)
    if factor is not None:
        forgive()
    return factor


def _find_stage(request: HttpRequest) -> AuthenticateStage | None:
    return cast("AuthenticateStage | None", LoginStageController.enter(request, AuthenticateStage.key))


def _own(url: str) -> str | None:
    return url if is_own_path(url) else None
