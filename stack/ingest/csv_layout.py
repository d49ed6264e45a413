"""Finds out how a CSV file is laid out: its delimiter, its heading, and which column holds what."""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stack.core.errors import BadInput
from stack.ingest.base import CsvMapping
from stack.ingest.csv_names import COLUMN_NAMES, KIND_NAMES
from stack.stix.observables.detect import detect
from stack.stix.observables.kinds import Kind

_DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE_LINES: Final = 50


@dataclass(frozen=True, slots=True)
class Layout:
    """`columns` says by role (`value`, `labels`, …) which column, from 0; `value_kind` is for all."""

    delimiter: str
    has_header: bool
    columns: Mapping[str, int]
    value_kind: Kind | None


def find_layout(lines: Sequence[str], mapping: CsvMapping | None) -> Layout:
    """The layout of a file that begins with `lines`; what `mapping` says is taken, the rest is guessed.

    Raises `BadInput` when no column can be found that holds the values.
    """
    # A carriage return inside a line is no end of it here, and no character that a layout is told by.
    lines = [line.replace("\r", " ") for line in lines]
    data = [line for line in lines if line.strip() and not line.startswith("#")][:_SAMPLE_LINES]
    delimiter = (mapping.delimiter if mapping else "") or guess_delimiter(data)
    rows = list(csv.reader(data, delimiter=delimiter, skipinitialspace=True))
    heading = _find_heading(rows, lines, delimiter)
    has_header = bool(rows) and heading == rows[0]
    if mapping is not None and mapping.has_header is not None:
        has_header = mapping.has_header
        heading = rows[0] if has_header and rows else []
    names = [plain_name(cell) for cell in heading]
    if mapping is not None:
        return _apply_mapping(mapping, names, delimiter, has_header)
    columns = {
        role: found for role, known in COLUMN_NAMES.items() if (found := _first_of(names, known)) is not None
    }
    body = rows[1:] if has_header else rows
    if "value" not in columns:
        columns["value"] = _find_value_column(body)
    elif "type" not in columns and len(set(names) & set(COLUMN_NAMES["value"])) > 1:
        columns["value"] = _find_value_column(
            body, among=[i for i, n in enumerate(names) if n in COLUMN_NAMES["value"]]
        )
    return Layout(delimiter, has_header, columns, KIND_NAMES.get(names[columns["value"]]) if names else None)


def guess_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that divides the lines most evenly; a comma when there is none."""
    if not lines:
        return ","
    counts = {mark: [len(row) for row in csv.reader(lines, delimiter=mark)] for mark in _DELIMITERS}

    def rank(mark: str) -> tuple[float, int]:
        [(columns, lines_with)] = Counter(counts[mark]).most_common(1)
        return (lines_with / len(lines) if columns > 1 else 0.0, columns)

    return max(_DELIMITERS, key=rank)


def plain_name(text: str) -> str:
    """A heading as it is compared: `# First Seen (UTC)` is `first_seen_utc`."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")


def read_kind(text: str) -> Kind | None:
    """The kind that a type cell names, if it is one that Stack knows."""
    return KIND_NAMES.get(plain_name(text))


def is_indicator(text: str) -> bool:
    """Whether the cell looks like a value that an indicator can be made of."""
    return detect(text).observable.kind not in {Kind.TEXT, Kind.NAME, Kind.FILE_NAME, Kind.PATH, Kind.ATTACK}


def is_known_heading(cells: Sequence[str]) -> bool:
    known = {name for names in COLUMN_NAMES.values() for name in names}
    return any(plain_name(cell) in known for cell in cells) and not any(map(is_indicator, cells))


def _find_heading(rows: Sequence[list[str]], lines: Sequence[str], delimiter: str) -> list[str]:
    """The first row, or the last comment before it (as abuse.ch writes it), when it names columns."""
    if rows and is_known_heading(rows[0]):
        return rows[0]
    for line in reversed([line for line in lines[:_SAMPLE_LINES] if line.startswith("#")]):
        [cells] = csv.reader([line.lstrip("# ")], delimiter=delimiter, skipinitialspace=True)
        if rows and len(cells) == len(rows[0]) and is_known_heading(cells):
            return cells
    return []


def _first_of(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _find_value_column(rows: Sequence[list[str]], among: Sequence[int] | None = None) -> int:
    """The column with the most cells that look like indicators."""
    found = Counter(
        number
        for row in rows
        for number, cell in enumerate(row)
        if (among is None or number in among) and is_indicator(cell)
    )
    if not found:
        raise BadInput(
            "No column of this CSV file holds values that Stack recognises",
            remedy="Say which column holds the addresses, domains, URLs, hashes …, by its heading or number.",
        )
    return found.most_common(1)[0][0]


def _apply_mapping(mapping: CsvMapping, names: Sequence[str], delimiter: str, has_header: bool) -> Layout:
    columns: dict[str, int] = {}
    for role in COLUMN_NAMES:
        wanted = getattr(mapping, role)
        if isinstance(wanted, int):
            columns[role] = wanted - 1
        elif wanted is not None:
            if plain_name(wanted) not in names:
                raise BadInput(
                    f"The mapping names a column {wanted!r} for {role}, which the file does not have",
                    remedy=f"Its columns are: {', '.join(names) or 'not named; give numbers from 1'}."
                    " A mapping given with a file takes the place of the one kept for its source.",
                )
            columns[role] = names.index(plain_name(wanted))
    kind = read_kind(mapping.value_type) if mapping.value_type else None
    if mapping.value_type and kind is None:
        raise BadInput(
            f"The mapping says that values are of type {mapping.value_type!r}, which Stack does not know",
            remedy=f"Use one of: {', '.join(sorted(KIND_NAMES))}.",
        )
    return Layout(delimiter, has_header, columns, kind)
