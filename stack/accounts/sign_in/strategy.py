"""Which tokens the headless API of django-allauth gives and takes: ours."""

from typing import Any

from allauth.headless.tokens.strategies.base import AbstractTokenStrategy
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from stack.accounts.models import User
from stack.accounts.sign_in.sessions import open_session
from stack.accounts.sign_in.tokens import ACCESS_SECONDS, find_token_session, issue_tokens, refresh_tokens


class SignedTokens(AbstractTokenStrategy):
    """A session token while somebody signs in; access and refresh tokens once they have."""

    def get_session_token(self, request: HttpRequest) -> str | None:
        token = super().get_session_token(request)
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if token or scheme.lower() != "bearer":
            return token
        session = find_token_session(text.strip())
        # A key that no session has, so that a bad token is refused and not taken for none.
        return session.session_key if session is not None else "none"

    def create_session_token(self, request: HttpRequest) -> str:
        if not request.session.session_key:
            request.session.save()
        return str(request.session.session_key)

    def lookup_session(self, session_token: str) -> SessionBase | None:
        return open_session(session_token)

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any] | None:
        if not isinstance(request.user, User):
            return None
        pair = issue_tokens(request.user, self.create_session_token(request))
        return {
            "access_token": pair.access,
            "refresh_token": pair.refresh,
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
        }

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        pair = refresh_tokens(refresh_token)
        return (pair.access, pair.refresh) if pair is not None else None
