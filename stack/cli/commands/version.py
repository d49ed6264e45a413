"""Say which version this is; “stack doctor” asks a server for its own."""

import argparse
import platform
import sqlite3
from importlib.metadata import version

from stack import __version__
from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Output

NEEDS: dict[str, Permission | None] = {"": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_output_options(parser, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    parts = {
        "stack": __version__,
        "python": platform.python_version(),
        "django": version("django"),
        "sqlite": sqlite3.sqlite_version,
        "tantivy": version("tantivy"),
    }
    if output.is_json:
        output.write_json(parts)
    else:
        output.write_pairs(parts.items())
    return ExitCode.OK
