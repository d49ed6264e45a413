"""The store's work outside a request."""

from stack.core.errors import NotFound
from stack.jobs.base import register_job, register_loop
from stack.jobs.context import JobContext
from stack.jobs.queues import Queue
from stack.store import rekeying, tie_break  # noqa: F401 - register their backfills
from stack.store.artifacts import jobs as artifact_jobs  # noqa: F401 - registers its loop
from stack.store.removal import remove_source
from stack.store.statistics import keep_statistics

register_loop("statistics")(keep_statistics)


@register_job("remove-source", queue=Queue.MAINTENANCE)
def run_remove_source(context: JobContext) -> None:
    """Arguments: `source` (its id) and `name`. Batches that were taken back stay so; a second run goes on."""

    def report(removed: int) -> None:
        context.report(phase="removing", done=removed, counts={"removed": removed})

    try:
        removed = remove_source(context.principal, int(context.arguments["source"]), report=report)
    except NotFound:
        # A run before this one took everything back and ended before it could say so.
        removed = context.counts.get("removed", 0)
    context.finish({"removed": removed, "note": f"{removed:,} statements were taken back"})
