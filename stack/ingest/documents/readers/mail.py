"""E-mail (RFC 5322, MIME): headers, bodies, links that say something else, attachments within attachments."""

import email
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from typing import BinaryIO

from stack.ingest.documents.passages import Attached, Piece, Title, decode_text, split_text
from stack.ingest.documents.readers.html import render_html

# What says who sent it, from where and to whom; the rest is noise of the machines between.
_HEADERS = (
    "from", "sender", "reply-to", "return-path", "to", "cc", "subject", "date", "message-id", "received",
    "x-originating-ip", "x-mailer", "user-agent", "authentication-results", "received-spf",
)  # fmt: skip
_MOST_HEADERS = 200
_LONGEST_HEADER = 4_000
_MOST_PARTS = 1_000


def read_mail(file: BinaryIO) -> Iterator[Piece]:
    message = email.message_from_bytes(file.read())
    if subject := decode_words(str(message.get("subject", ""))):
        yield Title(subject)
    yield from split_text("headers", "\n".join(_list_headers(message)), "headers")
    for number, part in enumerate(_walk(message)):
        if number >= _MOST_PARTS:
            return
        yield from _read_part(part)


def decode_words(text: str) -> str:
    """A header with its encoded words read (RFC 2047), on one line; as it stands where they are broken."""
    try:
        text = str(make_header(decode_header(text[:_LONGEST_HEADER])))
    except (MessageError, LookupError, ValueError):
        text = text[:_LONGEST_HEADER]
    return " ".join(text.split())


def _list_headers(message: Message) -> Iterator[str]:
    for name, value in list(message.items())[:_MOST_HEADERS]:
        if name.lower() in _HEADERS:
            yield f"{name}: {decode_words(str(value))}"


def _walk(message: Message) -> Iterator[Message]:
    """The leaves of the message, mails within it whole. Without recursion: parts may be nested deep."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        payload = part.get_payload()
        is_mail = part.get_content_maintype() == "message" and part is not message
        if part.is_multipart() and not is_mail and isinstance(payload, list):
            waiting += [each for each in reversed(payload) if isinstance(each, Message)]
        else:
            yield part


def _read_part(part: Message) -> Iterator[Piece]:
    kind = part.get_content_type()
    name = decode_words(part.get_filename() or "")
    payload = part.get_payload()
    if part.get_content_maintype() == "message" and isinstance(payload, list) and payload:
        data = payload[0].as_bytes() if isinstance(payload[0], Message) else b""
        yield Attached(name or "message.eml", data)
        return
    decoded = part.get_payload(decode=True)
    data = decoded if isinstance(decoded, bytes) else b""
    if part.get_content_disposition() == "attachment" or (name and not kind.startswith("text/")):
        yield Attached(name or "attachment", data)
    elif kind == "text/html":
        text = render_html(decode_text(data, part.get_content_charset() or ""), all_links=True)[1]
        yield from split_text("HTML body", text)
    elif part.get_content_maintype() == "text":
        yield from split_text("text body", decode_text(data, part.get_content_charset() or ""))
