"""Replies that are used again for a short while, by all analyses of the process."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final

from stack.analysis.resolving.replies import DnsReply

Question = tuple[object, str, str]

MOST_S: Final = 60.0
_MOST_REPLIES: Final = 2048


class KeptReplies:
    """A bounded map from questions to replies; what was used longest ago goes first. `clock` in seconds."""

    def __init__(self, *, clock: Callable[[], float] = monotonic, most: int = _MOST_REPLIES) -> None:
        self._clock = clock
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[Question, tuple[float, DnsReply]] = OrderedDict()

    def get(self, question: Question) -> DnsReply | None:
        with self._lock:
            found = self._kept.get(question)
            if found is None:
                return None
            if found[0] <= self._clock():
                del self._kept[question]
                return None
            self._kept.move_to_end(question)
            return found[1]

    def put(self, question: Question, reply: DnsReply, *, seconds: float) -> None:
        if seconds <= 0:
            return
        with self._lock:
            self._kept[question] = (self._clock() + min(seconds, MOST_S), reply)
            self._kept.move_to_end(question)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
