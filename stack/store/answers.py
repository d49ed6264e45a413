"""Answers that take long to work out, kept for whoever may see the same: in Redis, or in this process.

An answer is found again only by its organisation, by the very set of audiences that may be read, and as long
as the change log ends where it ended when the answer was asked for. So nobody gets what was worked out for
somebody who may see more or less, and a change outdates all answers at once. What was kept is signed with the
server's key and read as the type that it has to be: anything else that stands there is worked out again.
"""

import hmac
import threading
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import msgspec
from django.conf import settings

from stack.accounts.principal import Permission, Principal
from stack.core.measures import count_cache_read
from stack.core.redis_connection import find_circuit
from stack.store.access import digest_audiences
from stack.store.database import Database, read_database
from stack.store.kept_answers import KeptAnswers

_T = TypeVar("_T")

LIVES_S = 3600
_PREFIX = "stack:answers:"
_SIGNATURE_BYTES = 32
# An answer that is larger is worked out each time; Redis is for many small ones.
_LARGEST_BYTES = 1_000_000
_kept = KeptAnswers(limit_bytes=32_000_000)
_guard = threading.Lock()
_turns: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()


def remember(
    principal: Principal,
    *,
    name: str,
    arguments: object,
    compute: Callable[[], _T],
    shape: type[_T],
    lives_s: int = LIVES_S,
) -> _T:
    """What `compute` answers now, or answered before to the same question.

    `arguments` is what msgspec writes as JSON, the same each time. `compute` may depend on them, on the
    principal's organisation and on what they may see; on nothing else of the principal, and on nothing that
    changes without the change log. Its answer is of the `shape`, which msgspec encodes. `lives_s` bounds how
    long it is used, for what the log does not tell.
    """
    principal.require(Permission.READ)
    database = read_database()
    if database.is_writing:
        # What others do not see yet is not for them.
        return compute()
    key = _name_answer(principal, name, arguments, shape, database)
    found = _read(key, shape)
    if not isinstance(found, _Nothing):
        count_cache_read(name, outcome="hit")
        return found
    with _take_turn(key):
        # Of many who ask at once, one works it out and the others find it here.
        found = _read(key, shape)
        if not isinstance(found, _Nothing):
            count_cache_read(name, outcome="hit")
            return found
        count_cache_read(name, outcome="miss")
        answer = compute()
        _keep(key, answer, lives_s)
        return answer


def forget_answers() -> None:
    """Empties what this process keeps; for tests and measurements."""
    _kept.clear()


def _take_turn(key: str) -> threading.Lock:
    with _guard:
        return _turns.setdefault(key, threading.Lock())


class _Nothing:
    """No answer is kept; None may be one."""


def _name_answer(principal: Principal, name: str, arguments: object, shape: Any, database: Database) -> str:
    asked = (
        name,
        repr(shape),
        arguments,
        principal.organisation_id,
        digest_audiences(principal, database),
        _read_end(database),
    )
    return f"{_PREFIX}{name}:{sha256(msgspec.json.encode(asked)).hexdigest()}"


def _read_end(database: Database) -> tuple[int, int]:
    """The last change and its time: a database that was put back goes on with other ones."""
    rows = database.read("SELECT sequence, at FROM store_change ORDER BY sequence DESC LIMIT 1")
    return (int(rows[0][0]), int(rows[0][1])) if rows else (0, 0)


def _read(key: str, shape: type[_T]) -> _T | _Nothing:
    if settings.REDIS_URL:
        signed = find_circuit(settings.REDIS_URL).attempt(
            lambda redis: redis.get(key), otherwise=lambda: _kept.get(key)
        )
    else:
        signed = _kept.get(key)
    if not isinstance(signed, bytes):
        return _Nothing()
    signature, body = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(key, body)):
        return _Nothing()
    try:
        return msgspec.msgpack.decode(body, type=shape)
    except msgspec.MsgspecError:
        return _Nothing()


def _keep(key: str, answer: object, lives_s: int) -> None:
    body = msgspec.msgpack.encode(answer)
    if len(body) > _LARGEST_BYTES:
        return
    signed = _sign(key, body) + body
    if settings.REDIS_URL:
        find_circuit(settings.REDIS_URL).attempt(
            lambda redis: redis.set(key, signed, ex=lives_s),
            otherwise=lambda: _kept.put(key, signed, lives_s),
        )
    else:
        _kept.put(key, signed, lives_s)


def _sign(key: str, body: bytes) -> bytes:
    return hmac.digest(_derive_key(settings.SECRET_KEY), key.encode() + b"\n" + body, "sha256")


@lru_cache(maxsize=4)
def _derive_key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"stack.store.answers", "sha256")
