"""What a login gave: a token is a secret, so it is kept in this process for a while and nowhere else."""

import time
from threading import Lock
from typing import Final

import msgspec

from stack.analysis.base import ProviderReply, ProviderRequest

_KEEPS_S: Final = 600
_MOST: Final = 256
_LEAST_TOKEN: Final = 12
_PLAIN: Final = ("accept", "content-type", "user-agent")
_lock = Lock()
_kept: dict[tuple[str, bytes], tuple[float, ProviderReply]] = {}


def find_login(gate: str, request: ProviderRequest) -> ProviderReply | None:
    with _lock:
        found = _kept.get(_name(gate, request))
    return found[1] if found is not None and found[0] > time.monotonic() else None


def keep_login(gate: str, request: ProviderRequest, reply: ProviderReply) -> None:
    now = time.monotonic()
    with _lock:
        for name in [name for name, (until, _) in _kept.items() if until < now] or list(_kept)[:-_MOST]:
            del _kept[name]
        _kept[_name(gate, request)] = (now + _KEEPS_S, reply)


def forget_logins(gate: str = "") -> None:
    """Those of one gate, whose token is good no more; or all of them."""
    with _lock:
        for name in [name for name in _kept if gate in ("", name[0])]:
            del _kept[name]


def list_tokens(request: ProviderRequest) -> list[str]:
    """What a plug-in may have put into headers of what a login gave it."""
    texts = [text for name, text in request.headers.items() if name.lower() not in _PLAIN]
    return [part for text in texts for part in text.split() if len(part) >= _LEAST_TOKEN]


def _name(gate: str, request: ProviderRequest) -> tuple[str, bytes]:
    return gate, msgspec.json.encode(request)
