"""The runner process: leases due jobs one after the other, and keeps the background loops going."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from django.db import OperationalError, close_old_connections, connections

from stack.core.acts import Origin, acting_from
from stack.jobs.base import LoopHandler, list_loops
from stack.jobs.queues import Queue
from stack.jobs.sweeping import sweep_jobs
from stack.jobs.turns import ALL_QUEUES
from stack.jobs.work import Worker, serve_next

_log = logging.getLogger(__name__)
_IDLE_S = 0.2
_SWEEP_EVERY_S = 5.0
_RESTART_AFTER_S = 5.0
_GRACE_S = 10.0
_HEED_EVERY_S = 1.0
_ANALYSES = 4


def run_forever(
    stop: threading.Event, *, jobs: bool = True, loops: bool = True, lease_us: int | None = None
) -> None:
    """Runs jobs and loops until `stop` is set; a job in progress goes back to the queue with its checkpoint.

    Any number of runners may share a database: each job is leased to one of them. One ingest runs at a time,
    and beside it some analyses and one job of the other queues, so that large work never stands in front of
    short work. Jobs
    and loops in a process each do not share an interpreter lock: the index then keeps up with an ingest
    instead of slowing it.
    """
    work: dict[str, LoopHandler] = {"sweep": _sweep}
    if loops:
        work |= {f"loop {name}": loop for name, loop in list_loops().items()}
    if jobs:
        others = tuple(queue for queue in ALL_QUEUES if queue not in (Queue.INGEST, Queue.ANALYSIS))
        work |= {
            "ingest jobs": _run_jobs((Queue.INGEST,), lease_us),
            "other jobs": _run_jobs(others, lease_us),
        }
        # Analyses mostly wait for others to answer. Only while one is at work does the next look for another.
        busy = [False] * _ANALYSES
        work |= {
            f"analysis jobs {place}": _run_jobs((Queue.ANALYSIS,), lease_us, busy=busy, place=place)
            for place in range(_ANALYSES)
        }
    threads = [
        threading.Thread(target=_keep_running, args=(name, loop, stop), name=name, daemon=True)
        for name, loop in work.items()
    ]
    for thread in threads:
        thread.start()
    # In turns: a signal that the system hands to another thread does not wake this one, which heeds it.
    while not stop.wait(_HEED_EVERY_S):
        pass
    until = time.monotonic() + _GRACE_S
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _run_jobs(
    queues: Sequence[Queue], lease_us: int | None, *, busy: list[bool] | None = None, place: int = 0
) -> LoopHandler:
    """Serves the queues. Of several that share `busy`, one looks only while all before it are at work."""
    at_work = [False] if busy is None else busy

    def run_jobs(stop: threading.Event) -> None:
        worker = Worker(queues=queues, stop=stop)
        while not stop.is_set():
            was_served = False
            if all(at_work[:place]):
                at_work[place] = True
                try:
                    was_served = serve_next(worker, queues=queues, lease_us=lease_us)
                finally:
                    at_work[place] = False
            if not was_served:
                stop.wait(_IDLE_S)
            close_old_connections()

    return run_jobs


def _sweep(stop: threading.Event) -> None:
    while not stop.wait(_SWEEP_EVERY_S):
        sweep_jobs()
        close_old_connections()


def _keep_running(name: str, loop: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """A loop that breaks (a database that went away, a full disk) is logged and started again."""
    while not stop.is_set():
        try:
            with acting_from(Origin("runner")):
                loop(stop)
        except OperationalError as error:
            _log.warning("the loop %r lost the database and starts again: %s", name, error)
        except Exception:  # one loop's fault must not end the others
            _log.exception("the loop %r broke and starts again", name)
        finally:
            connections.close_all()
        stop.wait(_RESTART_AFTER_S if not stop.is_set() else 0)
