"""What the review desk says and is told. Times are microseconds since the epoch, UTC."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from stack.core.known_good.records import KnownGood
from stack.stix.observables.kinds import Kind
from stack.store.records import Handling, ObjectRow


class ReviewState(StrEnum):
    READING = "reading"
    OPEN = "open"
    COMMITTED = "committed"
    DISCARDED = "discarded"
    FAILED = "failed"


class Decision(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Becomes(StrEnum):
    """What an accepted find is stated as: an indicator with its observable, the bare object, or nothing."""

    INDICATOR = "indicator"
    OBSERVABLE = "observable"
    NOTHING = "nothing"


class Subject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the report is about: an object by its id, or a new one by its type and name."""

    stix_id: str = ""
    type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class FindCounts:
    """`set_aside` counts those of the open ones that lists know as good."""

    open: int = 0
    accepted: int = 0
    rejected: int = 0
    set_aside: int = 0

    @property
    def total(self) -> int:
        return self.open + self.accepted + self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """A review as lists show it. `user` is who brought the document, `notes` what its reader has to say."""

    id: int
    state: ReviewState
    revision: int
    title: str
    filename: str
    format: str
    sha256: str
    size: int
    source: str
    tlp: str
    user: str
    job_id: int | None
    error: str
    notes: tuple[str, ...]
    created_at: int
    changed_at: int
    changed_by: str
    committed_at: int | None
    report_id: str
    finds: FindCounts


@dataclass(frozen=True, slots=True)
class ReviewPage:
    rows: list[ReviewRow]
    next: str | None


class ReportDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the report will say. `url` is where the document is published, `published_at` when it was."""

    title: str
    description: str
    url: str
    source: str
    published_at: int | None
    report_types: tuple[str, ...]
    labels: tuple[str, ...]
    confidence: int | None
    subjects: tuple[Subject, ...]
    handling: Handling


class ReportChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a draft is to be changed; what is `UNSET` stays."""

    title: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    url: str | msgspec.UnsetType = msgspec.UNSET
    source: str | msgspec.UnsetType = msgspec.UNSET
    published_at: int | msgspec.UnsetType | None = msgspec.UNSET
    report_types: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    labels: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    confidence: int | msgspec.UnsetType | None = msgspec.UNSET
    subjects: tuple[Subject, ...] | msgspec.UnsetType = msgspec.UNSET
    handling: Handling | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class PartRow:
    """A page or part of the document; `length` in characters, `finds` counts the mentions in it."""

    number: int
    title: str
    length: int
    finds: int


@dataclass(frozen=True, slots=True)
class Span:
    """A mention within the text of a part: `text[start:end]`."""

    start: int
    end: int
    find_id: int


@dataclass(frozen=True, slots=True)
class PartText:
    """The text of a part with its mentions in order; none overlap."""

    number: int
    title: str
    text: str
    spans: list[Span]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindRow:
    """A find. `sureness` is 0 to 100, `why` says it in words, `known_good` names the lists that hold it.

    Of a rule, `pattern_type` is `yara` or `sigma` and `value` its text.
    `known` are objects of the store under this value, up to three, of those that the reader may see.
    """

    id: int
    kind: Kind
    pattern_type: str
    value: str
    raw: str
    part: int
    start: int
    end: int
    mentions: int
    context: str
    is_defanged: bool
    is_by_hand: bool
    sureness: int
    why: str
    known_good: tuple[KnownGood, ...]
    becomes: Becomes
    possible: tuple[Becomes, ...]
    decision: Decision
    decided_by: str
    decided_at: int | None
    name: str
    description: str
    labels: tuple[str, ...]
    confidence: int | None
    valid_until: int | None
    known: tuple[ObjectRow, ...] = ()

    @property
    def is_set_aside(self) -> bool:
        """Lists know it as good, and nobody has decided otherwise."""
        return self.decision is Decision.OPEN and any(each.is_false_positive for each in self.known_good)


@dataclass(frozen=True, slots=True)
class FindPage:
    rows: list[FindRow]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class ReviewDetail:
    row: ReviewRow
    draft: ReportDraft
    parts: list[PartRow]


class FindDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is decided about some finds; what is `UNSET` stays. `kind` and `value` need a single find."""

    find_ids: tuple[int, ...]
    decision: Decision | msgspec.UnsetType = msgspec.UNSET
    becomes: Becomes | msgspec.UnsetType = msgspec.UNSET
    kind: Kind | msgspec.UnsetType = msgspec.UNSET
    value: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    labels: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    confidence: int | msgspec.UnsetType | None = msgspec.UNSET
    valid_until: int | msgspec.UnsetType | None = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit stated: the report's id, and how many objects were new, updated or known."""

    report_id: str
    counts: dict[str, int]
    row: ReviewRow
