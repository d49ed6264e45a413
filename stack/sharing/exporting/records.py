"""What an export is asked for, and what it gives. Times are microseconds since the epoch, UTC."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from stack.sharing.exporting.base import ExporterPlugin
from stack.sharing.exporting.losses import Loss, Losses

Choice = Literal["default", "keep", "leave-out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What is to leave, and how. Without `query` and `collection`: all that the principal may see.

    `options` are those of the format, as text. `known_good` and `invalid` say what becomes of values that
    warning lists know and of indicators that are revoked or not valid now; by default block lists leave them
    out, and other formats keep them. `tlp_ceiling` is the highest TLP level that leaves, `since` the cursor
    of an earlier export of the same collection.
    """

    format: str = "stix"
    query: str = ""
    collection: str = ""
    types: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    minimum_confidence: int = 0
    tlp_ceiling: int | None = None
    known_good: Choice = "default"
    invalid: Choice = "default"
    since: str = ""
    title: str = ""


@dataclass(slots=True)
class Progress:
    """Known when the last piece has been read. `cursor`: for the next delta, "" where there is none to be
    had. `next_change_at`: when the passing of time alone changes what leaves; 0 for never."""

    cursor: str = ""
    next_change_at: int = 0


@dataclass(frozen=True, slots=True)
class Export:
    """A file on its way out: `losses` and `progress` are filled while its pieces are read."""

    pieces: Iterator[bytes]
    exporter: ExporterPlugin
    losses: Losses
    progress: Progress

    @property
    def media_type(self) -> str:
        return self.exporter.media_type

    @property
    def filename(self) -> str:
        return f"stack-export.{self.exporter.name}.{self.exporter.extension}"

    def report(self) -> "Report":
        """The account of it; whole when the last piece has been read."""
        return Report(
            format=self.exporter.name,
            items=self.losses.items,
            entries=self.losses.entries,
            left_out=self.losses.list_left_out(),
            losses=self.losses.list_losses(),
            cursor=self.progress.cursor,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """Objects that came, entries that were written, and what did not leave; `cursor` is "" for none."""

    format: str
    items: int
    entries: int
    left_out: list[tuple[str, int]]
    losses: list[Loss]
    cursor: str
