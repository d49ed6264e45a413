"""The contract of parsers: bytes in, records and faults out, in order, without holding the whole.

A parser is one file in `parsers/` with one class `Parser`. It is pure: no database, no clock, no network.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Protocol

import msgspec

from stack.ingest.streams import ByteStream


class Record(msgspec.Struct, frozen=True, gc=False):
    """One STIX object found in the input: `text` is its JSON, byte for byte as it goes into the store.

    `position` counts records and faults from 0. `place` names the record for people, with `{}` for its
    position. `is_undated`: the input gave no times, so `created` and `modified` are those of the receipt.
    """

    position: int
    text: bytes
    place: str = "objects[{}]"
    is_undated: bool = False

    @property
    def label(self) -> str:
        return self.place.format(self.position)


class RecordFault(msgspec.Struct, frozen=True, gc=False):
    """A record, or a piece of the input, that cannot be used. Severity `warning`: nothing was lost by it."""

    position: int
    rule: str
    message: str
    place: str = "objects[{}]"
    severity: str = "error"
    stix_id: str = ""
    path: str = ""

    @property
    def label(self) -> str:
        return self.place.format(self.position)


class CsvMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which column (by its heading, or by its number from 1) holds what. Only `value` is needed.

    `type` names a column with the kind of each value; `value_type` says it once for all (`domain`, `sha256`);
    without either it is detected. `labels` are split at commas, semicolons and bars.
    """

    value: str | int
    type: str | int | None = None
    value_type: str = ""
    name: str | int | None = None
    description: str | int | None = None
    labels: str | int | None = None
    confidence: str | int | None = None
    valid_from: str | int | None = None
    valid_until: str | int | None = None
    delimiter: str = ""
    has_header: bool | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a hostile input may ask for, in bytes."""

    record: int = 16 * 1024 * 1024


class ParseOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a parser may need beside the bytes; `received` is a STIX timestamp.

    `choices` are what somebody chose for a format of their own, by names that its parser knows.
    """

    source: str
    filename: str
    received: str
    limits: Limits = Limits()
    mapping: CsvMapping | None = None
    choices: Mapping[str, str] = {}


class ParserPlugin(Protocol):
    """What each file of `parsers/` offers.

    `name` is what users write and read (`--format`), `title` says it in words, `example` is a small input
    that `sniff` recognises and `parse` takes in without a fault.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    media_types: ClassVar[tuple[str, ...]]
    extensions: ClassVar[tuple[str, ...]]
    example: ClassVar[bytes]

    @staticmethod
    def sniff(head: bytes, filename: str) -> int:
        """How sure it is, 0 to 100, that an input which begins with `head` is in its format."""

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        """Yields what it finds, lazily; raises `BadInput` when the rest of the input cannot be read."""
