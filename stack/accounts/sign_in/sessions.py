"""Sessions: how long they live, which a user has, and how they end.

The session itself holds when it began and when it was last seen (seconds since the epoch); django-allauth's
`UserSession` holds the device and the address for the list. Ended is ended: the next request has no session.
"""

import re
import time
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from stack.accounts.models import User
from stack.accounts.principal import Principal
from stack.accounts.sign_in.acts import record_user_act
from stack.accounts.sign_in.models import TokenSession
from stack.accounts.transactions import writing
from stack.core.acts import current_origin
from stack.core.errors import NotFound

_BEGAN = "stack_began"
_SEEN = "stack_seen"
# Being seen is noted at most once a minute, so that reading pages does not turn into writing.
_NOTED_EVERY = 60
_NO_ADDRESS = "0.0.0.0"  # noqa: S104  (an address that is none)
_LONGEST_AGENT = 200
_BROWSERS = (
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/(\d+)")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"(?:Chrome|Chromium|CriOS)/(\d+)")),
    ("Safari", re.compile(r"Version/(\d+).*Safari/")),
    ("curl", re.compile(r"curl/(\d+)")),
)
_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Macintosh", "Linux")
_SYSTEM_NAMES = {"Macintosh": "macOS"}


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its owner sees it; times in microseconds UTC."""

    id: int
    device: str
    address: str
    began_at: int
    seen_at: int
    is_current: bool


def begin_session(request: HttpRequest, user: User) -> None:
    """Starts the clocks of a session that somebody has just signed in to, and lists it."""
    now = int(time.time())
    request.session[_BEGAN] = request.session[_SEEN] = now
    if not request.session.session_key:
        request.session.save()
    _note(request, user)


def follow_session(request: HttpRequest, user: User, *, before: str | None) -> None:
    """Lists a session under its new key, and no longer under the one that it had before; its tokens end."""
    if not request.session.session_key:
        request.session.save()
    TokenSession.objects.filter(session_key=before).delete()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
    _note(request, user)


def keep_alive(request: HttpRequest) -> bool:
    """Whether the request's signed-in session may go on; notes that it was seen."""
    session, now = request.session, int(time.time())
    if _BEGAN not in session:
        if not isinstance(request.user, User):
            return False
        begin_session(request, request.user)
    reason = find_end(session, now=now)
    if reason:
        _end_over(str(session.session_key), reason)
        return False
    if now - session[_SEEN] >= _NOTED_EVERY and isinstance(request.user, User):
        session[_SEEN] = now
        _note(request, request.user)
    return True


def find_end(session: SessionBase, *, now: int) -> str:
    """Why the session is over: `age`, or `idle` where it was left alone; empty while it lives.

    `now` in seconds.
    """
    began, seen = session.get(_BEGAN), session.get(_SEEN)
    if not isinstance(began, int) or not isinstance(seen, int) or now - began >= settings.SESSION_COOKIE_AGE:
        return "age"
    return "idle" if now - seen >= settings.SESSION_IDLE_SECONDS else ""


def open_session(session_key: str) -> SessionBase | None:
    """The living session of that key that somebody may go on with, for whoever comes without a cookie."""
    session: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    is_signed_in = session.get(SESSION_KEY) is not None
    if session.session_key is None:
        return None
    reason = find_end(session, now=int(time.time())) if is_signed_in else ""
    if reason:
        _end_over(session_key, reason)
        return None
    return session


def review_session(listed: UserSession) -> bool:
    """Whether the listed session lives; where it does not, it is listed no longer."""
    if open_session(listed.session_key) is not None:
        return True
    if import_module(settings.SESSION_ENGINE).SessionStore().exists(listed.session_key):
        # Its own clocks can no longer be read: it lies there beyond the life of every session.
        is_old = time.time() - listed.created_at.timestamp() >= settings.SESSION_COOKIE_AGE
        _end_over(listed.session_key, "age" if is_old else "idle")
    UserSession.objects.filter(pk=listed.pk).delete()
    return False


def read_began(session: SessionBase) -> int:
    """When its owner signed in, in seconds; 0 where nobody has."""
    began = session.get(_BEGAN, 0)
    return began if isinstance(began, int) else 0


def list_sessions(user: User, *, current_key: str | None = None) -> list[SessionRow]:
    """The user's living sessions, the one last seen first."""
    rows = []
    for listed in UserSession.objects.filter(user_id=user.pk).order_by("-last_seen_at", "-id"):
        if not review_session(listed):
            continue
        rows.append(
            SessionRow(
                id=listed.pk,
                device=describe_device(listed.user_agent),
                address="" if listed.ip == _NO_ADDRESS else listed.ip,
                began_at=_to_us(listed.created_at),
                seen_at=_to_us(listed.last_seen_at),
                is_current=listed.session_key == current_key,
            )
        )
    return rows


def end_session(user: User, session_id: int) -> None:
    """Ends one of the user's own sessions. NotFound for any other."""
    listed = UserSession.objects.filter(user_id=user.pk, pk=session_id).first()
    if listed is None:
        raise NotFound("You have no such session", remedy="Reload the list of your sessions.")
    with writing():
        _end([listed.session_key])
        record_user_act(user, "session.end", object_kind="session", object_id=str(session_id))


def end_other_sessions(user: User, *, current_key: str | None) -> int:
    """Ends the user's sessions but for the current one; gives how many."""
    return _end_all_but(user, current_key, "the others")


def end_all_sessions(user: User, *, by: Principal | None = None) -> int:
    """Ends every session and token of the user, at once; gives how many sessions. `by`: who does it."""
    return _end_all_but(user, None, "all", by)


def end_session_of_key(session_key: str) -> None:
    """Ends a session by its key, with the tokens that were issued for it; the caller records why."""
    _end([session_key])


def _end_all_but(user: User, kept: str | None, which: str, by: Principal | None = None) -> int:
    listed = UserSession.objects.filter(user_id=user.pk).exclude(session_key=kept or "")
    keys = list(listed.values_list("session_key", flat=True))
    keys += (
        TokenSession.objects.filter(user_id=user.pk)
        .exclude(session_key=kept or "")
        .values_list("session_key", flat=True)
    )
    if keys:
        after = {"ended": which, "count": len(set(keys))}
        with writing():
            _end(keys)
            record_user_act(user, "session.end", object_kind="session", after=after, by=by)
    return len(set(keys))


def _end_over(session_key: str, reason: str) -> None:
    """Ends a session that is over by itself; of any number of requests that find it so, one records it."""
    with writing():
        listed = UserSession.objects.filter(session_key=session_key).select_related("user").first()
        if _end([session_key]) and listed is not None:
            record_user_act(
                listed.user,
                "session.end",
                object_kind="session",
                object_id=str(listed.pk),
                after={"reason": reason},
            )


def _end(keys: list[str]) -> int:
    """How many were listed. Tokens first: who brings a refresh token holds its row before the others."""
    TokenSession.objects.filter(session_key__in=keys).delete()
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for key in set(keys):
        store.delete(key)
    return UserSession.objects.filter(session_key__in=keys).delete()[0]


def _note(request: HttpRequest, user: User) -> None:
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "ip": current_origin().address or _NO_ADDRESS,
            "user_agent": request.META.get("HTTP_USER_AGENT", "")[:_LONGEST_AGENT],
            "last_seen_at": timezone.now(),
        },
    )


def describe_device(agent: str) -> str:
    """`Firefox 128 on Linux` from a User-Agent header, which whoever sends it chooses."""
    browser = next(
        (f"{name} {shape[1]}" for name, pattern in _BROWSERS if (shape := pattern.search(agent))), ""
    )
    system = next((_SYSTEM_NAMES.get(name, name) for name in _SYSTEMS if name in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Unknown device"


def _to_us(moment: Any) -> int:
    return int(moment.timestamp() * 1_000_000)
