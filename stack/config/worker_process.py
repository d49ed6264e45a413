"""A Celery worker: `python -m stack.config.worker_process [--queue NAME …] [--concurrency N]`.

Each job runs in a child process of its own, so that one that hangs or dies takes nothing with it. The parent
holds no connection to the database, because connections and the threads of their pool do not survive a fork.
"""

import argparse
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

from stack.config.forking import SharedFlag, close_connections, leave_connections

_log = logging.getLogger(__name__)
_WARM_STOP_S = 8.0
_COLD_STOP_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--queue", action="append", default=[])
    parser.add_argument("--concurrency", type=int, default=2)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stack.config.settings")
    import django

    django.setup()
    from stack.config.instrumentation import instrument_process
    from stack.config.unlocking import unlock_or_exit
    from stack.jobs.base import list_loops
    from stack.jobs.queues import Queue

    unlock_or_exit()
    list_loops()  # imports what runs jobs once, for all children
    close_connections()
    instrument_process("worker")
    queues = [Queue(name) for name in arguments.queue] or list(Queue)
    raise SystemExit(run_worker(queues, concurrency=arguments.concurrency))


def run_worker(queues: Sequence[Any], *, concurrency: int) -> int:
    """Serves these queues until it is asked to stop; the exit code of the process."""
    from celery import signals

    from stack.jobs import tasks

    stop = SharedFlag()
    _connect(signals.setup_logging, _keep_logging)
    _connect(signals.worker_process_init, lambda **_: _begin_child(queues, stop))
    worker = tasks.run_woken.app.Worker(
        pool="prefork",
        concurrency=concurrency,
        queues=[queue.value for queue in queues],
        hostname=f"stack-{os.getpid()}@{socket.gethostname()}",
        loglevel=logging.getLogger().getEffectiveLevel(),
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    _connect(signals.worker_shutting_down, lambda **_: _begin_stop(stop, worker))
    worker.start()
    return int(worker.exitcode or 0)


def _connect(sent: Any, receiver: Any) -> None:
    sent.connect(receiver, weak=False)


def _keep_logging(**_: Any) -> None:
    """Celery leaves logging as the settings have it."""


def _begin_child(queues: Sequence[Any], stop: SharedFlag) -> None:
    from stack.config.instrumentation import instrument_child
    from stack.jobs.work import Worker, become_worker

    leave_connections()
    instrument_child("worker")
    become_worker(Worker(queues=tuple(queues), stop=stop))


def _begin_stop(stop: SharedFlag, worker: Any) -> None:
    """Jobs give themselves back at their next report; what does not is ended, and found by its lease.

    Called by a signal's handler, so all else happens in a thread.
    """
    stop.set()
    threading.Thread(target=_end_late, args=(worker,), name="late stop", daemon=True).start()


def _end_late(worker: Any) -> None:
    time.sleep(_WARM_STOP_S)
    _log.warning("jobs that did not report were ended; they run again when their leases have run out")
    for pid in _list_children(worker):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    time.sleep(_COLD_STOP_S)
    os._exit(0)


def _list_children(worker: Any) -> list[int]:
    processes = getattr(getattr(worker.pool, "_pool", None), "_pool", None) or ()
    return [process.pid for process in processes]


if __name__ == "__main__":
    main()
