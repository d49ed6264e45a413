"""What a file is by its content: libmagic, and where it knows too little or too much, rules of our own."""

from typing import BinaryIO, Final

import msgspec

from stack.analysis.files import media
from stack.analysis.files.magic import MOST_BYTES, ask_magic
from stack.analysis.files.ole_types import find_ole_type
from stack.analysis.files.signatures import find_signature
from stack.analysis.files.text_types import find_text_type
from stack.analysis.files.zip_types import find_zip_type

_ZIPS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class FileType(msgspec.Struct, frozen=True):
    """`media` is one of `media` or what libmagic names; `title` describes it for people."""

    media: str
    title: str


def detect_type(data: memoryview, name: str, *, file: BinaryIO) -> FileType:
    """By content; the name only decides between sorts of text. `file` is the same bytes."""
    if not len(data):
        return FileType(media.EMPTY, "empty")
    head = bytes(data[:MOST_BYTES])
    said = ask_magic(head)
    found = find_signature(data)
    if not found and head[:4] in _ZIPS:
        found = find_zip_type(data)
    if not found and head[:8] == _OLE:
        found = find_ole_type(file)
    if not found and (said.media.startswith(("text/", "message/")) or said.media in _MAY_BE_TEXT):
        found = find_text_type(head, find_extension(name), said.media)
    return FileType(found or said.media, said.title)


def find_extension(name: str) -> str:
    """Lower case, without the dot; empty where there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem and len(extension) <= 12 else ""


_MAY_BE_TEXT: Final = frozenset(
    {
        media.UNKNOWN,
        media.JSON,
        media.SVG,
        "application/javascript",
        "application/x-wine-extension-ini",
        "application/x-setupscript",
        "application/x-mswinurl",
        "application/xml",
    }
)
