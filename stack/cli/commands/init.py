"""Create the data folder, the key, the database and the first administrator.

Quiet when there is nothing to do. The other commands do this by themselves where the data folder is absent.
"""

import argparse
import os

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Output
from stack.core.errors import BadInput

NEEDS: dict[str, Permission | None] = {"": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wait", type=float, default=0, metavar="SECONDS", help="wait so long for the database to answer"
    )
    add_output_options(parser, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.initialise import initialise, start_django

    if os.environ.get("STACK_URL"):
        raise BadInput("“stack init” works on this machine only", remedy="Unset STACK_URL, or run it there.")
    start_django()
    created = initialise(wait_s=arguments.wait)
    if output.is_json:
        output.write_json({"created": created})
        return ExitCode.OK
    for thing in created:
        output.note(f"created {thing}")
    return ExitCode.OK
