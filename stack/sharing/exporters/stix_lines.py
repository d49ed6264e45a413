"""STIX objects one a line, as they are stored: for programs that read line by line.

The text of an object that was sent over several lines is written in one line; nothing else is changed.
"""

from collections.abc import Iterator

import orjson

from stack.sharing.exporting.base import PIECE_BYTES, ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses


class Exporter:
    name = "stix-lines"
    title = "STIX objects, one a line"
    media_type = "application/x-ndjson"
    extension = "jsonl"
    types: tuple[str, ...] = ()
    is_block_list = False
    is_by_value = False
    has_removals = True
    is_dated = False
    comment = ""
    options_type = ExportOptions

    @staticmethod
    def write(
        items: Iterator[Item], *, options: ExportOptions, occasion: Occasion, losses: Losses
    ) -> Iterator[bytes]:
        piece = bytearray()
        for item in items:
            losses.entries += 1
            piece += orjson.dumps({"removed": item.removed}) if item.removed else _put_on_one_line(item.text)
            piece += b"\n"
            if len(piece) >= PIECE_BYTES:
                yield bytes(piece)
                piece.clear()
        yield bytes(piece)


def _put_on_one_line(text: bytes) -> bytes:
    """Between tokens of JSON a line break is white space, and within a string it cannot stand (RFC 8259)."""
    return text.replace(b"\r", b" ").replace(b"\n", b" ")
