"""Look values up: addresses, names, URLs, hashes and more, fanged or defanged.

"-" reads standard input, one value a line. Every value gets an answer, in order; blank lines are skipped.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from itertools import islice
from typing import Any

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options, read_text
from stack.cli.backend.records import AnswerView
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Cell, Column, Form, Output

NEEDS: dict[str, Permission | None] = {"": Permission.READ}

_COLUMNS = [
    Column("value", flexible=True),
    Column("kind"),
    Column("known"),
    Column("objects", numeric=True),
    Column("names", flexible=True),
    Column("known-good", flexible=True),
]
_NAMES_SHOWN = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "values",
        nargs="+",
        type=read_text,
        metavar="VALUE",
        help='values; "-" reads them from standard input',
    )
    add_output_options(parser)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import open_backend

    backend = open_backend()
    found = [0, 0]

    def answer_all() -> Iterator[AnswerView]:
        from stack.cli.backend.base import LOOKUP_BATCH

        for batch in _batch(read_values(arguments.values), LOOKUP_BATCH):
            for answer in backend.look_up(batch):
                found[answer.known] += 1
                yield answer

    if output.is_json:
        output.write_records(_make_record(answer) for answer in answer_all())
    else:
        output.write_table(_COLUMNS, (_make_row(answer, output) for answer in answer_all()))
    unknown, known = found
    if known + unknown > 1:
        output.note(f"{known:,} of {known + unknown:,} known")
    return ExitCode.OK if known else ExitCode.NOTHING_FOUND


def read_values(words: Iterable[str]) -> Iterator[str]:
    """The values in order; `-` stands for the lines of standard input."""
    for word in words:
        if word != "-":
            yield word
            continue
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")
        for line in sys.stdin:
            # Files that were joined may have a byte order mark in the middle.
            if value := line.removeprefix("\ufeff").strip("\r\n"):
                yield value


def _batch(values: Iterable[str], size: int) -> Iterator[list[str]]:
    iterator = (value for value in values if value.strip())
    while batch := list(islice(iterator, size)):
        yield batch


def _make_record(answer: AnswerView) -> dict[str, Any]:
    """The documented fields first; the others may be joined by more."""
    return {
        "input": answer.input,
        "value": answer.value,
        "kind": answer.kind,
        "known": answer.known,
        "objects": [found.id for found in answer.objects],
        "more": answer.more,
        "networks": answer.networks,
        "note": answer.note,
        "known_good": [
            {
                "list": held.list_name,
                "title": held.title,
                "version": held.version,
                "category": held.category,
                "matched": held.matched,
            }
            for held in answer.known_good
        ],
    }


def _make_row(answer: AnswerView, output: Output) -> list[Cell]:
    names = dict.fromkeys(found.name or found.id for found in answer.objects)
    shown = ", ".join(list(names)[:_NAMES_SHOWN]) + (" …" if len(names) > _NAMES_SHOWN else "")
    value = answer.value
    if output.form is Form.TABLE:
        # Terminals make links of what looks like one: people see it defanged, pipes get it as it is.
        from stack.stix.observables.kinds import Kind
        from stack.stix.observables.refang import defang

        value = defang(value, Kind(answer.kind))
    known = "yes" if answer.known else "no"
    return [value, answer.kind, known, len(answer.objects) + answer.more, shown, _name_lists(answer)]


def _name_lists(answer: AnswerView) -> str:
    """The first list by its title; in brackets where it only says what the value is."""
    if not answer.known_good:
        return ""
    first, *others = answer.known_good
    rest = f" +{len(others)}" if others else ""
    return f"{first.title}{rest}" if first.category == "false_positive" else f"({first.title}{rest})"
