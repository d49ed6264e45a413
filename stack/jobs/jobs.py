"""The queue's own work: backfills."""

import threading

from stack.jobs.backfills import KIND, find_backfill, finish_backfill, queue_backfills
from stack.jobs.base import register_job, register_loop
from stack.jobs.context import JobContext
from stack.jobs.leases import in_transaction
from stack.jobs.queues import Queue


@register_job(KIND, queue=Queue.MAINTENANCE)
def run_backfill(context: JobContext) -> None:
    """Arguments: `name` and `version`. The place and the rows up to it are committed together."""
    name, version = str(context.arguments["name"]), int(context.arguments["version"])
    run = find_backfill(name)
    place, changed = int(context.checkpoint.get("place", 0)), context.counts.get("changed", 0)
    while True:
        with in_transaction():
            step = run(place)
            if step is None:
                finish_backfill(name, version)
                context.finish({"note": f"{changed:,} rows were derived again"})
                return
            place, changed = step.done, changed + step.changed
            context.report(
                phase=name,
                done=place,
                counts={"changed": changed},
                checkpoint={"place": place},
                durable=True,
            )


@register_loop("backfills")
def start_backfills(stop: threading.Event) -> None:
    """Once, when a runner of a new release starts."""
    queue_backfills()
    stop.wait()
