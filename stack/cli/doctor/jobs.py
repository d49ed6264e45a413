"""The queue of record: what waits too long, is stuck or dead, and who should see to it."""

from collections.abc import Iterator
from typing import Final

from stack.cli.doctor.base import Finding, State

_WAITED_S: Final = 60.0
_BEAT_S: Final = 30.0


def diagnose() -> Iterator[Finding]:
    from django.conf import settings

    from stack.jobs.measuring import count_expired, measure_queues

    is_celery = settings.JOBS.runner == "celery"
    queues = measure_queues()
    found = False
    for queue in queues:
        if queue.oldest_due_s > _WAITED_S and not queue.running:
            found = True
            detail = (
                f"{queue.due:,} wait in {queue.queue}, the oldest for {queue.oldest_due_s:,.0f} s; none runs"
            )
            yield Finding("jobs", State.WARNING, detail, _say_who_runs(queue.queue, is_celery))
        if queue.dead:
            found = True
            remedy = "“stack job list --state dead” names them; “stack job retry ID” goes on with one."
            yield Finding(
                "dead jobs", State.WARNING, f"{queue.dead:,} in {queue.queue} failed every attempt", remedy
            )
    expired = count_expired(seconds=_WAITED_S)
    if expired:
        found = True
        detail = f"{expired:,} jobs belong to workers that are gone, and nobody takes them back"
        remedy = "Start “stack beat”." if is_celery else "Start “stack serve” or “stack runner”."
        yield Finding("stuck jobs", State.FAILED, detail, remedy)
    if not found:
        yield Finding("jobs", State.OK, f"{sum(queue.due + queue.running for queue in queues):,} wait or run")
    if is_celery:
        yield from _diagnose_celery()


def _say_who_runs(queue: str, is_celery: bool) -> str:
    if is_celery:
        return f"Start “stack worker --queue {queue}”; if one runs, look at its log and at Redis."
    return "Start “stack serve” or “stack runner”; if one runs, look at its log."


def _diagnose_celery() -> Iterator[Finding]:
    from stack.cli.doctor.workers import list_served
    from stack.jobs.presence import read_presence
    from stack.jobs.queues import Queue

    served = list_served()
    if served is None:
        remedy = "Start “stack worker”; if one runs, it cannot reach Redis."
        yield Finding("workers", State.FAILED, "no worker answers", remedy)
    else:
        without = [queue.value for queue in Queue if not served.get(queue.value)]
        for name in without:
            remedy = f"Start “stack worker --queue {name}”, or add the queue to one that runs."
            yield Finding("workers", State.WARNING, f"nobody serves the queue {name}", remedy)
        if not without:
            number = len({worker for workers in served.values() for worker in workers})
            yield Finding("workers", State.OK, f"{number} serve all queues")
    seen = read_presence("beat")
    if seen is None or seen > _BEAT_S:
        detail = "was not seen" if seen is None else f"was last seen {seen:,.0f} s ago"
        remedy = "Start “stack beat”: without it, jobs of workers that died and lost wake-ups wait for ever."
        yield Finding("beat", State.FAILED, detail, remedy)
    else:
        yield Finding("beat", State.OK, f"seen {seen:.0f} s ago")
