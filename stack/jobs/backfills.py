"""Backfills: data that a release derives anew beside the running installation, as a job that may be killed.

A migration changes tables and is short; what would touch every row is registered here with a version that
is raised when it has to be done again. `stack init` queues those that are behind.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from stack.accounts.queries import local_principal
from stack.jobs.base import load_handlers
from stack.jobs.models import Backfill, Job
from stack.jobs.operations import enqueue
from stack.jobs.queues import Priority
from stack.jobs.records import UNFINISHED

KIND = "backfill"


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did: up to which place everything is done now, and how many rows it changed."""

    done: int
    changed: int


Run = Callable[[int], Step | None]
"""Does the rows after a place, a second's work at most, in the caller's transaction; None at the end.
It must change nothing that is as it should be: a step may run twice."""

_known: dict[str, tuple[int, Run]] = {}


def register_backfill(name: str, *, version: int) -> Callable[[Run], Run]:
    def register(run: Run) -> Run:
        if _known.setdefault(name, (version, run))[1] is not run:
            raise ValueError(f"the backfill {name!r} is registered twice")
        return run

    return register


def find_backfill(name: str) -> Run:
    load_handlers()
    return _known[name][1]


def finish_backfill(name: str, version: int) -> None:
    Backfill.objects.update_or_create(name=name, defaults={"version": version})


def note_all_done() -> None:
    """Of a new database, in which everything will be as this release derives it."""
    load_handlers()
    for name, (version, _) in _known.items():
        finish_backfill(name, version)


def queue_backfills() -> list[str]:
    """Queues those whose version is newer than what was done, and gives back their names.

    Safe to repeat: one that waits or runs is not queued again.
    """
    load_handlers()
    done = dict(Backfill.objects.values_list("name", "version"))
    queued = []
    for name, (version, _) in sorted(_known.items()):
        if done.get(name, 0) < version and not _is_waiting(name):
            principal = replace(local_principal(), user_id=None)
            arguments = {"name": name, "version": version}
            enqueue(principal, kind=KIND, arguments=arguments, unit="rows", priority=Priority.LOW)
            queued.append(name)
    return queued


def _is_waiting(name: str) -> bool:
    return Job.objects.filter(kind=KIND, state__in=UNFINISHED, arguments__name=name).exists()
