"""Asks again where the other side says "later": `Retry-After` honoured, back-off with jitter otherwise."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from secrets import SystemRandom
from threading import Event
from typing import Final

from stack.core.clock import now_us
from stack.core.errors import Unavailable
from stack.core.http.client import HttpAnswer, HttpClient, HttpLimits, HttpStream
from stack.core.http.errors import BrokenAnswer, HttpFailure, TimedOut, Unreachable

_LATER: Final = (429, 503)
_CHANCE: Final = SystemRandom()
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 60.0
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request. `is_repeatable`: sending it twice does no more than once, also where it is no GET."""

    method: str = "GET"
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    limits: HttpLimits | None = None
    is_repeatable: bool = False


class _Patience:
    """How often to ask still, and how long to wait: `budget_s` seconds for all waits together."""

    def __init__(self, request: HttpRequest, *, attempts: int, budget_s: float, stop: Event | None) -> None:
        self._attempts = attempts
        self._budget_s = budget_s
        self._stop = stop or Event()
        self._may_repeat = request.is_repeatable or request.method in _SAFE
        self._asked = 0
        self._next_s = 0.0

    def may_wait(self, retry_after_s: float | None) -> bool:
        """Whether to ask again after `wait`: not after the last attempt, nor beyond the budget."""
        self._asked += 1
        if self._asked >= self._attempts or self._stop.is_set():
            return False
        # Jitter spreads those that were turned away together; what the server asks for is a minimum.
        backoff = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** (self._asked - 1)) * _CHANCE.uniform(0.5, 1)
        self._next_s = backoff if retry_after_s is None else retry_after_s
        return self._next_s <= self._budget_s

    def wait(self) -> bool:
        """Until it is time; False where `stop` was set meanwhile."""
        self._budget_s -= self._next_s
        return not self._stop.wait(self._next_s)

    def forgives(self, error: HttpFailure) -> bool:
        """Waits where what failed may be tried again."""
        is_passing = self._may_repeat and isinstance(error, (Unreachable, TimedOut, BrokenAnswer))
        return is_passing and self.may_wait(None) and self.wait()


def send_patiently(
    client: HttpClient,
    request: HttpRequest,
    *,
    attempts: int = 4,
    budget_s: float = 120,
    stop: Event | None = None,
) -> HttpAnswer:
    """The answer, or the last of `attempts` that all said 429 or 503.

    Waits add up to `budget_s` at most; a server that wants to be left alone for longer has its answer handed
    back at once. `stop` ends a wait. What fails on the way is tried again only where repeating does no harm.
    """
    patience = _Patience(request, attempts=attempts, budget_s=budget_s, stop=stop)
    while True:
        try:
            answer = client.send(
                request.method,
                request.url,
                headers=request.headers,
                params=request.params,
                content=request.content,
                limits=request.limits,
            )
        except HttpFailure as error:
            if not patience.forgives(error):
                raise
            continue
        if answer.status not in _LATER or not patience.may_wait(read_retry_after(answer.headers)):
            return answer
        if not patience.wait():
            return answer


@contextmanager
def stream_patiently(
    client: HttpClient,
    request: HttpRequest,
    *,
    attempts: int = 4,
    budget_s: float = 120,
    stop: Event | None = None,
) -> Iterator[HttpStream]:
    """As `send_patiently`, with the body unread. What breaks while the body is read is not tried again."""
    patience = _Patience(request, attempts=attempts, budget_s=budget_s, stop=stop)
    with ExitStack() as stack:
        yield _open(client, request, patience, stack)


def _open(client: HttpClient, request: HttpRequest, patience: _Patience, stack: ExitStack) -> HttpStream:
    while True:
        try:
            answer = stack.enter_context(
                client.stream(
                    request.method,
                    request.url,
                    headers=request.headers,
                    params=request.params,
                    content=request.content,
                    limits=request.limits,
                )
            )
        except HttpFailure as error:
            if not patience.forgives(error):
                raise
            continue
        if answer.status not in _LATER or not patience.may_wait(read_retry_after(answer.headers)):
            return answer
        stack.close()
        if not patience.wait():
            raise Unavailable("Stack is stopping, so it does not ask again", remedy="Try again later.")


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks for, by a number or a date (RFC 9110, section 10.2.3); None for none."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return max(0.0, moment.timestamp() - now_us() / 1_000_000)
