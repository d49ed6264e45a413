"""Say who may see an object and why, or decide on it.

Without an option it only shows. With options, exactly these hold from now on for what your organisation
states of the object; --reset takes all of them back.
"""

import argparse
from typing import Any

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options
from stack.cli.backend.records import HandlingFields
from stack.cli.exit_codes import ExitCode
from stack.cli.handling import add_handling_options, read_handling_options
from stack.cli.output import Output
from stack.core.errors import BadInput

NEEDS: dict[str, Permission | None] = {"": Permission.MARK}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the STIX id of the object")
    parser.add_argument("--reset", action="store_true", help="your organisation alone, marked as it came")
    add_handling_options(parser)
    add_output_options(parser, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.marking import mark, read_access

    fields = read_handling_options(arguments)
    if arguments.reset and fields != HandlingFields():
        raise BadInput("--reset takes everything back; it cannot stand beside other options")
    is_change = arguments.reset or fields != HandlingFields()
    access = mark(arguments.id, fields) if is_change else read_access(arguments.id)
    _write(access, output)
    return ExitCode.OK


def _write(access: dict[str, Any], output: Output) -> None:
    if output.is_json:
        output.write_json(access)
        return
    output.write_pairs(
        [
            ("who", access["words"]),
            ("owner", access["owner"]),
            ("markings", ", ".join(row["name"] or row["id"] for row in access["markings"])),
            ("organisations", ", ".join(access["organisations"])),
            ("groups", ", ".join(access["groups"])),
            ("embargo_until", access["embargo_until"]),
        ]
    )
