"""What goes into the store and what comes out of it. Times are microseconds since the epoch, UTC."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import msgspec

from stack.stix.observables.keys import Key


class EdgeDraft(msgspec.Struct, frozen=True, gc=False):
    """A reference that an object states; `from_id` is empty when the object itself is the start."""

    kind: str
    to_id: str
    from_id: str = ""


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """How the organisation that brings a statement in wants it handled; empty: for itself alone.

    `markings` are ids of marking definitions that apply beside those in the text. Who may see it beside the
    organisation itself: everyone on this Stack, or these organisations and the members of these sharing
    groups; before `embargo_until` nobody else at all.
    """

    markings: tuple[str, ...] = ()
    everyone: bool = False
    organisation_ids: tuple[int, ...] = ()
    group_ids: tuple[int, ...] = ()
    embargo_until: int | None = None


OWN_ALONE = Handling()


class Statement(msgspec.Struct, frozen=True, gc=False):
    """One object as one source states it: its exact text, and what the store derives from it."""

    stix_id: str
    type: str
    uuid: bytes
    text: bytes
    sha256: bytes
    name: str
    created: int | None
    modified: int | None
    revoked: bool
    confidence: int | None
    markings: tuple[str, ...]
    keys: tuple[Key, ...]
    edges: tuple[EdgeDraft, ...]


class Outcome(StrEnum):
    """What became of a statement (docs/glossary.md)."""

    NEW = "new"
    KNOWN = "known"
    UPDATED = "updated"
    CONFLICTING = "conflicting"


@dataclass(frozen=True, slots=True)
class BatchResult:
    """One outcome per statement, in order; `last_change` is the change log's end after the batch."""

    outcomes: list[Outcome]
    last_change: int


class ChangeKind(IntEnum):
    """What happened to a face. `INDEX` is for copies alone: what is stated is the same, but who is shown it
    instead of another face is not."""

    ADD = 1
    UPDATE = 2
    REVOKE = 3
    DELETE = 4
    INDEX = 5


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """The head of an object, as lists show it; `tlp` is empty when it carries no TLP marking.

    `statements` counts its other markings.
    """

    id: int
    stix_id: str
    type: str
    name: str
    created: int | None
    modified: int | None
    revoked: bool
    confidence: int | None
    score: int | None
    tlp: str
    sources: int
    statements: int = 0


@dataclass(frozen=True, slots=True)
class ObjectPage:
    rows: list[ObjectRow]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A distinct statement by a source; `reason` says why it is or is not the head."""

    id: int
    source_id: int
    source: str
    modified: int | None
    sha256: str
    first_received: int
    last_received: int
    times_received: int
    is_head: bool
    is_conflicting: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """`via` is the relationship or sighting object, absent for a plain reference."""

    kind: str
    direction: str
    via: ObjectRow | None
    other: ObjectRow


@dataclass(frozen=True, slots=True)
class NeighbourPage:
    rows: list[Neighbour]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class NeighbourCount:
    kind: str
    direction: str
    type: str
    count: int


@dataclass(frozen=True, slots=True)
class ValueMatch:
    kind_code: int
    role_code: int
    object_id: int


@dataclass(frozen=True, slots=True)
class SourceRow:
    """`statements` counts versions and `objects` distinct objects, of those the principal may see."""

    id: int
    name: str
    kind: str
    reliability: int
    statements: int
    objects: int
    first_received: int | None
    last_received: int | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    sequence: int
    object_id: int
    kind: ChangeKind
    at: int


@dataclass(frozen=True, slots=True)
class RecentChange:
    """A change that the principal may see, with the object as it stands now."""

    sequence: int
    kind: ChangeKind
    at: int
    row: ObjectRow


@dataclass(frozen=True, slots=True)
class MarkingRow:
    """A marking definition: `kind` is `tlp` or `statement`, `tlp` the level's name where it is one. The name
    is empty where its definition is not there to be seen."""

    id: str
    name: str
    kind: str
    tlp: str


@dataclass(frozen=True, slots=True)
class AccessRow:
    """Who may see an object as the principal sees it, and why. What it is shared with, and its handling, are
    told to its owner alone (`is_own`); `embargo_until` is in microseconds UTC."""

    owner: str
    is_own: bool
    markings: list[MarkingRow]
    everyone: bool
    organisations: list[str]
    groups: list[str]
    embargo_until: int | None
    handling: Handling | None


@dataclass(frozen=True, slots=True)
class HeadText:
    """What the indexer reads of a face; `text` is empty when it has no head (any more).

    `rival_ids` are the audiences of the faces that come before it: it is shown to who sees its own audience
    and none of these. `markings` are those of its audience.
    """

    object_id: int
    stix_id: str
    audience_id: int | None
    text: bytes
    source_ids: tuple[int, ...]
    rival_ids: tuple[int, ...] = ()
    markings: tuple[str, ...] = ()
