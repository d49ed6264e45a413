"""The job `feed`, one visit; and the loop that begins visits when they are due."""

import threading

from django.db import close_old_connections

from stack.jobs.base import register_job, register_loop
from stack.jobs.context import JobContext
from stack.sources.feeds.running import settle_runs, start_due_feeds, visit_feed

_LOOK_EVERY_S = 3.0


@register_job("feed")
def run_feed(context: JobContext) -> None:
    """Arguments: `run`, the id of the visit."""
    visit_feed(context, int(context.arguments["run"]))


@register_loop("feeds")
def run_feeds(stop: threading.Event) -> None:
    while not stop.wait(_LOOK_EVERY_S):
        settle_runs()
        start_due_feeds()
        close_old_connections()
