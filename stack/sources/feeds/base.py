"""The contract of feeds: what a vendor publishes, said once in a file of its own; the frame does the rest.

A vendor is one file in `vendors/` with one class `Feed`. It is pure: no database, no clock, no network of its
own. What it needs of the network it asks of the `Visit` that it is handed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any, BinaryIO, ClassVar, Protocol

from stack.core.errors import BadInput, FieldError
from stack.core.plugin_options import (
    Credential,
    Option,
    fill_options,
    find_credential_faults,
    find_option_faults,
)
from stack.ingest.base import CsvMapping, ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
HAS_MORE = "has_more"
"""True under this name in a feed's memory: what is left is fetched soon, not when the feed is due."""

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """What one request brought, whole: `file` from its beginning, its size in bytes.

    `format` is how it is read, by its name; empty for the feed's own `parse`.
    """

    file: BinaryIO
    size: int
    filename: str
    format: str = ""


class Visit(Protocol):
    """One fetch of one feed, as the vendor's `fetch` sees it.

    `choices` has every option with its default. `memory` is what the feed remembers from one visit that
    succeeded to the next; what is written into it counts only if this one does.
    """

    choices: Mapping[str, str]
    memory: dict[str, Any]
    stop: Event

    def has_time(self) -> bool:
        """Whether to ask for more; if not, the feed remembers where it was (`HAS_MORE`)."""

    def get(
        self,
        url: str = "",
        *,
        params: Mapping[str, str] | None = None,
        filename: str = "",
        format: str = "",  # noqa: A002
    ) -> Piece | None:
        """The body at `url` (without one: the feed's own address); None where nothing changed since the last
        visit that succeeded. Raises `FeedFailure`."""


class FeedPlugin:
    """What every `vendors/*.py` declares; `fetch` and `parse` are the only ones that do something.

    `format` names the parser of `ingest` that reads what comes; where it is empty, `parse` does. `every_s` is
    the usual schedule and `least_every_s` the shortest that the vendor allows. `reliability` is 0 (A) to 5
    (F) and `tlp` the level that the vendor publishes under. `example` is a small body as it is documented.
    `is_document`: a body is one JSON document, of which a beginning means nothing.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    page: ClassVar[str] = ""
    terms: ClassVar[str] = ""
    url: ClassVar[str] = ""
    filename: ClassVar[str] = ""
    format: ClassVar[str] = ""
    every_s: ClassVar[int] = HOUR_S
    least_every_s: ClassVar[int] = 5 * MINUTE_S
    most_bytes: ClassVar[int] = 64 * _MIB
    is_document: ClassVar[bool] = False
    reliability: ClassVar[int] = 2
    tlp: ClassVar[str] = "clear"
    credentials: ClassVar[tuple[Credential, ...]] = ()
    options: ClassVar[tuple[Option, ...]] = ()
    example: ClassVar[bytes] = b""

    @classmethod
    def fetch(cls, visit: Visit) -> Iterator[Piece]:
        """The pieces of one visit, each as it comes. Most feeds are one piece, and say nothing here."""
        piece = visit.get()
        if piece is not None:
            yield piece

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        """What the vendor's own shape means, lazily; `options.choices` has what was chosen."""
        raise NotImplementedError

    @classmethod
    def check(cls, choices: Mapping[str, str]) -> list[FieldError]:
        """What is wrong with what was chosen, beyond what `options` say."""
        return []

    @classmethod
    def mapping(cls, choices: Mapping[str, str]) -> CsvMapping | None:
        """Which column holds what, for the format `csv`."""
        return None

    @classmethod
    def list_options(cls) -> tuple[Option, ...]:
        """Its own options, and where to fetch from."""
        address = Option("url", "Address", default=cls.url, is_needed=not cls.url)
        return (address, *cls.options)

    @classmethod
    def fill_choices(cls, choices: Mapping[str, str]) -> dict[str, str]:
        """Every option with its default where nothing was chosen. BadInput names each fault at once."""
        options = cls.list_options()
        faults = list(find_option_faults(cls.title, options, choices))
        filled = fill_options(options, choices)
        if not faults:
            faults = [FieldError(f"options.{fault.field}", fault.message) for fault in cls.check(filled)]
        if faults:
            raise _explain(faults)
        return filled

    @classmethod
    def check_credentials(cls, names: Mapping[str, str], *, is_whole: bool = False) -> None:
        """BadInput for a credential that the vendor does not know, or (`is_whole`) one that is missing."""
        faults = list(find_credential_faults(cls.title, cls.credentials, names, is_whole=is_whole))
        if faults:
            raise _explain(faults)


def _explain(faults: list[FieldError]) -> BadInput:
    return BadInput(
        "; ".join(f"{fault.field}: {fault.message}" for fault in faults),
        remedy="“stack feed vendors” shows what each vendor takes (docs/feeds.md).",
        errors=tuple(faults),
    )
