"""What commands get from either backend, with the field names of the REST API.

Times are RFC 3339 texts in UTC.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ObjectView:
    id: str
    type: str
    name: str
    created: str | None
    modified: str | None
    revoked: bool
    confidence: int | None
    score: int | None
    tlp: str | None
    sources: int


@dataclass(frozen=True, slots=True)
class KnownGoodView:
    """A warning list that holds a value."""

    list_name: str
    title: str
    version: int
    category: str
    matched: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What is known about one input of a look-up."""

    input: str
    value: str
    kind: str
    known: bool
    note: str
    objects: list[ObjectView]
    more: int
    networks: list[str]
    known_good: list[KnownGoodView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HitView:
    object: ObjectView
    snippet: str


@dataclass(frozen=True, slots=True)
class FacetView:
    value: str
    count: int
    label: str


@dataclass(frozen=True, slots=True)
class SearchView:
    """`is_fresh` is false when the index had not caught up with the store in time."""

    total: int
    total_is_exact: bool
    hits: list[HitView]
    facets: dict[str, list[FacetView]]
    next: str | None
    reading: str
    is_fresh: bool = True


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An attempt at a job that failed."""

    number: int
    at: str
    worker: str
    reason: str


@dataclass(frozen=True, slots=True)
class JobView:
    """`rate` is in units per second, `eta` in seconds."""

    id: int
    kind: str
    state: str
    phase: str
    unit: str
    done: int
    total: int | None
    percent: int | None
    rate: float | None
    eta: float | None
    counts: dict[str, int]
    result: dict[str, Any]
    error: str
    attempts: int
    cancel_requested: bool
    created_at: str
    started_at: str | None
    finished_at: str | None
    user: str
    queue: str = ""
    priority: int = 0
    failed_attempts: list[AttemptView] = field(default_factory=list)

    @property
    def is_finished(self) -> bool:
        return self.state not in {"queued", "running"}


@dataclass(frozen=True, slots=True)
class ErrorView:
    """A fault of one record of a job."""

    position: int
    record: str
    stix_id: str
    path: str
    rule: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class SourceView:
    id: int
    name: str
    kind: str
    reliability: int
    statements: int
    objects: int
    first_received: str | None
    last_received: str | None


@dataclass(frozen=True, slots=True)
class HandlingFields:
    """How something is marked and shared, as it is typed; `embargo_until` is RFC 3339."""

    tlp: str = ""
    markings: tuple[str, ...] = ()
    share_with: tuple[str, ...] = ()
    embargo_until: str = ""


@dataclass(frozen=True, slots=True)
class UploadFile:
    """A file to take in; `path` None stands for standard input. `mapping` is the CSV mapping as JSON."""

    path: str | None
    name: str
    source: str | None = None
    format: str | None = None
    mapping: str | None = None
    handling: HandlingFields = HandlingFields()


@dataclass(frozen=True, slots=True)
class SearchQuestion:
    query: str
    types: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    sort: str = "relevance"
    limit: int = 50
    after: str | None = None
    filters: dict[str, list[str]] = field(default_factory=dict)
