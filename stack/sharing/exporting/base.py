"""The contract of exporters: stored objects in, the bytes of another format out, piece by piece.

An exporter is one file in `exporters/` with one class `Exporter`. It is pure: no database, no clock, no
network. What foreign bytes it has to parse, it parses in `core.sandbox`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Protocol

import msgspec
import orjson

from stack.sharing.exporting.losses import Losses
from stack.stix.observables.kinds import Kind

PIECE_BYTES = 262_144
"""About how much an exporter yields at once: a piece per object would cost more than the objects."""

FindKnownGood = Callable[[Iterable[tuple[Kind, str]]], Mapping[str, str]]
"""Of values, those that are known to be good, each with the name of a list that says so."""


class Item:
    """One object that leaves: `text` is its JSON byte for byte as it is stored.

    `removed` is the id of an object that is no longer part of what is exported; only deltas have such items,
    and only exporters that say `has_removals` are given them. Their text is empty.
    """

    __slots__ = ("_properties", "removed", "text")

    def __init__(self, text: bytes, removed: str = "") -> None:
        self.text = text
        self.removed = removed
        self._properties: dict[str, Any] | None = None

    @property
    def properties(self) -> dict[str, Any]:
        """The decoded object, decoded once; read it, never change it."""
        if self._properties is None:
            self._properties = orjson.loads(self.text)
        return self._properties


class ExportOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one may choose about a format. Exporters with choices subclass it; every field has a default.

    Values come as text and are converted to the type of the field, which may be bool, int, str, a `Literal`
    or any of these with `msgspec.Meta` (bounds, and a `description` for help and documentation).
    """


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """What an exporter may know of the run: the clock and the lists are not its own.

    `made_at` is microseconds UTC. `changed_at` rises whenever what is exported may have changed.
    `has_account`: losses are told in comments; not where a file is polled, which would be another one for
    each property that it does not carry. `find_known_good` is None where known-good values are kept.
    """

    title: str = "Stack"
    made_at: int = 0
    changed_at: int = 0
    is_delta: bool = False
    has_account: bool = True
    find_known_good: FindKnownGood | None = None


class ExporterPlugin(Protocol):
    """What each file of `exporters/` offers.

    - `name` is what users write and read (`--format`), `title` says it in words;
    - `extension` is that of a file, without the dot;
    - `types` are the STIX types that it can carry; empty for every type;
    - `is_block_list`: something is blocked or reported by each entry, so that only what is valid now and not
      known to be good goes in, unless asked otherwise;
    - `is_by_value`: it writes a row per value (`rows.iterate_rows`), so that known-good values are left out
      one by one, not with their object;
    - `has_removals`: it can say in a delta what has gone;
    - `is_dated`: the file says when it was made, so that two with the same content differ;
    - `comment` begins a line of comment, where the format has such lines.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    media_type: ClassVar[str]
    extension: ClassVar[str]
    types: ClassVar[tuple[str, ...]]
    is_block_list: ClassVar[bool]
    is_by_value: ClassVar[bool]
    has_removals: ClassVar[bool]
    is_dated: ClassVar[bool]
    comment: ClassVar[str]
    options_type: ClassVar[type[ExportOptions]]

    @staticmethod
    def write(items: Iterator[Item], *, options: Any, occasion: Occasion, losses: Losses) -> Iterator[bytes]:
        """Yields the file in pieces, lazily, and notes in `losses` what the format could not carry.

        Nothing that comes in an item is trusted: each value is escaped for the format, or lost with a reason.
        """
