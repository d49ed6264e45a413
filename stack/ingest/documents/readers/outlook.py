"""Outlook messages (MS-OXMSG): properties of a compound file, and what is attached to it."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from stack.core.errors import BadInput
from stack.ingest.documents.message_file import MessageFile
from stack.ingest.documents.passages import Attached, Piece, Remark, Title, decode_text, split_text
from stack.ingest.documents.readers.html import render_html
from stack.ingest.documents.readers.rich_text import decompress_rich_text, strip_rich_text

# Property ids (MS-OXPROPS), of text and of binary ones.
_SUBJECT, _BODY, _HEADERS = "0037", "1000", "007D"
_HTML, _RICH_TEXT = "1013", "1009"
_SHOWN = {
    "From": ("0C1A", "0C1F", "5D01"),
    "Sent for": ("0042", "0065", "5D02"),
    "To": ("0E04",),
    "Cc": ("0E03",),
    "Message-ID": ("1035",),
}
_FILE_NAMES, _FILE_DATA, _EMBEDDED = ("3707", "3704", "3001"), "37010102", "3701000D"
_MOST_ATTACHMENTS = 200
_ATTACHED = "__attach_version1.0_"
_DEEPEST = 3


def read_outlook(file: BinaryIO) -> Iterator[Piece]:
    import olefile

    try:
        compound = olefile.OleFileIO(file.read())
    except (OSError, ValueError, IndexError) as error:
        raise BadInput(f"The Outlook message is damaged: {error}", remedy="Export it again.") from None
    yield from _Reading(compound).read_message((), 0, "")


class _Reading:
    def __init__(self, compound: Any) -> None:
        self._file = MessageFile(compound)
        self._messages = 0

    def read_message(self, folder: tuple[str, ...], depth: int, within: str) -> Iterator[Piece]:
        subject = self._file.read_text(folder, _SUBJECT)
        if subject:
            yield Title(" ".join(subject.split()))
        yield from split_text(f"{within}headers", "\n".join(self._list_headers(folder, subject)), "headers")
        yield from self._read_bodies(folder, within)
        attached = [
            path for path in self._file.names if path[:-1] == folder and path[-1].startswith(_ATTACHED)
        ]
        for path in attached[:_MOST_ATTACHMENTS]:
            yield from self._read_attached(path, depth, within)

    def _list_headers(self, folder: tuple[str, ...], subject: str) -> Iterator[str]:
        if headers := self._file.read_text(folder, _HEADERS):
            yield headers
            return
        for name, ids in _SHOWN.items():
            values = dict.fromkeys(filter(None, (self._file.read_text(folder, each) for each in ids)))
            if values:
                yield f"{name}: {' '.join(values)}"
        if subject:
            yield f"Subject: {subject}"

    def _read_bodies(self, folder: tuple[str, ...], within: str) -> Iterator[Piece]:
        body = self._file.read_text(folder, _BODY)
        if body:
            yield from split_text(f"{within}text body", body)
        if html := self._file.read_stream((*folder, f"__substg1.0_{_HTML}0102")):
            yield from split_text(f"{within}HTML body", render_html(decode_text(html), all_links=True)[1])
        elif not body and (packed := self._file.read_stream((*folder, f"__substg1.0_{_RICH_TEXT}0102"))):
            try:
                text = strip_rich_text(decompress_rich_text(packed))
            except BadInput as error:
                yield Remark(error.detail)
                return
            yield from split_text(f"{within}body", text)

    def _read_attached(self, path: tuple[str, ...], depth: int, within: str) -> Iterator[Piece]:
        name = next(filter(None, (self._file.read_text(path, each) for each in _FILE_NAMES)), "attachment")
        embedded = (*path, f"__substg1.0_{_EMBEDDED}")
        if embedded in self._file.names:
            label = f"{within}attachment “{name[:80]}”, "
            self._messages += 1
            if depth >= _DEEPEST or self._messages > _MOST_ATTACHMENTS:
                yield Remark(f"The message “{name[:80]}” was not read: it is nested too deep")
                return
            yield from (
                piece
                for piece in self.read_message(embedded, depth + 1, label)
                if not isinstance(piece, Title)
            )
            return
        data = self._file.read_stream((*path, f"__substg1.0_{_FILE_DATA}"))
        yield Attached(name, data, within)
