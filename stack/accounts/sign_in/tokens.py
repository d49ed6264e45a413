"""Access tokens (JWT, RFC 7519 and 9068) and the refresh tokens that go with them.

An access token lives ten minutes and is checked against its session each time, so it dies with it. A refresh
token works once; one that comes a second time was copied, and ends the session.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from stack.accounts.models import User
from stack.accounts.principal import Principal
from stack.accounts.queries import digest_of, principal_of_user
from stack.accounts.sign_in import token_keys
from stack.accounts.sign_in.acts import record_user_act
from stack.accounts.sign_in.mfa import needs_second_factor
from stack.accounts.sign_in.models import RefreshToken, TokenSession
from stack.accounts.sign_in.sessions import end_session_of_key, open_session
from stack.accounts.transactions import writing
from stack.core.clock import now_us

ALGORITHM = "EdDSA"
AUDIENCE = "stack-api"
ACCESS_SECONDS = 600
REFRESH_SECONDS = 24 * 3600
_TYPE = "at+jwt"
_CLAIMS = ["iss", "aud", "sub", "sid", "jti", "iat", "exp"]
_LEEWAY = 5


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str


def principal_of_token(text: str) -> Principal | None:
    """Whom the access token stands for; None unless it is genuine, for this API, and its session lives."""
    session = find_token_session(text)
    user = read_session_user(session) if session is not None else None
    if user is None:
        return None
    principal = principal_of_user(user)
    if principal.role.is_machine or needs_second_factor(principal):
        return None
    return principal


def find_token_session(text: str) -> SessionBase | None:
    """The living session that the access token was issued for."""
    claims = read_claims(text)
    if claims is None:
        return None
    known = TokenSession.objects.filter(sid=claims["sid"]).first()
    if known is None or str(known.user_id) != claims["sub"]:
        return None
    session = open_session(known.session_key)
    user = read_session_user(session) if session is not None else None
    return session if user is not None and user.pk == known.user_id else None


def read_claims(text: str) -> dict[str, Any] | None:
    """The claims of a token that one of our keys signed and that is in force; None for every other text."""
    import jwt

    try:
        header = jwt.get_unverified_header(text)
        # The header is believed only where it says what we write: the algorithm never comes from it.
        if (
            header.get("alg") != ALGORITHM
            or header.get("typ") != _TYPE
            or set(header) != {"alg", "typ", "kid"}
        ):
            return None
        key = token_keys.find_verifier(str(header["kid"]))
        if key is None:
            return None
        claims = jwt.decode(
            text,
            key=key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=settings.TOKEN_ISSUER,
            leeway=_LEEWAY,
            options={"require": _CLAIMS},
        )
    except (jwt.PyJWTError, ValueError):
        return None
    return claims if isinstance(claims["sid"], str) and isinstance(claims["sub"], str) else None


def issue_tokens(user: User, session_key: str) -> TokenPair:
    """The first pair of a session that somebody has just signed in to."""
    with writing():
        known, _ = TokenSession.objects.get_or_create(
            session_key=session_key,
            defaults={"sid": secrets.token_hex(16), "user": user, "created_at": now_us()},
        )
        return TokenPair(_sign_access(known), _make_refresh(known))


def refresh_tokens(text: str) -> TokenPair | None:
    """The next pair, for a refresh token that has not been used; a used one ends its session."""
    with writing():
        found = RefreshToken.objects.filter(digest=digest_of(text)).first()
        if found is None:
            return None
        # Its session's row is locked, so that those who bring the same token come one after the other.
        known = TokenSession.objects.select_for_update().filter(pk=found.session_id).first()
        if known is None:
            return None
        # One conditional UPDATE: of two that bring the same token, the database lets one through.
        is_first = RefreshToken.objects.filter(pk=found.pk, used_at=None).update(used_at=now_us())
        if not is_first:
            _end_replayed(known)
            return None
        session = open_session(known.session_key)
        user = read_session_user(session) if session is not None else None
        if user is None or user.pk != known.user_id or found.expires_at <= now_us():
            return None
        RefreshToken.objects.filter(session=known, expires_at__lt=now_us()).delete()
        return TokenPair(_sign_access(known), _make_refresh(known))


def _end_replayed(session: TokenSession) -> None:
    user, sid = session.user, session.sid
    end_session_of_key(session.session_key)
    record_user_act(user, "token.replay", object_kind="session", object_id=sid, is_security=True)


def read_session_user(session: SessionBase) -> User | None:
    """The session's user, as long as they are active and have the password that they signed in with."""
    request = HttpRequest()
    request.session = session
    user = get_user(request)
    return user if isinstance(user, User) else None


def _sign_access(session: TokenSession) -> str:
    import jwt

    key_id, key = token_keys.find_signer()
    now = int(time.time())
    claims = {
        "iss": settings.TOKEN_ISSUER,
        "aud": AUDIENCE,
        "sub": str(session.user_id),
        "sid": session.sid,
        "jti": secrets.token_hex(16),
        "iat": now,
        "exp": now + ACCESS_SECONDS,
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": key_id, "typ": _TYPE})


def _make_refresh(session: TokenSession) -> str:
    text = f"stkr_{secrets.token_urlsafe(32)}"
    expires_at = now_us() + REFRESH_SECONDS * 1_000_000
    RefreshToken.objects.create(session=session, digest=digest_of(text), expires_at=expires_at)
    return text
