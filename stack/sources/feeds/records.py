"""What reads of feeds give. Times are microseconds since the epoch, UTC; schedules are seconds."""

from dataclasses import dataclass, field
from typing import Any

from stack.store.records import Handling


@dataclass(frozen=True, slots=True)
class FieldRow:
    """An option or a credential of a vendor, as a form shows it; `values` are those to choose from."""

    name: str
    title: str
    is_needed: bool
    default: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VendorRow:
    name: str
    title: str
    about: str
    page: str
    terms: str
    every_s: int
    least_every_s: int
    reliability: int
    tlp: str
    options: tuple[FieldRow, ...]
    credentials: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One visit; `ended_at` is None while it goes on."""

    id: int
    outcome: str
    started_at: int
    ended_at: int | None
    received_bytes: int
    total: int
    new: int
    known: int
    updated: int
    rejected: int
    error: str
    job_id: int
    ingest_job_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FeedRow:
    """`credentials` are the names of those that are set. `health` is one of `off`, `new`, `good`, `late`,
    `failing`; `lag_s` how much longer ago than its schedule the last success was (0: on time)."""

    id: int
    name: str
    vendor: str
    vendor_title: str
    is_enabled: bool
    every_s: int
    options: dict[str, str]
    credentials: tuple[str, ...]
    handling: Handling
    source_id: int | None
    next_run_at: int | None
    last_success_at: int | None
    last_error: str
    last_cause: str
    failures: int
    created_at: int
    health: str
    lag_s: int
    last_run: RunRow | None = None


@dataclass(frozen=True, slots=True)
class HealthRow:
    """`overlap` is the share, 0 to 1, of the feed's newest objects (`sampled` of them) of whose values
    somebody else knows too; None where there is nothing to compare. `newest_received_at`: the last time that
    the feed said anything."""

    runs: tuple[RunRow, ...]
    overlap: float | None
    sampled: int
    objects: int
    newest_received_at: int | None


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What a feed would bring; nothing of it is stored. `is_cut`: only the beginning was read. `known` of
    `total` objects are in the store already. `objects` are the first few, as they would go in."""

    format: str
    received_bytes: int
    is_cut: bool
    total: int
    known: int
    faults: int
    objects: list[dict[str, Any]] = field(default_factory=list)
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One step of a test: `address`, `credentials`, `format`; what was found."""

    step: str
    is_good: bool
    message: str
