"""Confirming who one is before a sensitive act: within five minutes of signing in or of proving it again."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from stack.accounts.models import User
from stack.accounts.sign_in.redirects import find_way_back
from stack.accounts.sign_in.sessions import follow_session, read_began

CONFIRMATION = "/confirm"
_CONFIRMED = "stack_confirmed"
_PROVED_THERE = "stack_proved_there"


def recently_confirmed(request: HttpRequest) -> bool:
    """Whether the session's user proved who they are within the last five minutes.

    Who has nothing to prove it with (no password, no factor, no single sign-on: the administrator who came by
    the link that `stack serve` prints) passes on one's own machine; in production it takes a new link.
    """
    if not isinstance(request.user, User):
        return False
    began = int(request.session.get(_PROVED_THERE, read_began(request.session)))
    proved = max(began, int(request.session.get(_CONFIRMED, 0)))
    if time.time() - proved < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
        return True
    return not settings.PRODUCTION and not can_confirm(request.user)


def can_confirm(user: User) -> bool:
    """Whether the user has anything to confirm with."""
    return (
        user.has_usable_password()
        or Authenticator.objects.filter(user_id=user.pk).exists()
        or SocialAccount.objects.filter(user_id=user.pk).exists()
    )


def note_confirmation(request: HttpRequest) -> None:
    """Remembers that the session's user has just proved who they are, in a session with a new id."""
    request.session[_CONFIRMED] = int(time.time())
    if isinstance(request.user, User):
        before = request.session.session_key
        request.session.cycle_key()
        follow_session(request, request.user, before=before)


def note_proof_elsewhere(request: HttpRequest, claims: Mapping[str, Any]) -> None:
    """Remembers when a provider asked its user who they are, where it says so: its session may be a day old.

    Of a provider that does not say, the answer counts as a password typed now.
    """
    proved = claims.get("auth_time")
    if isinstance(proved, int):
        request.session[_PROVED_THERE] = min(proved, int(time.time()))
    else:
        request.session.pop(_PROVED_THERE, None)


def ask_to_confirm(request: HttpRequest) -> HttpResponse:
    """Sends the browser to the confirmation, and afterwards back to the page that it came from."""
    url = f"{CONFIRMATION}?{urlencode({'next': find_way_back(request)})}"
    if request.headers.get("HX-Request"):
        # htmx would follow a redirect inside the page.
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
