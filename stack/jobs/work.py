"""What a worker does, in whichever process: take the job whose turn it is, run it, and leave nothing open."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import close_old_connections

from stack.core.acts import Origin, acting_from
from stack.jobs.context import StopFlag
from stack.jobs.execution import run_leased
from stack.jobs.leases import name_worker
from stack.jobs.measuring import measuring_attempt
from stack.jobs.queues import Queue
from stack.jobs.turns import ALL_QUEUES, Slice, lease_next


@dataclass(slots=True)
class Worker:
    """`queues` are those that this worker serves; what waits there makes its long runs give way."""

    queues: Sequence[Queue] = ALL_QUEUES
    stop: StopFlag = field(default_factory=threading.Event)
    name: str = field(default_factory=name_worker)


_workers: list[Worker] = []


def become_worker(worker: Worker) -> None:
    """Says who this process is, before its first job: for processes to which jobs come from outside."""
    _workers[:] = [worker]


def run_one(queue: Queue) -> bool:
    """Runs the job of that queue whose turn it is; False when nothing was due."""
    with acting_from(Origin("runner")):
        try:
            return serve_next(_workers[0], queues=(queue,))
        finally:
            close_old_connections()


def serve_next(worker: Worker, *, queues: Sequence[Queue], lease_us: int | None = None) -> bool:
    """Leases the next job of these queues and runs it to its end, or to the end of its slice."""
    if worker.stop.is_set():
        return False
    jobs = settings.JOBS
    leased = lease_next(
        worker.name,
        queues=queues,
        duration_us=int(jobs.lease_s * 1_000_000) if lease_us is None else lease_us,
    )
    if leased is None:
        return False
    lease, job = leased
    place = Slice.begin(job, queues=worker.queues, seconds=jobs.slice_s, longest_seconds=jobs.longest_run_s)
    with measuring_attempt(lease, job):
        run_leased(lease, job, stop=worker.stop, place=place)
    return True
