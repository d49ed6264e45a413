"""PDF, page by page: the text, and where links lead that the text does not say."""

import ctypes
from collections.abc import Iterator
from typing import Any, BinaryIO

from stack.core.errors import BadInput
from stack.ingest.documents.passages import Passage, Piece, Remark, Title, clean_text, split_text

_MOST_PAGES = 3_000
_MOST_LINKS = 2_000
_LONGEST_LINK = 4_096
_MOST_CHARACTERS = 1_000_000
# What PDFium writes for a hyphen at the end of a line. In a host name or a path it is one.
_LINE_HYPHEN = "\ufffe"


def read_pdf(file: BinaryIO) -> Iterator[Piece]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(file.read())
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise BadInput(
                "The PDF is encrypted", remedy="Save it without a password, and add that."
            ) from None
        raise BadInput(f"This is no PDF that can be read: {error}", remedy="Check that it opens.") from None
    if title := (document.get_metadata_value("Title") or "").strip():
        yield Title(clean_text(title))
    if len(document) > _MOST_PAGES:
        raise BadInput(f"The PDF has {len(document):,} pages; at most {_MOST_PAGES:,} are read")
    found = False
    for number in range(len(document)):
        for passage in _read_page(document, number):
            found = True
            yield passage
    if attached := document.count_attachments():
        yield Remark(f"{attached} attached files were not read")
    if not found:
        yield Remark("No text was found: the pages are probably pictures")


def _read_page(document: Any, number: int) -> Iterator[Passage]:
    page = document[number]
    textpage = page.get_textpage()
    text = textpage.get_text_range(0, min(textpage.count_chars(), _MOST_CHARACTERS)) if textpage else ""
    text = text.replace(_LINE_HYPHEN + "\r\n", "-").replace(_LINE_HYPHEN, "-")
    hidden = [target for target in dict.fromkeys(_list_targets(document, page)) if target not in text]
    if hidden:
        text = "\n".join([text, "Links on this page:", *hidden])
    yield from split_text(f"page {number + 1}", text)
    textpage.close()
    page.close()


def _list_targets(document: Any, page: Any) -> Iterator[str]:
    """The addresses that annotations of the page lead to (FPDFLink_Enumerate)."""
    import pypdfium2.raw as pdfium

    place, link = ctypes.c_int(0), pdfium.FPDF_LINK()
    for _ in range(_MOST_LINKS):
        if not pdfium.FPDFLink_Enumerate(page, ctypes.byref(place), ctypes.byref(link)):
            return
        action = pdfium.FPDFLink_GetAction(link)
        if not action or pdfium.FPDFAction_GetType(action) != pdfium.PDFACTION_URI:
            continue
        length = pdfium.FPDFAction_GetURIPath(document, action, None, 0)
        if not 1 < length <= _LONGEST_LINK:
            continue
        buffer = ctypes.create_string_buffer(length)
        pdfium.FPDFAction_GetURIPath(document, action, buffer, length)
        yield buffer.raw[: length - 1].decode("utf-8", "replace")
