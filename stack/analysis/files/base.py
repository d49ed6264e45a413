"""The contract of the readers of file formats: one file each in `readers/`, a class `Reader`.

A reader gets a part (the file, or something inside it) and writes what it sees into the report. It runs in
the sandbox, so it may use libraries that fail on hostile bytes; what it raises ends its own reading alone.
"""

from collections.abc import Iterable
from typing import ClassVar, Protocol

import msgspec

from stack.analysis.answers import Pivot


class Part(msgspec.Struct, frozen=True):
    """`data` supports slicing without copying all of it. `path` is how one gets there: "a.zip > b.doc".

    `type` is a media type as `typing` gave it, `depth` 0 for the file itself. `passwords` are worth trying.
    """

    data: memoryview
    name: str
    type: str
    path: str = ""
    depth: int = 0
    passwords: tuple[str, ...] = ()


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

    def has_time(self) -> bool:
        """Whether to go on, for readers that loop."""


class FileReader:
    """What every `readers/*.py` declares as `Reader`. `types` are the media types that it reads."""

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    types: ClassVar[frozenset[str]] = frozenset()

    @staticmethod
    def read(part: Part, report: Report) -> None:
        raise NotImplementedError
