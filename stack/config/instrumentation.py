"""What every long-lived process begins with, so that it can be watched: one call, by its role."""

import logging

from django.conf import settings

from stack.cli.variables import find_unknown
from stack.config.error_reporting import begin_reporting
from stack.config.health.reading import begin_reading
from stack.config.log_lines import log_what_is_uncaught
from stack.config.metrics import begin_measuring
from stack.config.probing.server import serve_health
from stack.config.telemetry import begin_tracing

_log = logging.getLogger(__name__)


def instrument_process(role: str) -> None:
    """`role`: web, runner, indexer, worker or beat. Needs `django.setup`; SettingError for a bad setting.

    A worker calls it before it forks its children, and `instrument_child` in each of them.
    """
    log_what_is_uncaught()
    monitoring = settings.MONITORING
    forks = role == "worker"
    begin_reading(may_connect=not forks)
    if monitoring.is_measured:
        begin_measuring(role, has_gauges=not forks)
    begin_tracing(role, environment=monitoring.environment)
    begin_reporting(role, environment=monitoring.environment)
    serve_health()
    for unknown in find_unknown():
        _log.warning("%s", unknown)


def instrument_child(role: str) -> None:
    """In a process that was forked: threads that send spans and errors did not come along."""
    monitoring = settings.MONITORING
    begin_tracing(role, environment=monitoring.environment)
    begin_reporting(role, environment=monitoring.environment)
