"""Sessions that end by themselves while nobody asks for them: a loop of the runner."""

import threading
import time
from datetime import UTC, datetime
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import close_old_connections
from django.db.models import Q

from stack.accounts.sign_in.sessions import review_session
from stack.core.acts import Origin, acting_from

EVERY_S = 60.0


def sweep_sessions(stop: threading.Event) -> None:
    """Ends what is over, until `stop`."""
    while not stop.is_set():
        with acting_from(Origin("runner")):
            end_sessions_over()
        close_old_connections()
        stop.wait(EVERY_S)


def end_sessions_over() -> int:
    """Ends and records every session that is too old or was left alone for too long; gives how many.

    Also removes what is left of sessions that nobody signed in to.
    """
    now = time.time()
    idle = datetime.fromtimestamp(now - settings.SESSION_IDLE_SECONDS, UTC)
    old = datetime.fromtimestamp(now - settings.SESSION_COOKIE_AGE, UTC)
    suspects = UserSession.objects.filter(Q(last_seen_at__lte=idle) | Q(created_at__lte=old)).order_by("id")
    ended = sum(not review_session(listed) for listed in list(suspects))
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return ended
