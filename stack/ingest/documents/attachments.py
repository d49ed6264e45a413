"""Documents within documents: what is attached to a mail is named by its hash, and read where it is text."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from importlib import import_module
from io import BytesIO
from typing import BinaryIO

import msgspec

from stack.core.errors import BadInput
from stack.ingest.documents.passages import (
    Attached,
    Budget,
    Passage,
    Piece,
    Remark,
    Text,
    Title,
    split_text,
)
from stack.ingest.documents.sniffing import HEAD_BYTES, DocumentFormat, sniff_document

_DEEPEST = 3
_READ_AS_TEXT = (".txt", ".csv", ".log", ".md", ".ics", ".json", ".xml", ".yar", ".yml", ".yaml")


def read_pieces(
    file: BinaryIO, document_format: DocumentFormat, budget: Budget, depth: int = 0
) -> Iterator[Text]:
    """The text of a document of this format, and of the documents in it down to the third level."""
    for piece in _find_reader(document_format)(file):
        if isinstance(piece, Attached):
            yield from _read_attached(piece, budget, depth)
        else:
            yield piece


def _read_attached(attached: Attached, budget: Budget, depth: int) -> Iterator[Text]:
    """Its name, size and hash; and its text where it is a document.

    What cannot be read within says so in a remark: the mail around it is still worth reading.
    """
    data, name = attached.data, attached.name
    label = f"{attached.within}attachment “{name[:80]}”"
    digest = sha256(data).hexdigest()
    yield from split_text(label, f"File name: {name}\nSize: {len(data)} bytes\nSHA-256: {digest}")
    if not data.strip():
        return
    found = sniff_document(data[:HEAD_BYTES], name)
    if found is None and name.lower().endswith(_READ_AS_TEXT):
        found = DocumentFormat.TEXT
    if found is None:
        yield Remark(f"The attachment “{name[:80]}” is no document, and was not opened")
    elif depth >= _DEEPEST or not budget.take_nested():
        yield Remark(
            f"The attachment “{name[:80]}” was not read: it is nested too deep, or there are too many"
        )
    else:
        try:
            yield from _relabel(read_pieces(BytesIO(data), found, budget, depth + 1), f"{label}, ")
        except BadInput as error:
            yield Remark(f"The attachment “{name[:80]}” was not read: {error.detail}")


def _find_reader(document_format: DocumentFormat) -> Callable[[BinaryIO], Iterator[Piece]]:
    """Imported when it is needed: a document needs one of them."""
    module, name = _READERS[document_format]
    reader: Callable[[BinaryIO], Iterator[Piece]] = getattr(
        import_module(f"stack.ingest.documents.readers.{module}"), name
    )
    return reader


def _relabel(pieces: Iterator[Text], within: str) -> Iterator[Text]:
    """The pieces with where they stand; the title is not the outer document's."""
    for piece in pieces:
        if isinstance(piece, Passage):
            part = f"{within}{piece.part}"
            yield msgspec.structs.replace(piece, part=part if len(part) <= 200 else f"{part[:199]}…")
        elif not isinstance(piece, Title):
            yield piece


_READERS = {
    DocumentFormat.PDF: ("pdf", "read_pdf"),
    DocumentFormat.WORD: ("word", "read_word"),
    DocumentFormat.HTML: ("html", "read_html"),
    DocumentFormat.MAIL: ("mail", "read_mail"),
    DocumentFormat.OUTLOOK: ("outlook", "read_outlook"),
    DocumentFormat.TEXT: ("plain", "read_plain"),
}
