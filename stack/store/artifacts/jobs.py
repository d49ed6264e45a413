"""The loop that removes what no job needs any more; any number of runners may do it."""

import threading

from django.db import close_old_connections

from stack.jobs.base import register_loop
from stack.store.artifacts.operations import sweep_artifacts

_EVERY_S = 3600.0


@register_loop("artifacts")
def sweep_forever(stop: threading.Event) -> None:
    while not stop.is_set():
        sweep_artifacts()
        close_old_connections()
        stop.wait(_EVERY_S)
