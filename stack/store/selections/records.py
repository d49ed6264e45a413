"""What goes into selections and what comes out. Times are microseconds since the epoch, UTC."""

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries are wanted: of these types and ids (empty: all), and which versions of each object.

    `last`, `first`, `every` and the exact `instants` are alternatives of one another.
    """

    types: tuple[str, ...] = ()
    stix_ids: tuple[str, ...] = ()
    last: bool = True
    first: bool = False
    every: bool = False
    instants: tuple[int, ...] = ()


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A version of an object in a selection. `version` is its `modified`, else `created`, else when it was
    first received; `text` is empty where it was not asked for."""

    added_at: int
    stix_id: str
    version: int
    text: bytes


@dataclass(frozen=True, slots=True)
class EntryPage:
    """The next page comes after the last entry's `added_at`."""

    entries: list[Entry]
    has_more: bool


@dataclass(frozen=True, slots=True)
class TextPage:
    """The exact texts of entries, with the dates of the first and the last (0 where there is none)."""

    texts: list[bytes]
    first: int
    last: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class RemovedEntry:
    """An object that was in the selection until then, and is not now."""

    removed_at: int
    stix_id: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A face that may be in a selection; `audience_id` is None for one that has no head (any more)."""

    face_id: int
    uuid: bytes
    type: str
    audience_id: int | None

    @property
    def identity(self) -> tuple[bytes, str]:
        return self.uuid, self.type
