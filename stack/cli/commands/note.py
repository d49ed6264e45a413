"""Add a note to an object, or list its notes.

A note has all markings of its object and is never seen by more people; the options can only narrow that.
"""

import argparse
import sys

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options, read_text
from stack.cli.exit_codes import ExitCode
from stack.cli.handling import add_handling_options, read_handling_options
from stack.cli.output import Column, Output

NEEDS: dict[str, Permission | None] = {"": Permission.ANNOTATE}
_COLUMNS = [
    Column("id", flexible=True),
    Column("modified"),
    Column("author", flexible=True),
    Column("tlp"),
    Column("abstract", flexible=True),
    Column("content", flexible=True),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the STIX id of the object")
    parser.add_argument(
        "text", nargs="?", type=read_text, metavar="TEXT", help='the note; "-" reads it from standard input'
    )
    parser.add_argument("--abstract", type=read_text, default="", metavar="TEXT", help="the note in short")
    add_handling_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.marking import add_note

    if arguments.text is None:
        return _write_list(arguments.id, output)
    text = read_text(sys.stdin.read()) if arguments.text == "-" else arguments.text
    note = add_note(
        arguments.id, content=text, abstract=arguments.abstract, fields=read_handling_options(arguments)
    )
    if output.is_json:
        output.write_json(note)
    else:
        output.write_line(note["id"])
    return ExitCode.OK


def _write_list(stix_id: str, output: Output) -> int:
    from stack.cli.backend.marking import iterate_notes

    notes = list(iterate_notes(stix_id))
    if output.is_json:
        output.write_records(notes)
    else:
        output.write_table(
            _COLUMNS, [[str(note.get(column.title) or "") for column in _COLUMNS] for note in notes]
        )
    return ExitCode.OK if notes else ExitCode.NOTHING_FOUND
