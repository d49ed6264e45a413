"""Plain text, in UTF-8, UTF-16 with its mark, or Windows-1252."""

from collections.abc import Iterator
from typing import BinaryIO

from stack.ingest.documents.passages import Piece, decode_text, split_text


def read_plain(file: BinaryIO) -> Iterator[Piece]:
    yield from split_text("text", decode_text(file.read()))
