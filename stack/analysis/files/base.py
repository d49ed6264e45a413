"""The contract of the readers of file formats: one file each in `readers/`, a class `Reader`.

A reader gets a part (the file, or something inside it) and writes what it sees into the report. It runs in
the sandbox, so it may use libraries that fail on hostile bytes; what it raises ends its own reading alone.
"""

import io
from collections.abc import Iterable
from typing import BinaryIO, ClassVar, Protocol, cast

import msgspec

from stack.analysis.answers import Pivot


class Part(msgspec.Struct, frozen=True):
    """`data` supports slicing without copying all of it. `path` is how one gets there: "a.zip > b.doc".

    `type` is a media type (`media`) as `types` gave it, `depth` 0 for the file itself. `passwords` are worth
    trying.
    """

    data: memoryview
    name: str
    type: str
    path: str = ""
    depth: int = 0
    passwords: tuple[str, ...] = ()

    def open(self) -> BinaryIO:
        """The bytes as a file, seekable, not copied."""
        return open_bytes(self.data)


def open_bytes(data: memoryview) -> BinaryIO:
    """A file over these bytes, without a copy of them."""
    return cast("BinaryIO", io.BufferedReader(_BytesFile(data)))


class _BytesFile(io.RawIOBase):
    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: len(self._data)}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: object) -> int:
        into = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        chunk = self._data[self._place : self._place + len(into)]
        into[: len(chunk)] = chunk
        self._place += len(chunk)
        return len(chunk)


class Report(Protocol):
    """Where readers write. All of it is bounded: what is beyond the limits is counted, and said once."""

    def note(
        self,
        code: str,
        statement: str,
        *,
        weight: float = 0.0,
        group: str = "",
        pivots: Iterable[Pivot] = (),
    ) -> None:
        """Evidence about the part that is read (`answers.Evidence`)."""

    def fact(self, name: str, value: str | int, *, kind: str = "", section: str = "") -> None: ...

    def moment(self, at: int, text: str) -> None: ...

    def text(self, text: str, *, origin: str) -> None:
        """Text that people or programs see: indicators and suspicious words are looked for in it."""

    def child(self, data: bytes, *, name: str, relation: str = "contains") -> bool:
        """Something inside, to be read after this part, to a depth and up to a total; False: not any more."""

    def room(self) -> int:
        """How many bytes a next child may have at most: unpack no more than that."""

    def remark(self, text: str) -> None:
        """A sentence on what could not be read, and why."""

    def has_time(self) -> bool:
        """Whether to go on, for readers that loop."""


class FileReader:
    """What every `readers/*.py` declares as `Reader`. `types` are the media types (`media`) that it reads."""

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    types: ClassVar[frozenset[str]] = frozenset()

    @staticmethod
    def read(part: Part, report: Report) -> None:
        raise NotImplementedError
