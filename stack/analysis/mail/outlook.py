"""Outlook messages (MS-OXMSG) as the mails that they were: fields, bodies, attachments, messages within."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

from stack.analysis.mail.wire import Entity, parse_mail
from stack.core.errors import BadInput
from stack.ingest.documents.message_file import MessageFile
from stack.ingest.documents.passages import decode_text
from stack.ingest.documents.readers.rich_text import decompress_rich_text, strip_rich_text

_HEADERS, _SUBJECT, _BODY, _HTML, _RICH_TEXT = "007D", "0037", "1000", "1013", "1009"
# What stands for header fields in a message that has none of its own (MS-OXPROPS).
_WRITTEN: Final = {
    "from": (("0C1A",), ("5D01", "0C1F")),
    "sender": (("0042",), ("5D02", "0065")),
    "to": ((), ("0E04",)),
    "cc": ((), ("0E03",)),
    "message-id": ((), ("1035",)),
    "in-reply-to": ((), ("1042",)),
}
_FILE_NAMES, _FILE_DATA, _EMBEDDED = ("3707", "3704", "3001"), "37010102", "3701000D"
_MIME_TYPE, _CONTENT_ID = "370E", "3712"
_ATTACHED = "__attach_version1.0_"
_MOST_ATTACHED = 200
_MOST_MESSAGES = 50
_DEEPEST = 6


@dataclass(slots=True)
class OutlookFile:
    name: str
    data: bytes
    type: str = ""
    is_inline: bool = False


@dataclass(slots=True)
class OutlookMail:
    """`head` has the fields; a message that kept none of its own gets those that its properties tell."""

    head: Entity
    text: str = ""
    html: str = ""
    files: list[OutlookFile] = field(default_factory=list)
    mails: list[tuple[str, "OutlookMail"]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def parse_outlook(data: bytes) -> OutlookMail:
    """Raises BadInput for what is no compound file."""
    import olefile

    try:
        compound = olefile.OleFileIO(BytesIO(data))
        return _Parsing(compound).read((), 0)
    except (OSError, ValueError, IndexError, TypeError, RecursionError):
        # What the library says is about its own insides.
        raise BadInput(
            "The Outlook message is damaged: its compound file cannot be followed", remedy="Export it again."
        ) from None


class _Parsing:
    def __init__(self, compound: Any) -> None:
        self._file = MessageFile(compound)
        self._messages = 0

    def read(self, folder: tuple[str, ...], depth: int) -> OutlookMail:
        self._messages += 1
        mail = OutlookMail(parse_mail(self._write_head(folder)))
        mail.text = self._file.read_text(folder, _BODY)
        mail.html = decode_text(self._file.read_stream((*folder, f"__substg1.0_{_HTML}0102")))
        if (
            not mail.html
            and not mail.text
            and (packed := self._file.read_stream((*folder, f"__substg1.0_{_RICH_TEXT}0102")))
        ):
            try:
                mail.text = strip_rich_text(decompress_rich_text(packed))
            except BadInput as error:
                mail.faults.append(error.detail)
        attached = [
            path for path in self._file.names if path[:-1] == folder and path[-1].startswith(_ATTACHED)
        ]
        for path in attached[:_MOST_ATTACHED]:
            self._read_attached(path, depth, mail)
        if len(attached) > _MOST_ATTACHED:
            mail.faults.append(f"The message has {len(attached):,} attachments; {_MOST_ATTACHED} were read.")
        return mail

    def _read_attached(self, path: tuple[str, ...], depth: int, mail: OutlookMail) -> None:
        name = next(filter(None, (self._file.read_text(path, each) for each in _FILE_NAMES)), "attachment")
        embedded = (*path, f"__substg1.0_{_EMBEDDED}")
        if embedded not in self._file.names:
            data = self._file.read_stream((*path, f"__substg1.0_{_FILE_DATA}"))
            is_inline = bool(self._file.read_text(path, _CONTENT_ID))
            mail.files.append(OutlookFile(name, data, self._file.read_text(path, _MIME_TYPE), is_inline))
        elif depth >= _DEEPEST or self._messages >= _MOST_MESSAGES:
            mail.faults.append("Messages are nested too deep or too many; the rest was not read.")
        else:
            mail.mails.append((name, self.read(embedded, depth + 1)))

    def _write_head(self, folder: tuple[str, ...]) -> bytes:
        """The fields as they came in, or as the properties tell them."""
        if headers := self._file.read_text(folder, _HEADERS):
            return headers.encode("utf-8", "replace").rstrip(b"\r\n") + b"\r\n\r\n"
        lines = []
        for name, (name_ids, value_ids) in _WRITTEN.items():
            value = next(filter(None, (self._file.read_text(folder, each) for each in value_ids)), "")
            title = next(filter(None, (self._file.read_text(folder, each) for each in name_ids)), "")
            if value and name_ids:
                value = f'"{title.replace(chr(34), "")}" <{value}>' if title else value
            if value:
                lines.append(f"{name}: {' '.join(value.split())}")
        if subject := self._file.read_text(folder, _SUBJECT):
            lines.append(f"subject: {' '.join(subject.split())}")
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")
