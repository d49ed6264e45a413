"""Indicators as CSV (RFC 4180), one value a row; a spreadsheet opens it without running anything."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from stack.core.spreadsheets import defuse_cell
from stack.sharing.exporting.base import PIECE_BYTES, ExportOptions, Item, Occasion
from stack.sharing.exporting.flat import FLAT_COLUMNS, FLAT_PROPERTIES, flatten_row
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.rows import Row, RowRules, iterate_rows

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}


class Options(ExportOptions, frozen=True, kw_only=True):
    delimiter: Annotated[
        Literal["comma", "semicolon", "tab"], msgspec.Meta(description="What stands between cells")
    ] = "comma"
    formulas: Annotated[
        bool, msgspec.Meta(description="Leave cells that begin like a formula as they are")
    ] = False
    observables: Annotated[bool, msgspec.Meta(description="Also the values of observables")] = False


class Exporter:
    name = "csv"
    title = "CSV table"
    media_type = "text/csv;charset=utf-8"
    extension = "csv"
    types: tuple[str, ...] = ()
    is_block_list = False
    is_by_value = True
    has_removals = True
    is_dated = False
    comment = ""
    options_type = Options

    @staticmethod
    def write(
        items: Iterator[Item], *, options: Options, occasion: Occasion, losses: Losses
    ) -> Iterator[bytes]:
        """In a delta the first column says `add` or `remove`; a row of `remove` has nothing but the id."""
        rules = RowRules(carried=FLAT_PROPERTIES | {"pattern"}, observables=options.observables)
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=_DELIMITERS[options.delimiter], lineterminator="\r\n")
        writer.writerow((["change"] if occasion.is_delta else []) + list(FLAT_COLUMNS))
        for row in iterate_rows(items, rules=rules, occasion=occasion, losses=losses):
            losses.entries += 1
            cells = _make_cells(row, is_delta=occasion.is_delta)
            writer.writerow(cells if options.formulas else map(defuse_cell, cells))
            if buffer.tell() >= PIECE_BYTES:
                yield _take(buffer)
        yield _take(buffer)


def _make_cells(row: Row, *, is_delta: bool) -> list[object]:
    if row.removed:
        return ["remove", *(row.removed if column == "id" else "" for column in FLAT_COLUMNS)]
    cells = [_make_cell(value) for value in flatten_row(row).values()]
    return ["add", *cells] if is_delta else cells


def _make_cell(value: object) -> object:
    if isinstance(value, list):
        return ";".join(value)
    return str(value).lower() if isinstance(value, bool) else value


def _take(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    # NUL ends a cell for some readers, and no reader wants it.
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace")
