"""Find lost wake-ups, and the jobs of workers that died, for Celery.

Periodic work, where STACK_JOBS=celery. Several may run at once, for the database decides. Ends within 10
seconds of SIGTERM.
"""

import argparse

from stack.accounts.roles import Permission
from stack.cli.output import Output

NEEDS: dict[str, Permission | None] = {"": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: the schedule is part of Stack."""


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.initialise import start_django
    from stack.cli.supervision.process import become_process, refuse_remote, require_celery

    refuse_remote()
    start_django()
    require_celery()
    become_process("stack.config.beat_process")
