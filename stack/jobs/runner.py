"""The runner process: leases due jobs one after the other, and keeps the background loops going."""

import logging
import threading
from collections.abc import Callable

from django.db import OperationalError, close_old_connections, connections

from stack.core.acts import Origin, acting_from
from stack.jobs.base import LoopHandler, list_loops
from stack.jobs.execution import run_leased
from stack.jobs.leases import LEASE_US, lease_next, name_worker, sweep_expired

_log = logging.getLogger(__name__)
_IDLE_S = 0.2
_SWEEP_EVERY_S = 5.0
_RESTART_AFTER_S = 5.0
_GRACE_S = 10.0


def run_forever(
    stop: threading.Event, *, jobs: bool = True, loops: bool = True, lease_us: int = LEASE_US
) -> None:
    """Runs jobs and loops until `stop` is set; a job in progress goes back to the queue with its checkpoint.

    Any number of runners may share a database: each job is leased to one of them. Jobs and loops in a process
    each do not share an interpreter lock: the index then keeps up with an ingest instead of slowing it.
    """
    work: dict[str, LoopHandler] = {}
    if loops:
        work |= {f"loop {name}": loop for name, loop in list_loops().items()}
    if jobs:
        work |= {"sweep": _sweep, "jobs": _run_jobs(lease_us)}
    threads = [
        threading.Thread(target=_keep_running, args=(name, loop, stop), name=name, daemon=True)
        for name, loop in work.items()
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(_GRACE_S)


def _run_jobs(lease_us: int) -> LoopHandler:
    worker = name_worker()

    def run_jobs(stop: threading.Event) -> None:
        while not stop.is_set():
            leased = lease_next(worker, duration_us=lease_us)
            if leased is None:
                stop.wait(_IDLE_S)
            else:
                run_leased(*leased, stop=stop)
            close_old_connections()

    return run_jobs


def _sweep(stop: threading.Event) -> None:
    while not stop.wait(_SWEEP_EVERY_S):
        sweep_expired()
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
