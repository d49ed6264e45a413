"""How answers are written: tables for a terminal, tab-separated when piped, JSON when asked for.

Data goes to standard output; notes, progress and errors go to standard error.
"""

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain, zip_longest
from typing import Any, TextIO

from stack.core.errors import StackError

# Names and values come from enemies: none of their control characters and no bidirectional trick reaches a
# terminal.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NARROWEST = 8
_GAP = "  "


class Form(Enum):
    TABLE = "table"
    TSV = "tsv"
    JSON = "json"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Column:
    """`flexible` columns give way first when the terminal is narrow; `numeric` ones stand at the right.

    What does not fit is cut, or goes on in the next line where the column `wraps`.
    """

    title: str
    numeric: bool = False
    flexible: bool = False
    wraps: bool = False


Cell = str | int | float | None


class Output:
    """Where a command writes; it knows the form that the user or the pipe asked for."""

    def __init__(
        self, *, form: Form, quiet: bool = False, out: TextIO, err: TextIO, colour: bool = False
    ) -> None:
        self.form = form
        self.quiet = quiet
        self.out = out
        self.err = err
        self.colour = colour

    @property
    def is_json(self) -> bool:
        return self.form in {Form.JSON, Form.JSONL}

    def write_json(self, document: Any) -> None:
        """One document, indented for people to read when standard output is a terminal."""
        indent = 2 if self.form is Form.JSON and self.out.isatty() else None
        self.out.write(json.dumps(document, ensure_ascii=False, indent=indent) + "\n")

    def write_records(self, records: Iterable[Mapping[str, Any]]) -> None:
        """`--json` gives an array, `--jsonl` one object a line as soon as it is there."""
        if self.form is Form.JSON:
            self.write_json(list(records))
            return
        for record in records:
            self.write_json_line(record)

    def write_json_line(self, record: Mapping[str, Any]) -> None:
        """One object on one line, written out at once."""
        self.out.write(json.dumps(record, ensure_ascii=False) + "\n")
        self.out.flush()

    def write_table(self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
        if self.form is Form.TABLE:
            self._write_aligned(columns, [[show_cell(cell) for cell in row] for row in rows])
            return
        remaining = iter(rows)
        first = next(remaining, None)  # an answer that fails does so before its heading is written
        self.out.write("\t".join(column.title for column in columns) + "\n")
        for row in chain([first] if first is not None else [], remaining):
            self.out.write("\t".join(escape_tsv(cell) for cell in row) + "\n")

    def _write_aligned(self, columns: Sequence[Column], rows: list[list[str]]) -> None:
        widths = fit_widths(columns, rows, shutil.get_terminal_size().columns)
        self.out.write(self._bold(_align(columns, [column.title for column in columns], widths)) + "\n")
        for row in rows:
            for line in _wrap_row(columns, row, widths):
                self.out.write(_align(columns, line, widths) + "\n")

    def write_pairs(self, pairs: Iterable[tuple[str, Cell]]) -> None:
        """Names and values, a line each."""
        shown = [(name, value) for name, value in pairs if value not in (None, "")]
        width = max((len(name) for name, _ in shown), default=0)
        for name, value in shown:
            if self.form is Form.TABLE:
                self.out.write(f"{self._bold(name.ljust(width))}{_GAP}{show_cell(value)}\n")
            else:
                self.out.write(f"{name}\t{escape_tsv(value)}\n")

    def write_line(self, text: str) -> None:
        self.out.write(text + "\n")

    def note(self, text: str) -> None:
        """A remark beside the answer."""
        if not self.quiet:
            self.err.write(_UNSAFE.sub("�", text) + "\n")
            self.err.flush()

    def warn(self, text: str) -> None:
        """A remark that `--quiet` does not silence."""
        self.err.write(_UNSAFE.sub("�", text) + "\n")
        self.err.flush()

    def explain(self, error: StackError) -> None:
        """What failed, the faults that its text does not name yet, and what to do."""
        self.warn(f"stack: {error.detail}")
        for fault in error.errors:
            if fault.message not in error.detail:
                self.warn(f"  {fault.field}: {fault.message}")
        if error.remedy:
            self.warn(f"  → {error.remedy}")

    def _bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self.colour else text


def open_output(*, as_json: bool = False, as_lines: bool = False, quiet: bool = False) -> Output:
    """The process's own streams; `NO_COLOR` (no-color.org) and `TERM=dumb` are honoured."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    terminal = sys.stdout.isatty()
    form = Form.TABLE if terminal else Form.TSV
    if as_json or as_lines:
        form = Form.JSON if as_json else Form.JSONL
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Output(form=form, quiet=quiet, out=sys.stdout, err=sys.stderr, colour=colour)


def is_debugging() -> bool:
    """`STACK_DEBUG`, read as the settings read it."""
    return os.environ.get("STACK_DEBUG", "").strip().lower() not in {"", "0", "no", "false", "off"}


def show_cell(cell: Cell) -> str:
    """For a table: thousands separated, nothing that steers the terminal."""
    if cell is None:
        return ""
    if isinstance(cell, int):
        return f"{cell:,}"
    return _UNSAFE.sub("�", str(cell))


def escape_tsv(cell: Cell) -> str:
    r"""For a pipe: a tab, line break or backslash in a value is written `\t`, `\n`, `\r`, `\\`."""
    text = "" if cell is None else str(cell)
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def fit_widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], available: int) -> list[int]:
    """The width of each column; the widest flexible column gives way until the line fits."""
    widths = [
        max([len(column.title), *(len(row[index]) for row in rows)]) for index, column in enumerate(columns)
    ]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > available:
        candidates = [i for i, column in enumerate(columns) if column.flexible and widths[i] > _NARROWEST]
        if not candidates:
            break
        excess = sum(widths) + len(_GAP) * (len(widths) - 1) - available
        widest = max(candidates, key=lambda index: widths[index])
        rivals = [widths[index] for index in candidates if index != widest]
        floor = max([_NARROWEST, *rivals])
        widths[widest] = max(floor, widths[widest] - excess) if widths[widest] > floor else widths[widest] - 1
    return widths


def _wrap_row(columns: Sequence[Column], row: Sequence[str], widths: Sequence[int]) -> list[list[str]]:
    """The row as lines: more than one where a cell of a column that wraps is too long for it."""
    cells = [
        (textwrap.wrap(cell, width) or [""]) if column.wraps else [cell]
        for column, cell, width in zip(columns, row, widths, strict=True)
    ]
    return [list(line) for line in zip_longest(*cells, fillvalue="")]


def _align(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> str:
    parts = []
    for column, cell, width in zip(columns, cells, widths, strict=True):
        text = cell if len(cell) <= width else cell[: width - 1] + "…"
        parts.append(text.rjust(width) if column.numeric else text.ljust(width))
    return _GAP.join(parts).rstrip()
