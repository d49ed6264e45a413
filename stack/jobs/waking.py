"""Tells workers that a job is due, once its transaction is committed.

A message says only that there is work in a queue. Losing one delays a job until the next sweep, and one too
many finds nothing to do: the database alone knows what is to be done.
"""

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db import router, transaction

from stack.jobs.models import Job
from stack.jobs.queues import Queue

if TYPE_CHECKING:
    from kombu.messaging import Producer

_log = logging.getLogger(__name__)
_PAUSE_S = 5.0
_T = TypeVar("_T")


def wake(job_id: int, queue: Queue) -> None:
    """Sends a wake-up after the commit, where Celery runs the jobs; never raises, whatever Redis does."""
    if settings.JOBS.runner == "celery":
        transaction.on_commit(lambda: send_wake_up(job_id, queue), using=router.db_for_write(Job))


def send_wake_up(job_id: int, queue: Queue) -> bool:
    """Sends it at once; False when Redis did not take it, or has not answered a moment ago."""

    def send(producer: "Producer") -> bool:
        from stack.jobs.broker import TASK, app

        app.send_task(TASK, (job_id, queue.value), queue=queue.value, producer=producer, retry=False)
        return True

    return _breaker.attempt(lambda: _ask_redis(send), otherwise=False)


def count_messages(queue: Queue) -> int:
    """Wake-ups that wait in Redis; 0 when it does not answer."""

    def count(producer: "Producer") -> int:
        # To declare a queue passively, which also tells its length, finds no queue under a prefix of keys.
        return int(producer.channel.client.llen(queue.value))

    return _breaker.attempt(lambda: _ask_redis(count), otherwise=0)


class Breaker:
    """After Redis has failed to answer, nobody asks it for a few seconds, so that a Redis that hangs costs
    a request one time-out at most and most requests none."""

    def __init__(self, pause_s: float = _PAUSE_S) -> None:
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._is_down = False
        self._ask_at = 0.0

    def attempt(self, ask: Callable[[], _T], *, otherwise: _T) -> _T:
        if self._is_down and monotonic() < self._ask_at:
            return otherwise
        try:
            found = ask()
        except Exception as error:  # a wake-up that is lost must never fail what caused it
            self._note_failure(error)
            return otherwise
        if self._is_down:
            self._is_down = False
            _log.warning("Redis answers again: jobs are woken at once")
        return found

    def _note_failure(self, error: Exception) -> None:
        with self._lock:
            self._ask_at = monotonic() + self._pause_s
            if not self._is_down:
                _log.warning(
                    "Redis does not answer, so jobs wait for the next sweep: %s", type(error).__name__
                )
            self._is_down = True


def _ask_redis(ask: "Callable[[Producer], _T]") -> _T:
    from kombu.pools import producers

    from stack.jobs.broker import ANSWER_S, open_publisher

    with producers[open_publisher()].acquire(block=True, timeout=ANSWER_S) as producer:
        return ask(producer)


_breaker = Breaker()
