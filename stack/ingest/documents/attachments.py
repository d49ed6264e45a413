"""Documents within documents: what is attached to a mail is named by its hash, and read where it is text."""

from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

import msgspec

from stack.core.errors import BadInput
from stack.ingest.documents.passages import Budget, Passage, Piece, Remark, Title, split_text
from stack.ingest.documents.sniffing import HEAD_BYTES, DocumentFormat, sniff_document

_DEEPEST = 3
_READ_AS_TEXT = (".txt", ".csv", ".log", ".md", ".ics", ".json", ".xml", ".yar", ".yml", ".yaml")


class Attachment(msgspec.Struct, frozen=True):
    name: str
    data: bytes


def read_attachment(attachment: Attachment, budget: Budget, depth: int, within: str) -> Iterator[Piece]:
    """Its name, size and hash; and its text where it is a document, down to the third level.

    What cannot be read within says so in a remark: the mail around it is still worth reading.
    """
    data, name = attachment.data, attachment.name
    label = f"{within}attachment “{name[:80]}”"
    digest = sha256(data).hexdigest()
    yield from split_text(label, f"File name: {name}\nSize: {len(data)} bytes\nSHA-256: {digest}")
    if not data.strip():
        return
    found = sniff_document(data[:HEAD_BYTES], name)
    if found is None and name.lower().endswith(_READ_AS_TEXT):
        found = DocumentFormat.TEXT
    if found is None:
        yield Remark(f"The attachment “{name[:80]}” is no document, and was not opened")
        return
    if depth >= _DEEPEST or not budget.take_nested():
        yield Remark(
            f"The attachment “{name[:80]}” was not read: it is nested too deep, or there are too many"
        )
        return
    try:
        yield from _relabel(read_pieces(BytesIO(data), found, budget, depth + 1, f"{label}, "), f"{label}, ")
    except BadInput as error:
        yield Remark(f"The attachment “{name[:80]}” was not read: {error.detail}")


def read_pieces(
    file: BinaryIO, document_format: DocumentFormat, budget: Budget, depth: int = 0, within: str = ""
) -> Iterator[Piece]:
    """The pieces of a document of this format; its reader is imported when it is needed."""
    match document_format:
        case DocumentFormat.PDF:
            from stack.ingest.documents.readers.pdf import read_pdf

            return read_pdf(file)
        case DocumentFormat.WORD:
            from stack.ingest.documents.readers.word import read_word

            return read_word(file)
        case DocumentFormat.HTML:
            from stack.ingest.documents.readers.html import read_html

            return read_html(file)
        case DocumentFormat.MAIL:
            from stack.ingest.documents.readers.mail import read_mail

            return read_mail(file, budget, depth)
        case DocumentFormat.OUTLOOK:
            from stack.ingest.documents.readers.outlook import read_outlook

            return read_outlook(file, budget, depth)
        case DocumentFormat.TEXT:
            from stack.ingest.documents.readers.plain import read_plain

            return read_plain(file)


def _relabel(pieces: Iterator[Piece], within: str) -> Iterator[Piece]:
    """The pieces with where they stand; the title is not the outer document's."""
    for piece in pieces:
        if isinstance(piece, Passage):
            part = f"{within}{piece.part}"
            yield msgspec.structs.replace(piece, part=part if len(part) <= 200 else f"{part[:199]}…")
        elif not isinstance(piece, Title):
            yield piece
