"""The job `sync-peer`, which runs one link, and the loop that queues those that are due."""

import threading

from django.db import close_old_connections

from stack.core.errors import StackError, Unavailable
from stack.jobs.base import register_job, register_loop
from stack.jobs.context import JobContext
from stack.sources.taxii.handing import Overtaken
from stack.sources.taxii.records import Pulled
from stack.sources.taxii.scheduling import KIND, queue_due
from stack.sources.taxii.syncing import describe_run, run_link

_LOOK_EVERY_S = 1.0


class SyncFailed(StackError):
    """The next run is in the link's own time, which heeds what the peer asked for: no attempt of this job."""

    title = "The peer could not be synchronised"


@register_job(KIND)
def run_sync(context: JobContext) -> None:
    """Arguments: `link` (its id) and `name` (what lists call the run)."""

    def tick(objects: int) -> None:
        context.report(phase="asking the peer", done=objects)

    context.report(phase="asking the peer", unit="objects", durable=True)
    try:
        done = run_link(int(context.arguments["link"]), tick=tick)
    except Overtaken:
        context.finish({"note": "Another run of the same link has begun."})
        return
    except Unavailable as error:
        raise SyncFailed(error.detail, remedy=error.remedy) from error
    if isinstance(done, Pulled):
        note = f"{done.objects:,} objects were handed to the ingest."
    else:
        note = f"{done.taken:,} objects were taken, {done.refused:,} refused, {done.pending:,} wait."
    context.finish(describe_run(done) | {"note": note})


@register_loop("peers")
def run_schedule(stop: threading.Event) -> None:
    while not stop.wait(_LOOK_EVERY_S):
        queue_due()
        close_old_connections()
