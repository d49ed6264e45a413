"""How analyses look in answers and bodies of the REST API."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from stack.analysis.operations import MOST_VALUES
from stack.api.rest.parameters import NO_NUL, Tlp

_ROW_EXAMPLE: dict[str, Any] = {
    "value": "kq3v9z7xw1.example",
    "kind": "domain",
    "verdict": "suspicious",
    "score": 62,
    "confidence": 0.57,
    "summary": "Its name looks made by an algorithm.",
    "id": "0f2f6a1b-8a4e-4a3b-9d9e-5c1f4d3e7c22",
    "name": "",
    "size": 0,
    "tlp": "green",
    "state": "done",
    "trigger": "api",
    "by": "robin",
    "batch": "",
    "job_id": 90,
    "created_at": "2026-11-23T09:30:00Z",
    "ended_at": "2026-11-23T09:30:02Z",
    "plugins": 4,
    "answered": 4,
}
_PIVOT_EXAMPLE: dict[str, Any] = {"kind": "ipv4", "value": "198.51.100.7", "relation": "resolves-to"}
_EVIDENCE_EXAMPLE: dict[str, Any] = {
    "statement": "8 of the 10 letters of its name are consonants or digits.",
    "weight": 2.7,
    "counted": 2.7,
    "source": "Domain",
    "code": "domain.algorithmic-name",
    "why": "",
    "seen_at": None,
    "half_life_days": 0.0,
    "is_private": False,
    "reference": "",
    "pivots": [_PIVOT_EXAMPLE],
}
_ANSWER_EXAMPLE: dict[str, Any] = {
    "plugin": "domain",
    "title": "Domain",
    "is_provider": False,
    "state": "found",
    "message": "",
    "is_kept": False,
    "asked_at": "2026-11-23T09:30:00Z",
    "ended_at": "2026-11-23T09:30:00.020Z",
    "took_ms": 20,
    "stated": "suspicious",
    "summary": "looks made by an algorithm",
    "link": "",
    "facts": [{"name": "Registered domain", "value": "kq3v9z7xw1.example", "kind": "domain", "section": ""}],
    "raw": None,
}
_DETAIL_EXAMPLE: dict[str, Any] = _ROW_EXAMPLE | {
    "evidence": [_EVIDENCE_EXAMPLE],
    "log_odds": 0.503,
    "for_weight": 2.7,
    "against_weight": 0.0,
    "has_conflict": False,
    "has_disagreement": False,
    "answers": [_ANSWER_EXAMPLE],
    "pivots": [_PIVOT_EXAMPLE | {"sources": ["Domain"]}],
    "moments": [{"source": "Domain", "at": "2026-11-20T00:00:00Z", "text": "Registered"}],
    "places": [
        {"source": "IP", "country": "DE", "label": "AS64500", "latitude": None, "longitude": None},
    ],
    "stix_ids": ["malware-analysis--92ec0cbd-2c30-44a2-b270-73f4ec949841"],
}
_PREVIEW_EXAMPLE: dict[str, Any] = {
    "value": "kq3v9z7xw1.example",
    "kind": "domain",
    "tlp": "green",
    "analyzers": ["Domain"],
    "planned": [
        {
            "provider": "urlscan",
            "title": "urlscan.io",
            "is_possible": True,
            "why_not": "",
            "message": "",
            "sends": [
                {
                    "method": "GET",
                    "url": "https://urlscan.io/api/v1/search/?q=domain:kq3v9z7xw1.example",
                    "body": "",
                }
            ],
            "is_metered": True,
            "left": 980,
        }
    ],
}
Value = Annotated[str, Field(max_length=8192, pattern=NO_NUL)]
PluginName = Annotated[str, Field(max_length=100, pattern=NO_NUL)]
Providers = Annotated[
    list[PluginName],
    Field(max_length=100, description="Ask only these providers; null: all that have an account"),
]


class StartBody(BaseModel):
    """One `value`, or a list of `values` that become a batch. Without a `kind` it is found out."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "value": "",
                    "values": ["hxxp://evil[.]example/login", "198.51.100.7"],
                    "kind": "",
                    "tlp": "green",
                    "may_ask": True,
                    "providers": None,
                }
            ]
        },
    )

    value: Value = ""
    values: Annotated[list[Value], Field(max_length=MOST_VALUES)] = []
    kind: Annotated[str, Field(max_length=20, pattern=NO_NUL)] = ""
    tlp: Tlp | None = Field(None, description="Of what it is known from; decides who may be asked")
    may_ask: StrictBool = Field(True, description="False: engines alone, nothing leaves this machine")
    providers: Providers | None = None


class PreviewBody(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"value": "kq3v9z7xw1.example", "kind": "", "tlp": "green", "providers": ["urlscan"]}
            ]
        },
    )

    value: Value
    kind: Annotated[str, Field(max_length=20, pattern=NO_NUL)] = ""
    tlp: Tlp | None = None
    providers: Providers | None = None


class AskBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"plugin": "urlscan"}]})

    plugin: PluginName


class _HeadItem(BaseModel):
    value: str = Field(description="Of a file its SHA-256")
    kind: str
    verdict: Literal["malicious", "suspicious", "benign", "unknown"]
    score: int | None = Field(description="0 to 100; null until there is evidence")
    confidence: float = Field(description="0 to 1: how much was seen, and how much of it agrees")
    summary: str


class _RowItem(BaseModel):
    id: str
    name: str = Field(description="Of a file")
    size: int = Field(description="Bytes, of a file")
    tlp: Tlp
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    trigger: str = Field(description="person, api or rule")
    by: str
    batch: str
    job_id: int
    created_at: datetime
    ended_at: datetime | None
    plugins: int = Field(description="How many have a part in it")
    answered: int = Field(description="How many of them have ended")


# Members of the last base come first: what it is, and how it is judged.
class AnalysisItem(_RowItem, _HeadItem):
    model_config = ConfigDict(json_schema_extra={"examples": [_ROW_EXAMPLE]})


class AnalysisList(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_ROW_EXAMPLE], "total": 1, "next": None}]}
    )

    items: list[AnalysisItem]
    total: int
    next: str | None


class StartedItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ROW_EXAMPLE], "batch": ""}]})

    items: list[AnalysisItem] = Field(description="One per value, in order")
    batch: str = Field(description="Finds them again, where there are several")


class PivotItem(BaseModel):
    kind: str
    value: str
    relation: str


class SourcedPivotItem(PivotItem):
    sources: list[str]


class EvidenceItem(BaseModel):
    statement: str = Field(description="What was seen, with its figures")
    weight: float = Field(
        description="Log-odds for malicious, as the source gave it; negative speaks against"
    )
    counted: float = Field(description="What is left of it after fading and grouping")
    source: str
    code: str
    why: str = Field(description="Why it counts less than its weight")
    seen_at: datetime | None
    half_life_days: float
    is_private: bool = Field(description="It rests on what the store holds")
    reference: str
    pivots: list[PivotItem]


class FactItem(BaseModel):
    name: str
    value: str
    kind: str
    section: str


class SourceAnswerItem(BaseModel):
    plugin: str
    title: str
    is_provider: bool
    state: Literal[
        "waiting",
        "running",
        "found",
        "absent",
        "refused",
        "limited",
        "unauthorised",
        "failed",
        "interrupted",
        "skipped",
    ]
    message: str
    is_kept: bool = Field(description="An answer from before, as old as `asked_at` says")
    asked_at: datetime | None
    ended_at: datetime | None
    took_ms: int | None
    stated: Literal["malicious", "suspicious", "benign", "unknown"] | None = Field(
        description="The source's own verdict"
    )
    summary: str
    link: str
    facts: list[FactItem]
    raw: Any = Field(None, description="The answer as it came, with `raw=true`")


class MomentItem(BaseModel):
    source: str
    at: datetime
    text: str


class PlaceItem(BaseModel):
    source: str
    country: str
    label: str
    latitude: float | None
    longitude: float | None


class _JudgedItem(_HeadItem):
    evidence: list[EvidenceItem] = Field(description="The strongest first")
    log_odds: float
    for_weight: float
    against_weight: float
    has_conflict: bool = Field(description="Much speaks for either side")
    has_disagreement: bool = Field(description="Sources state different verdicts")


class AnalysisDetailItem(_RowItem, _JudgedItem):
    model_config = ConfigDict(json_schema_extra={"examples": [_DETAIL_EXAMPLE]})

    answers: list[SourceAnswerItem]
    pivots: list[SourcedPivotItem]
    moments: list[MomentItem]
    places: list[PlaceItem]
    stix_ids: list[str] = Field(description="What was kept of it in the store")


class SentItem(BaseModel):
    method: str
    url: str
    body: str


class PlannedItem(BaseModel):
    provider: str
    title: str
    is_possible: bool
    why_not: str = Field(description="no-account, off, tlp, quota, breaker, or empty")
    message: str
    sends: list[SentItem] = Field(description="The first request, without secrets")
    is_metered: bool
    left: int | None = Field(description="Calls that are left")


class AnalysisPreviewItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_PREVIEW_EXAMPLE]})

    value: str
    kind: str
    tlp: Tlp
    analyzers: list[str]
    planned: list[PlannedItem]
