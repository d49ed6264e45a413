"""What a login gave: a token is a secret, so it is kept in this process for a while and nowhere else."""

import time
from threading import Lock
from typing import Final

import msgspec

from stack.analysis.base import ProviderReply, ProviderRequest

_KEEPS_S: Final = 600
_MOST: Final = 256
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


def forget_logins() -> None:
    with _lock:
        _kept.clear()


def _name(gate: str, request: ProviderRequest) -> tuple[str, bytes]:
    return gate, msgspec.json.encode(request)
