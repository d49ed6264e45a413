"""Which kind of document some bytes are: what goes to the review desk, not straight into the store."""

import re
from enum import StrEnum

from stack.core.errors import BadInput


class DocumentFormat(StrEnum):
    PDF = "pdf"
    WORD = "docx"
    HTML = "html"
    MAIL = "eml"
    OUTLOOK = "msg"
    TEXT = "text"


TITLES = {
    DocumentFormat.PDF: "PDF document",
    DocumentFormat.WORD: "Word document",
    DocumentFormat.HTML: "HTML page",
    DocumentFormat.MAIL: "e-mail",
    DocumentFormat.OUTLOOK: "Outlook message",
    DocumentFormat.TEXT: "text",
}
HEAD_BYTES = 64 * 1024
_PDF_WITHIN = 1024
_HTML = re.compile(rb"(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_HEADER = re.compile(rb"[!-9;-~]{1,80}:[ \t]")
_MAIL = re.compile(
    rb"^(?:received|return-path|delivered-to|from|to|subject|date|message-id|mime-version|dkim-signature"
    rb"|x-[\w-]+|arc-[\w-]+|authentication-results|content-type|reply-to|cc):",
    re.I | re.M,
)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIL_LINES = 3


def sniff_document(head: bytes, filename: str) -> DocumentFormat | None:
    """The format of a document that begins so; None for what is none, plain text among it."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return DocumentFormat.PDF
    if head.startswith(_COMPOUND):
        return DocumentFormat.OUTLOOK if _is_outlook(head, filename) else None
    if head.startswith(b"PK\x03\x04"):
        named = filename.lower().endswith((".docx", ".docm", ".dotx"))
        return DocumentFormat.WORD if named or b"word/" in head else None
    if _HTML.match(start):
        return DocumentFormat.HTML
    if _is_mail(start, filename):
        return DocumentFormat.MAIL
    return None


def name_document(head: bytes, filename: str) -> DocumentFormat:
    """What the review desk reads the document as: text where it is nothing else. BadInput for what it cannot
    read."""
    found = sniff_document(head, filename)
    if found is not None:
        return found
    if not head.strip():
        raise BadInput("The file is empty")
    if head.startswith((_COMPOUND, b"{\\rtf")):
        raise BadInput(
            "This is an old Office document, which the review desk does not read",
            remedy="Save it as DOCX or PDF, and add that.",
        )
    if b"\0" in head[:4096] and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput(
            "This is no document that the review desk reads",
            remedy="It reads PDF, DOCX, HTML, e-mail (.eml and .msg) and plain text.",
        )
    return DocumentFormat.TEXT


def _is_outlook(head: bytes, filename: str) -> bool:
    return filename.lower().endswith((".msg", ".oft")) or "__substg1.0_".encode("utf-16-le") in head


def _is_mail(start: bytes, filename: str) -> bool:
    if not _HEADER.match(start):
        return False
    names = {name.lower() for name in _MAIL.findall(start.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0])}
    return len(names) >= _MAIL_LINES or (bool(names) and filename.lower().endswith((".eml", ".mht")))
