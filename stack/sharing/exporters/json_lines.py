"""Indicators as flat rows of JSON, one value a line: for log pipelines and scripts."""

from collections.abc import Iterator
from typing import Annotated

import msgspec
import orjson

from stack.sharing.exporting.base import PIECE_BYTES, ExportOptions, Item, Occasion
from stack.sharing.exporting.flat import FLAT_PROPERTIES, flatten_row
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.rows import RowRules, iterate_rows


class Options(ExportOptions, frozen=True, kw_only=True):
    observables: Annotated[bool, msgspec.Meta(description="Also the values of observables")] = False


class Exporter:
    name = "jsonl"
    title = "JSON lines, one value a line"
    media_type = "application/x-ndjson"
    extension = "jsonl"
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
        """A line `{"removed": ID}` in a delta: all rows of that object have gone."""
        rules = RowRules(carried=FLAT_PROPERTIES | {"pattern"}, observables=options.observables)
        piece = bytearray()
        for row in iterate_rows(items, rules=rules, occasion=occasion, losses=losses):
            losses.entries += 1
            piece += orjson.dumps({"removed": row.removed} if row.removed else flatten_row(row))
            piece += b"\n"
            if len(piece) >= PIECE_BYTES:
                yield bytes(piece)
                piece.clear()
        yield bytes(piece)
