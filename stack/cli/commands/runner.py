"""Run the background work: the search index, sweeps, checkpoints, and jobs.

Where STACK_JOBS=celery, workers run the jobs (“stack worker”) and this command does not. Any number of
runners may share a database. Ends within 10 seconds of SIGTERM; a running job goes back to its queue.
"""

import argparse

from stack.accounts.roles import Permission
from stack.cli.output import Output

NEEDS: dict[str, Permission | None] = {"": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--jobs",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="also run jobs (default: unless STACK_JOBS=celery)",
    )


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.initialise import start_django
    from stack.cli.supervision.process import become_process, refuse_remote

    refuse_remote()
    start_django()
    from django.conf import settings

    runs_jobs = settings.JOBS.runner == "runner" if arguments.jobs is None else arguments.jobs
    become_process("stack.config.runner_process", ("--work", "both" if runs_jobs else "loops"))
