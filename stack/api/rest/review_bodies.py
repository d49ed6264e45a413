"""What the API is told about reviews."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.principal import Principal
from stack.api.rest.handling import HANDLING_EXAMPLE, HandlingBody
from stack.api.rest.parameters import NO_NUL, Moment
from stack.api.rest.review_items import SUBJECT_EXAMPLE, SubjectItem
from stack.api.rest.wire import microseconds
from stack.ingest.review.records import Becomes, Decision, FindDecision, ReportChange, Subject
from stack.stix.observables.kinds import Kind

_DECISION_EXAMPLE: dict[str, Any] = {
    "find_ids": [71],
    "decision": "accepted",
    "becomes": "indicator",
    "kind": "domain",
    "value": "evil.example",
    "name": "Where the loader calls",
    "description": "Asked once an hour.",
    "labels": ["c2"],
    "confidence": 90,
    "valid_until": "2027-05-31T00:00:00Z",
}
_FIND_EXAMPLE: dict[str, Any] = {
    "revision": 2,
    "part": 1,
    "start": 17,
    "end": 31,
    "kind": "domain",
    "value": "evil.example",
    "becomes": "indicator",
}
_CHANGE_EXAMPLE: dict[str, Any] = {
    "revision": 2,
    "title": "A loader returns",
    "description": "Nightjar is back, and calls another domain once an hour.",
    "url": "https://vendor.example/reports/nightjar",
    "source": "Vendor",
    "published_at": "2026-11-22T00:00:00Z",
    "report_types": ["malware"],
    "labels": ["loader"],
    "confidence": 80,
    "subjects": [SUBJECT_EXAMPLE],
    "handling": HANDLING_EXAMPLE,
}
Text = Annotated[str, Field(max_length=20_000, pattern=NO_NUL)]
Label = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
Labels = Annotated[list[Label], Field(max_length=50)]
Confidence = Annotated[int, Field(ge=0, le=100)]
Revision = Annotated[int, Field(ge=1, le=2**31 - 1, description="The revision that you have seen")]


class RevisionBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"revision": 2}]})

    revision: Revision


class DecisionBody(BaseModel):
    """What is left out stays as it is; a kind or a value is changed of one find at a time."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DECISION_EXAMPLE]})

    find_ids: Annotated[
        list[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(min_length=1, max_length=20_000)
    ]
    decision: Decision = Decision.OPEN
    becomes: Becomes = Becomes.NOTHING
    kind: Kind = Kind.TEXT
    value: Annotated[str, Field(max_length=20_000, pattern=NO_NUL)] = ""
    name: Annotated[str, Field(max_length=300, pattern=NO_NUL)] = ""
    description: Text = ""
    labels: Labels = Field(default_factory=list)
    confidence: Confidence | None = None
    valid_until: Moment | None = None

    def read(self) -> FindDecision:
        return FindDecision(**_read_given(self))


class DecisionsBody(RevisionBody):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"revision": 2, "decisions": [_DECISION_EXAMPLE]}]},
    )

    decisions: Annotated[list[DecisionBody], Field(min_length=1, max_length=1000)]


class BulkBody(RevisionBody):
    """All open finds that are at least so sure, and that lists do not know as good."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"revision": 2, "decision": "accepted", "at_least": 80, "kind": "domain"}]
        },
    )

    decision: Literal["accepted", "rejected"]
    at_least: Confidence = 0
    kind: Kind | None = None


class FindDraft(RevisionBody):
    """What somebody marked in the text; `kind` and `value` where they are not what it looks like."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_FIND_EXAMPLE]})

    part: Annotated[int, Field(ge=1, le=2**31 - 1)]
    start: Annotated[int, Field(ge=0, le=2**31 - 1)]
    end: Annotated[int, Field(ge=0, le=2**31 - 1)]
    kind: Kind | None = None
    value: Annotated[str, Field(max_length=10_000, pattern=NO_NUL)] = ""
    becomes: Becomes | None = None


class ReviewChange(RevisionBody):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_CHANGE_EXAMPLE]})

    title: Annotated[str, Field(max_length=500, pattern=NO_NUL)] = ""
    description: Text = ""
    url: Annotated[str, Field(max_length=2000, pattern=NO_NUL)] = ""
    source: Annotated[str, Field(max_length=200, pattern=NO_NUL)] = ""
    published_at: Moment | None = None
    report_types: Labels = Field(default_factory=list)
    labels: Labels = Field(default_factory=list)
    confidence: Confidence | None = None
    subjects: Annotated[list[SubjectItem], Field(max_length=50)] = Field(default_factory=list)
    handling: HandlingBody = Field(default_factory=HandlingBody)

    def read(self, principal: Principal) -> ReportChange:
        given = _read_given(self)
        del given["revision"]
        if "subjects" in given:
            given["subjects"] = tuple(Subject(**each.model_dump()) for each in self.subjects)
        if "handling" in given:
            given["handling"] = self.handling.read(principal)
        return ReportChange(**given)


def _read_given(body: BaseModel) -> dict[str, Any]:
    """The members that were sent, with lists as tuples and times as microseconds."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    return {name: _read_member(value) for name, value in given.items()}


def _read_member(value: Any) -> Any:
    if isinstance(value, datetime):
        return microseconds(value)
    return tuple(value) if isinstance(value, list) else value
