"""Run jobs, woken by Celery over Redis, in processes of their own.

Needs STACK_JOBS=celery, STACK_REDIS and the database, but nothing of the data folder. Ends within 10 seconds
of SIGTERM; running jobs go back to their queues with what they have done.
"""

import argparse

from stack.accounts.roles import Permission
from stack.cli.arguments import read_positive
from stack.cli.output import Output
from stack.jobs.queues import Queue

NEEDS: dict[str, Permission | None] = {"": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--queue",
        action="append",
        choices=[queue.value for queue in Queue],
        help="serve this queue; may be given several times (default: all)",
    )
    parser.add_argument(
        "--concurrency", type=read_positive, default=2, metavar="N", help="jobs at a time (default: 2)"
    )


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.initialise import start_django
    from stack.cli.supervision.process import become_process, refuse_remote, require_celery

    refuse_remote()
    start_django()
    require_celery()
    queues = [part for name in arguments.queue or () for part in ("--queue", name)]
    become_process("stack.config.worker_process", (*queues, "--concurrency", str(arguments.concurrency)))
