"""The collector as a loop of the runner."""

import threading

from stack.jobs.base import register_loop
from stack.sharing.collections.collector import follow_changes


@register_loop("collections")
def run(stop: threading.Event) -> None:
    follow_changes(stop)
