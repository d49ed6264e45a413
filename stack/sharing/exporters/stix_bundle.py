"""One STIX 2.1 bundle: the stored texts, joined; nothing is parsed or written anew."""

from collections.abc import Iterator
from uuid import uuid4

from stack.sharing.exporting.base import PIECE_BYTES, ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses


class Exporter:
    name = "stix"
    title = "STIX 2.1 bundle"
    media_type = "application/stix+json;version=2.1"
    extension = "json"
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
        """A bundle without objects has no `objects` (STIX 2.1, section 2.9: empty lists are prohibited).

        In a delta it has what came; of what went it cannot tell, which is counted.
        """
        piece = bytearray(b'{"type":"bundle","id":"bundle--%s"' % str(uuid4()).encode())
        separator = b',"objects":[\n'
        for item in items:
            if item.removed:
                losses.leave_out("gone since, which a bundle cannot say")
                continue
            losses.entries += 1
            piece += separator
            piece += item.text
            separator = b",\n"
            if len(piece) >= PIECE_BYTES:
                yield bytes(piece)
                piece.clear()
        piece += b"\n]}\n" if separator == b",\n" else b"}\n"
        yield bytes(piece)
