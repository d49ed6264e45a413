"""The indexer as a loop of the runner, and the lists of known-good values made ready before somebody asks."""

import logging
import threading

from stack.core.errors import Unavailable
from stack.core.known_good import find_known_good
from stack.jobs.base import register_loop
from stack.search.indexer import follow_changes

_log = logging.getLogger(__name__)
# Whatever starts with the runner comes first: the lists of a new installation take seconds.
_PREPARE_AFTER_S = 10.0


@register_loop("indexer")
def run(stop: threading.Event) -> None:
    follow_changes(stop)


@register_loop("known-good lists")
def prepare_lists(stop: threading.Event) -> None:
    if not stop.wait(_PREPARE_AFTER_S):
        try:
            find_known_good([])
        except Unavailable as error:
            _log.warning("%s", error.detail)
    stop.wait()
