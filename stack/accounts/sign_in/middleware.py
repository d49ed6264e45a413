"""Ends sessions that are too old or were left alone for too long, before anything is answered with them."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from stack.accounts.sign_in.sessions import keep_alive


class SessionLifeMiddleware:
    """Comes after the authentication; a request without a session's cookie costs nothing here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        has_cookie = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_cookie and request.session.get(SESSION_KEY) is not None and not keep_alive(request):
            logout(request)
        return self._get_response(request)
