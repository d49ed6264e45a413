"""The indexer as a loop of the runner."""

import threading

from stack.jobs.base import register_loop
from stack.search.indexer import follow_changes


@register_loop("indexer")
def run(stop: threading.Event) -> None:
    follow_changes(stop)
