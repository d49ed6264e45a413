"""What the reads of the audit log give. Times are microseconds since the epoch, UTC."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypedDict


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One act: who, from where, what, on which object, with what result.

    `number` counts the entries of its organisation. `sequence` counts all entries and is given to platform
    administrators only, because it tells how much others do.
    """

    number: int
    sequence: int | None
    at: int
    name: str
    result: str
    actor: str
    user_id: int | None
    key_id: int | None
    organisation_id: int | None
    face: str
    address: str
    request_id: str
    object_kind: str
    object_id: str
    before: dict[str, Any]
    after: dict[str, Any]
    is_security: bool


ENTRY_COLUMNS = tuple(field.name for field in fields(EntryRow))


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Newest first; `next` is the `after` of the page that follows."""

    rows: list[EntryRow]
    next: str | None


class Wanted(TypedDict, total=False):
    """Which entries; what is absent or empty does not narrow.

    `text` stands anywhere in an entry. `name` is an act, or the first word of several: `key` finds
    `key.create` too. `since` is included, `until` is not; `security` asks for security events alone.
    """

    text: str
    name: str
    actor: str
    object_kind: str
    object_id: str
    since: int | None
    until: int | None
    security: bool


class FaultKind(StrEnum):
    ALTERED = "altered"
    REMOVED = "removed"
    REORDERED = "reordered"
    UNLINKED = "unlinked"
    CUT = "cut"
    REWRITTEN = "rewritten"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class ChainFault:
    """Where the log is not what it was: the entry's sequence, the kind of fault, and what was found."""

    sequence: int
    kind: FaultKind
    detail: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was the end of the log at `at`, signed: whoever keeps it outside can tell when the end was cut."""

    sequence: int
    hash: str
    at: int
    key: str
    signature: str
