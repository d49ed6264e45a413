"""The contract of background work: `register_job`, `register_loop` and the `JobContext` that a job runs with.

Handlers live in `stack/<app>/jobs.py`, which Django's autodiscovery imports when work is first looked for.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TypeVar

from django.utils.module_loading import autodiscover_modules

from stack.core.errors import BadInput
from stack.jobs.context import JobContext
from stack.jobs.queues import Queue

JobHandler = Callable[[JobContext], None]
LoopHandler = Callable[[threading.Event], None]
_Handler = TypeVar("_Handler", JobHandler, LoopHandler)


@dataclass(frozen=True, slots=True)
class JobKind:
    """What runs a job of this kind, and the queue in which it waits."""

    handler: JobHandler
    queue: Queue


_jobs: dict[str, JobHandler] = {}
_queues: dict[str, Queue] = {}
_loops: dict[str, LoopHandler] = {}


def register_job(name: str, *, queue: Queue = Queue.DEFAULT) -> Callable[[JobHandler], JobHandler]:
    """Makes `run(context)` the handler of jobs of this kind, which wait in `queue`.

    It must be idempotent: a killed worker's job runs again from its last durable checkpoint.
    """
    _queues[name] = queue
    return _registrar(_jobs, name)


def register_loop(name: str) -> Callable[[LoopHandler], LoopHandler]:
    """Makes `run(stop)` a background loop of the runner, in a thread of its own, until `stop` is set."""
    return _registrar(_loops, name)


def find_job(kind: str) -> JobKind:
    load_handlers()
    try:
        return JobKind(_jobs[kind], _queues[kind])
    except KeyError:
        known = ", ".join(sorted(_jobs)) or "none"
        raise BadInput(f"There is no kind of job called {kind!r} (known: {known})") from None


def list_kinds() -> list[str]:
    """The kinds of job that this version of Stack can run."""
    load_handlers()
    return sorted(_jobs)


def list_loops() -> MappingProxyType[str, LoopHandler]:
    load_handlers()
    return MappingProxyType(_loops)


@cache
def load_handlers() -> None:
    """Imports `jobs` of every application, once."""
    autodiscover_modules("jobs")


def _registrar(registry: dict[str, _Handler], name: str) -> Callable[[_Handler], _Handler]:
    def register(handler: _Handler) -> _Handler:
        if registry.setdefault(name, handler) is not handler:
            raise ValueError(f"{name!r} is registered twice")
        return handler

    return register
