"""7z archives, through py7zr; with known passwords, which may hide the names of the members too."""

import io
from typing import Any

from stack.analysis.answers import SLIGHT
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.members import (
    MOST_LISTED,
    MOST_MEMBER,
    Member,
    judge_members,
    judge_names,
    list_passwords,
    note_password,
)

_MOST_ALL = 192 * 1024 * 1024


class Reader(FileReader):
    name = "7z"
    title = "7z archive"
    types = frozenset({media.SEVEN_ZIP})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        members: list[Member] = []
        is_encrypted = False
        for password in (None, *list_passwords(part)):
            if not report.has_time():
                return
            opened = _open_archive(part, password)
            if isinstance(opened, str):
                # Encrypted names look like damage until the password fits.
                is_encrypted = is_encrypted or opened == "locked"
                if opened == "damaged" and password is None:
                    report.note("7z.damaged", "The 7z archive is damaged.", weight=SLIGHT)
                    return
                continue
            if not members:
                members = _list_members(opened)
                judge_members(members, report, size=len(part.data))
            if password is None and opened.needs_password():
                is_encrypted = True
                continue
            if _hand_over(opened, report):
                if is_encrypted:
                    note_password(password, part, report)
                return
            if not is_encrypted:
                report.remark("The members of the 7z archive could not be unpacked.")
                return
        judge_names(members, report)
        note_password(None, part, report)


def _open_archive(part: Part, password: str | None) -> Any:
    """The archive, or "locked" or "damaged"."""
    import py7zr

    try:
        return py7zr.SevenZipFile(io.BytesIO(part.data), "r", password=password)
    except py7zr.PasswordRequired:
        return "locked"
    except Exception:  # hostile bytes make it raise whatever they like
        return "damaged" if password is None else "locked"


def _list_members(archive: Any) -> list[Member]:
    return [
        Member(name=entry.filename, size=entry.uncompressed or 0, is_folder=entry.is_directory)
        for entry in archive.list()[: MOST_LISTED * 10]
    ]


def _hand_over(archive: Any, report: Report) -> bool:
    """Whether anything could be unpacked. Solid archives give their members in their order only."""
    kept = _make_factory(report)
    try:
        archive.extractall(path="/", factory=kept)
    except Exception:  # see above; what came before is used
        if not any(each.data for each in kept.made):
            return False
    for each in kept.made[:MOST_LISTED]:
        if not report.child(bytes(each.data), name=each.name):
            break
    return True


def _make_factory(report: Report) -> Any:
    """Collects members in memory. py7zr's classes are only there once it is imported."""
    from py7zr.io import Py7zIO, WriterFactory

    room = min(_MOST_ALL, report.room())

    class _Enough(Exception):
        pass

    class _Kept(Py7zIO):
        def __init__(self, factory: "_Factory", name: str) -> None:
            self.name, self.data, self._factory = name, bytearray(), factory

        def write(self, s: bytes | bytearray) -> int:
            self._factory.total += len(s)
            if self._factory.total > room or not report.has_time():
                raise _Enough
            self.data += s[: max(0, MOST_MEMBER - len(self.data))]
            return len(s)

        def read(self, size: int | None = None) -> bytes:
            return bytes(self.data[: size or None])

        def seek(self, offset: int, whence: int = 0) -> int:
            return offset

        def flush(self) -> None: ...

        def size(self) -> int:
            return len(self.data)

    class _Factory(WriterFactory):
        def __init__(self) -> None:
            self.made: list[_Kept] = []
            self.total = 0

        def create(self, filename: str) -> _Kept:
            made = _Kept(self, filename.lstrip("/"))
            self.made.append(made)
            return made

    return _Factory()
