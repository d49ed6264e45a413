"""Reviews as the API shows them."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from stack.api.rest.items import OBJECT_EXAMPLE, ObjectItem, object_item
from stack.api.rest.parameters import NO_NUL
from stack.api.rest.wire import instant
from stack.ingest.review.records import (
    Becomes,
    Decision,
    FindRow,
    PartText,
    ReportDraft,
    ReviewDetail,
    ReviewRow,
    ReviewState,
)
from stack.stix.observables.kinds import Kind

_FINDS_EXAMPLE: dict[str, Any] = {"open": 12, "accepted": 0, "rejected": 0, "set_aside": 3}
REVIEW_EXAMPLE: dict[str, Any] = {
    "id": 4,
    "state": "open",
    "revision": 2,
    "title": "A loader returns",
    "filename": "report.pdf",
    "format": "pdf",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 48_213,
    "source": "Vendor",
    "tlp": "amber",
    "user": "ada",
    "job_id": 12,
    "error": "",
    "notes": [],
    "created_at": "2026-11-23T09:30:00Z",
    "changed_at": "2026-11-23T09:31:00Z",
    "changed_by": "ada",
    "committed_at": None,
    "report_id": "",
    "finds": _FINDS_EXAMPLE,
}
FIND_EXAMPLE: dict[str, Any] = {
    "id": 71,
    "kind": "domain",
    "pattern_type": "",
    "value": "evil.example",
    "raw": "evil.example",
    "part": 3,
    "start": 120,
    "end": 134,
    "mentions": 2,
    "context": "The loader calls evil[.]example once an hour.",
    "is_defanged": True,
    "is_by_hand": False,
    "is_set_aside": False,
    "sureness": 95,
    "why": "written defanged; named 2 times",
    "known_good": [],
    "becomes": "indicator",
    "possible": ["indicator", "observable", "nothing"],
    "decision": "open",
    "decided_by": "",
    "decided_at": None,
    "name": "",
    "description": "",
    "labels": [],
    "confidence": None,
    "valid_until": None,
    "known": [OBJECT_EXAMPLE],
}
SUBJECT_EXAMPLE: dict[str, Any] = {"stix_id": "", "type": "malware", "name": "Nightjar"}
_DETAIL_EXAMPLE: dict[str, Any] = REVIEW_EXAMPLE | {
    "description": "Nightjar is back, and calls another domain once an hour.",
    "url": "https://vendor.example/reports/nightjar",
    "published_at": "2026-11-22T00:00:00Z",
    "report_types": ["malware"],
    "labels": ["loader"],
    "confidence": 80,
    "subjects": [SUBJECT_EXAMPLE],
    "parts": [{"number": 1, "title": "Page 1", "length": 2_480, "finds": 7}],
}
_PART_EXAMPLE: dict[str, Any] = {
    "number": 1,
    "title": "Page 1",
    "text": "The loader calls evil[.]example once an hour.",
    "spans": [{"start": 17, "end": 31, "find_id": 71}],
}


class FindCountsItem(BaseModel):
    """`set_aside` are those of the open ones that lists know as good."""

    open: int
    accepted: int
    rejected: int
    set_aside: int


class ReviewItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [REVIEW_EXAMPLE]})

    id: int
    state: ReviewState
    revision: int = Field(description="Send it with every change: who comes second is told")
    title: str
    filename: str
    format: str = Field(description="pdf, docx, html, eml, msg or text; empty until it is read")
    sha256: str
    size: int
    source: str
    tlp: str | None
    user: str
    job_id: int | None = Field(description="The job that reads the document")
    error: str
    notes: list[str] = Field(description="What its reader has to say, such as what was not read")
    created_at: datetime
    changed_at: datetime
    changed_by: str
    committed_at: datetime | None
    report_id: str
    finds: FindCountsItem


class ReviewList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [REVIEW_EXAMPLE], "next": None}]})

    items: list[ReviewItem]
    next: str | None


class SubjectItem(BaseModel):
    """What the report is about: an object by its id, or a new one by its type and name."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SUBJECT_EXAMPLE]})

    stix_id: Annotated[str, Field(max_length=300, pattern=NO_NUL)] = ""
    type: Annotated[str, Field(max_length=60, pattern=NO_NUL)] = ""
    name: Annotated[str, Field(max_length=300, pattern=NO_NUL)] = ""


class PartItem(BaseModel):
    number: int
    title: str
    length: int
    finds: int


class ReviewDetailItem(ReviewItem):
    """With what the report will say, and the parts of the document."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DETAIL_EXAMPLE]})

    description: str
    url: str
    published_at: datetime | None
    report_types: list[str]
    labels: list[str]
    confidence: int | None
    subjects: list[SubjectItem]
    parts: list[PartItem]


class SpanItem(BaseModel):
    start: int
    end: int
    find_id: int


class PartTextItem(BaseModel):
    """The text of a page or part; `text[start:end]` of each span is what was found, in characters."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PART_EXAMPLE]})

    number: int
    title: str
    text: str
    spans: list[SpanItem]


class FindKnownGoodItem(BaseModel):
    list_name: str
    title: str
    category: str
    matched: str


class FindItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [FIND_EXAMPLE]})

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
    is_set_aside: bool
    sureness: int = Field(description="0 to 100: how sure it is that this is an indicator")
    why: str
    known_good: list[FindKnownGoodItem]
    becomes: Becomes
    possible: list[Becomes]
    decision: Decision
    decided_by: str
    decided_at: datetime | None
    name: str
    description: str
    labels: list[str]
    confidence: int | None
    valid_until: datetime | None
    known: list[ObjectItem] = Field(description="Objects under this value that you may see, up to three")


class FindList(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [FIND_EXAMPLE], "total": 12, "next": None}]}
    )

    items: list[FindItem]
    total: int
    next: str | None


class CommittedItem(BaseModel):
    """The report, what became of its objects (new, known, updated), and the review."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "report_id": "report--0b6a3f0e-5a53-5f0e-8c43-6f7e8c7d0a11",
                    "counts": {"new": 9},
                    "review": REVIEW_EXAMPLE | {"state": "committed"},
                }
            ]
        }
    )

    report_id: str
    counts: dict[str, int]
    review: ReviewItem


def review_item(row: ReviewRow) -> ReviewItem:
    return ReviewItem(**_review_fields(row))


def review_detail(detail: ReviewDetail) -> ReviewDetailItem:
    return ReviewDetailItem(
        **_review_fields(detail.row),
        **_draft_fields(detail.draft),
        parts=[
            PartItem(number=part.number, title=part.title, length=part.length, finds=part.finds)
            for part in detail.parts
        ],
    )


def find_item(row: FindRow) -> FindItem:
    names = FindItem.model_fields.keys() - {"known", "known_good", "decided_at", "valid_until"}
    return FindItem(
        **{name: getattr(row, name) for name in names},
        decided_at=instant(row.decided_at),
        valid_until=instant(row.valid_until),
        known_good=[
            FindKnownGoodItem(
                list_name=each.list_name, title=each.title, category=each.category, matched=each.matched
            )
            for each in row.known_good
        ],
        known=[object_item(each) for each in row.known],
    )


def part_item(part: PartText) -> PartTextItem:
    return PartTextItem(
        number=part.number,
        title=part.title,
        text=part.text,
        spans=[SpanItem(start=span.start, end=span.end, find_id=span.find_id) for span in part.spans],
    )


def _review_fields(row: ReviewRow) -> dict[str, Any]:
    names = ReviewItem.model_fields.keys() - {
        "finds", "notes", "tlp", "created_at", "changed_at", "committed_at",
    }  # fmt: skip
    counts = row.finds
    return {name: getattr(row, name) for name in names} | {
        "tlp": row.tlp or None,
        "notes": list(row.notes),
        "created_at": instant(row.created_at),
        "changed_at": instant(row.changed_at),
        "committed_at": instant(row.committed_at),
        "finds": FindCountsItem(
            open=counts.open, accepted=counts.accepted, rejected=counts.rejected, set_aside=counts.set_aside
        ),
    }


def _draft_fields(draft: ReportDraft) -> dict[str, Any]:
    return {
        "description": draft.description,
        "url": draft.url,
        "published_at": instant(draft.published_at),
        "report_types": list(draft.report_types),
        "labels": list(draft.labels),
        "confidence": draft.confidence,
        "subjects": [SubjectItem(**msgspec.structs.asdict(each)) for each in draft.subjects],
    }
