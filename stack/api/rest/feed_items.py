"""How feeds look in answers and bodies of the REST API."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from stack.accounts.principal import Principal
from stack.api.rest.handling import HANDLING_EXAMPLE, HandlingBody
from stack.api.rest.parameters import NO_NUL
from stack.api.rest.wire import instant
from stack.ingest.audience_words import describe_access
from stack.ingest.handling import HandlingDraft, name_handling
from stack.sources.feeds.records import FeedRow, RunRow

_VENDOR_EXAMPLE: dict[str, Any] = {
    "name": "tor-exits",
    "title": "Tor exit nodes",
    "about": "Exits of the Tor network: who comes from there wants not to be known.",
    "page": "https://check.torproject.org/torbulkexitlist",
    "terms": "Published by the Tor Project for use by anybody.",
    "every_s": 21_600,
    "least_every_s": 1_800,
    "reliability": 0,
    "tlp": "clear",
    "options": [
        {
            "name": "url",
            "title": "Address",
            "is_needed": False,
            "default": "https://check.torproject.org/torbulkexitlist",
            "values": [],
        }
    ],
    "credentials": [],
}
_RUN_EXAMPLE: dict[str, Any] = {
    "id": 41,
    "outcome": "done",
    "started_at": "2026-11-23T09:30:00Z",
    "ended_at": "2026-11-23T09:30:04Z",
    "received_bytes": 18_204,
    "total": 1_204,
    "new": 12,
    "known": 1_192,
    "updated": 0,
    "rejected": 0,
    "error": "",
    "job_id": 90,
    "ingest_job_ids": [91],
}
_FEED_EXAMPLE: dict[str, Any] = {
    "id": 4,
    "name": "Tor exit nodes",
    "vendor": "tor-exits",
    "vendor_title": "Tor exit nodes",
    "is_enabled": True,
    "every_s": 21_600,
    "options": {},
    "credentials": [],
    "handling": "Only Analysts sees this: people cleared for TLP:CLEAR.",
    "source_id": 12,
    "next_run_at": "2026-11-23T15:30:00Z",
    "last_success_at": "2026-11-23T09:30:04Z",
    "last_error": "",
    "last_cause": "",
    "failures": 0,
    "created_at": "2026-11-20T09:30:00Z",
    "health": "good",
    "lag_s": 0,
    "last_run": _RUN_EXAMPLE,
}
_DRAFT_EXAMPLE: dict[str, Any] = {
    "vendor": "urlhaus",
    "name": "URLhaus",
    "every_s": 3_600,
    "options": {},
    "credentials": {"auth-key": "what abuse.ch gave us"},
    "handling": HANDLING_EXAMPLE,
}
_CHANGE_EXAMPLE: dict[str, Any] = {
    "name": "URLhaus, all of it",
    "is_enabled": True,
    "every_s": 7_200,
    "options": {},
    "credentials": {"auth-key": "another"},
    "handling": HANDLING_EXAMPLE,
}
_LOOK_EXAMPLE: dict[str, Any] = {"feed_id": None, "vendor": "tor-exits", "options": {}, "credentials": {}}
_HEALTH_EXAMPLE: dict[str, Any] = {
    "runs": [_RUN_EXAMPLE],
    "overlap": 0.25,
    "sampled": 200,
    "objects": 1_204,
    "newest_received_at": "2026-11-23T09:30:04Z",
}
_PREVIEW_EXAMPLE: dict[str, Any] = {
    "format": "feed:tor-exits",
    "received_bytes": 18_204,
    "is_cut": False,
    "total": 1_204,
    "known": 1_190,
    "faults": 1,
    "objects": [{"type": "indicator", "name": "198.51.100.7"}],
    "messages": ["line 7: 'ExitNode' is no address or network"],
}
_CHECK_EXAMPLE: dict[str, Any] = {"step": "address", "is_good": True, "message": "answers with 18,204 bytes"}
Word = Annotated[str, Field(max_length=2_000, pattern=NO_NUL)]
Secret = Annotated[str, Field(max_length=4_000, pattern=NO_NUL)]
FeedName = Annotated[str, Field(max_length=150, pattern=NO_NUL)]
Words = Annotated[dict[str, Word], Field(max_length=50)]
Secrets = Annotated[dict[str, Secret], Field(max_length=10, description="Kept sealed, never shown")]


class FieldItem(BaseModel):
    name: str
    title: str
    is_needed: bool
    default: str
    values: list[str]


class VendorItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_VENDOR_EXAMPLE]})

    name: str
    title: str
    about: str
    page: str
    terms: str
    every_s: int
    least_every_s: int
    reliability: int = Field(description="Admiralty scale: 0 (A, best) to 5 (F)")
    tlp: str
    options: list[FieldItem]
    credentials: list[FieldItem]


class VendorList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_VENDOR_EXAMPLE]}]})

    items: list[VendorItem]


class RunItem(BaseModel):
    id: int
    outcome: Literal["fetching", "ingesting", "done", "unchanged", "failed"]
    started_at: datetime
    ended_at: datetime | None
    received_bytes: int
    total: int
    new: int
    known: int
    updated: int
    rejected: int
    error: str
    job_id: int
    ingest_job_ids: list[int]


class FeedItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_FEED_EXAMPLE]})

    id: int
    name: str
    vendor: str
    vendor_title: str
    is_enabled: bool
    every_s: int
    options: dict[str, str]
    credentials: list[str] = Field(description="Names of those that are set")
    handling: str = Field(description="Who sees what it brings, as a sentence")
    source_id: int | None
    next_run_at: datetime | None
    last_success_at: datetime | None
    last_error: str
    last_cause: str = Field(
        description="credentials, address, rate, server, network, size, format, stack, or empty"
    )
    failures: int = Field(description="In a row, up to now")
    created_at: datetime
    health: Literal["off", "new", "good", "late", "failing"]
    lag_s: int
    last_run: RunItem | None


class FeedList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_FEED_EXAMPLE], "next": None}]})

    items: list[FeedItem]
    next: str | None


class FeedDraft(BaseModel):
    """Without a name, the vendor's; without a schedule or a handling, what the vendor's feed comes with."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DRAFT_EXAMPLE]})

    vendor: FeedName
    name: FeedName = ""
    every_s: Annotated[int, Field(ge=1, le=2**31)] | None = None
    options: Words = {}
    credentials: Secrets = {}
    handling: HandlingBody | None = None


class FeedChange(BaseModel):
    """What is left out or null stays. Options are replaced whole; an empty credential is taken away."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_CHANGE_EXAMPLE]})

    name: FeedName | None = None
    is_enabled: StrictBool | None = None
    every_s: Annotated[int, Field(ge=1, le=2**31)] | None = None
    options: Words | None = None
    credentials: Secrets | None = None
    handling: HandlingBody | None = None


class LookDraft(BaseModel):
    """A feed that there is, with what is given here in the place of what is kept; or a vendor."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_LOOK_EXAMPLE]})

    feed_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    vendor: FeedName = ""
    options: Words | None = None
    credentials: Secrets = {}


class HealthItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_HEALTH_EXAMPLE]})

    runs: list[RunItem]
    overlap: float | None = Field(description="Share of its newest objects whose values others state too")
    sampled: int
    objects: int
    newest_received_at: datetime | None


class PreviewItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_PREVIEW_EXAMPLE]})

    format: str
    received_bytes: int
    is_cut: bool = Field(description="Only the beginning was read")
    total: int
    known: int
    faults: int
    objects: list[dict[str, Any]]
    messages: list[str]


class CheckItem(BaseModel):
    step: str
    is_good: bool
    message: str


class CheckList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_CHECK_EXAMPLE]}]})

    items: list[CheckItem]


class RunBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"again": True}]})

    again: StrictBool = Field(False, description="Fetch all of it, also what has not changed")


def feed_item(principal: Principal, row: FeedRow) -> FeedItem:
    times = ("next_run_at", "last_success_at", "created_at")
    shown = {name: instant(getattr(row, name)) for name in times}
    words = describe_access(name_handling(principal, row.handling))
    run = None if row.last_run is None else run_item(row.last_run)
    return FeedItem(**asdict(row) | shown | {"handling": words, "last_run": run})


def run_item(row: RunRow) -> RunItem:
    times = {"started_at": instant(row.started_at), "ended_at": instant(row.ended_at)}
    return RunItem(**asdict(row) | times)


def read_draft(body: HandlingBody | None) -> HandlingDraft | None:
    if body is None:
        return None
    return HandlingDraft(
        tlp=body.tlp or "",
        markings=tuple(body.markings),
        share_with=tuple(body.share_with),
        embargo_until=body.embargo_until or "",
    )
