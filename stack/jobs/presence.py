"""When a process of which one must run was last seen: it says so in Redis every few seconds."""

from django.conf import settings

from stack.core.clock import now_us
from stack.core.redis_connection import ANSWER_S, Circuit

_KEY = "stack:seen:"
_KEPT_S = 86_400
_circuits: dict[str, Circuit] = {}


def note_presence(role: str) -> None:
    """Without Redis, or while it is down, nobody is told."""
    _circuit().attempt(
        lambda redis: bool(redis.set(_KEY + role, now_us(), ex=_KEPT_S)), otherwise=lambda: False
    )


def read_presence(role: str) -> float | None:
    """How many seconds ago; None where it was not seen for a day, or Redis does not answer."""
    text = _circuit().attempt(lambda redis: redis.get(_KEY + role), otherwise=lambda: None)
    if not isinstance(text, bytes | str):
        return None
    return max(0.0, (now_us() - int(text)) / 1e6)


def _circuit() -> Circuit:
    url: str = settings.REDIS_URL
    if url not in _circuits:
        _circuits[url] = Circuit(url, answer_s=ANSWER_S)
    return _circuits[url]
