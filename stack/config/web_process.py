"""The web process of `stack serve` and `stack web`: `python -m stack.config.web_process --host … --port …`.

Granian's own process keeps the socket and one worker; the worker answers requests in a few threads, because
Django under WSGI is synchronous. An upload is handed on in pieces as it arrives (measured: 200 MB in 29 MB).
"""

import argparse
import os
from collections.abc import Callable
from functools import partial
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from stack.config.leash import watch_parent
from stack.config.log_lines import configure_server_log

_THREADS = 8
_WAITING_REQUESTS = 256
_STOP_SECONDS = 2


def load_application(parent: int) -> Callable[..., Any]:
    """Runs inside the worker."""
    watch_parent(parent)
    from stack.config.wsgi import application

    return application


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--parent", type=int)
    arguments = parser.parse_args()
    if arguments.parent is not None:
        watch_parent(arguments.parent)
    # Nobody waits longer for a page; a worker's statements may take as long as they need.
    os.environ.setdefault("STACK_DATABASE_STATEMENT_S", "30")
    server = Server(
        "stack.config.wsgi:application",
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.WSGI,
        blocking_threads=_THREADS,
        backpressure=_WAITING_REQUESTS,
        workers_kill_timeout=_STOP_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=configure_server_log(),
    )
    server.serve(target_loader=partial(load_application, os.getpid()), wrap_loader=False)


if __name__ == "__main__":
    main()
