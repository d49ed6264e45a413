"""What a command is: one file in `commands/`, found by its name; adding a command adds a file.

The first line of the file's docstring is its help. Nothing heavy is imported at the top of such a file, so
that help answers at once: what talks to the database or to a server is imported inside `run`.
"""

import argparse
from collections.abc import Mapping
from typing import Protocol

from stack.accounts.roles import Permission
from stack.cli.output import Output


class Command(Protocol):
    """The shape of a module in `commands/`.

    `NEEDS` says which permission each action takes ("" for a command without actions); None for one that
    touches no data, or that only the machine's own administrator can run.
    """

    __doc__: str | None
    NEEDS: Mapping[str, Permission | None]

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options; the output options are `arguments.add_output_options`."""

    def run(self, arguments: argparse.Namespace, output: Output) -> int:
        """Do it and return the exit code; a `StackError` carries its own."""
