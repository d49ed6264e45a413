"""`/analysis-rules`: what is analysed by itself when it comes in."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from stack.accounts.principal import Permission
from stack.analysis.rules import operations, queries
from stack.analysis.rules.records import RuleRow
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.pages import cut_page
from stack.api.rest.parameters import NO_NUL, After, FieldName, Limit, RowId
from stack.api.rest.problems import nothing_to_change
from stack.api.rest.wire import instant
from stack.core.errors import NotFound

_EXAMPLE: dict[str, Any] = {
    "id": 3,
    "name": "Domains of partners",
    "kinds": ["domain", "url"],
    "query": 'source:"Partner feed"',
    "plugins": None,
    "may_ask": False,
    "per_day": 1_000,
    "is_enabled": True,
    "by": "robin",
    "started": 12,
    "skipped": 0,
    "trouble": "",
    "created_at": "2026-11-23T09:30:00Z",
}
_MANAGES = Needs(Permission.MANAGE_SOURCES, also=Permission.ANALYZE)
RuleKind = Literal["ipv4", "ipv6", "domain", "url", "email", "md5", "sha1", "sha256", "sha512"]
Kinds = Annotated[list[RuleKind], Field(min_length=1, max_length=9)]
RuleQuery = Annotated[str, Field(max_length=2_000, pattern=NO_NUL, description="docs/search.md; empty: all")]
Plugins = Annotated[
    list[Annotated[str, Field(max_length=100, pattern=NO_NUL)]],
    Field(max_length=100, description="By name; null: all that take the kind"),
]
PerDay = Annotated[int, Field(ge=1, le=100_000)]
router = Router(tags=["analysis"])


class RuleItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    name: str
    kinds: list[str]
    query: str
    plugins: list[str] | None
    may_ask: bool = Field(description="Whether providers are asked, which costs quota")
    per_day: int = Field(description="It starts no more than these in a day")
    is_enabled: bool
    by: str = Field(description="For whom it works, with their rights and clearance")
    started: int = Field(description="Today")
    skipped: int = Field(description="Today, beyond `per_day`")
    trouble: str = Field(description="Why it stands still; empty where it does not")
    created_at: datetime


class RuleList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next": None}]})

    items: list[RuleItem]
    next: str | None


class RuleDraft(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Domains of partners",
                    "kinds": ["domain"],
                    "query": "label:botnet",
                    "plugins": ["store", "domain"],
                    "may_ask": False,
                    "per_day": 1_000,
                }
            ]
        },
    )

    name: FieldName
    kinds: Kinds
    query: RuleQuery = ""
    plugins: Plugins | None = None
    may_ask: StrictBool = False
    per_day: PerDay = 1_000


class RuleChange(BaseModel):
    """What is left out or null stays. The rule then works for whoever changed it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kinds": None,
                    "query": None,
                    "plugins": None,
                    "may_ask": None,
                    "per_day": 500,
                    "is_enabled": False,
                }
            ]
        },
    )

    kinds: Kinds | None = None
    query: RuleQuery | None = None
    plugins: Plugins | None = None
    may_ask: StrictBool | None = None
    per_day: PerDay | None = None
    is_enabled: StrictBool | None = None


@router.get("/analysis-rules", response=RuleList, auth=Needs(Permission.READ))
def list_analysis_rules(request: ApiRequest, limit: Limit = 100, after: After = None) -> RuleList:
    """The rules of your organisation."""
    rows, following = cut_page(queries.list_rules(request.auth), limit=limit, after=after)
    return RuleList(items=[_item(row) for row in rows], next=following)


@router.post("/analysis-rules", response={201: RuleItem}, auth=_MANAGES)
def create_analysis_rule(request: ApiRequest, body: RuleDraft) -> RuleItem:
    """A rule for what comes in from now on. It sees what you see."""
    row = operations.create_rule(
        request.auth,
        name=body.name,
        kinds=body.kinds,
        query=body.query,
        plugins=body.plugins,
        may_ask=body.may_ask,
        per_day=body.per_day,
    )
    return _item(row)


@router.get("/analysis-rules/{analysis_rule_id}", response=RuleItem, auth=Needs(Permission.READ))
def get_analysis_rule(request: ApiRequest, analysis_rule_id: RowId) -> RuleItem:
    """One rule, with what it did today."""
    row = queries.get_rule(request.auth, analysis_rule_id)
    if row is None:
        raise NotFound(f"There is no rule {analysis_rule_id}")
    return _item(row)


@router.patch("/analysis-rules/{analysis_rule_id}", response=RuleItem, auth=_MANAGES)
def change_analysis_rule(request: ApiRequest, analysis_rule_id: RowId, body: RuleChange) -> RuleItem:
    """Changes a rule, switches it on or off."""
    if not body.model_dump(exclude_none=True):
        raise nothing_to_change(*RuleChange.model_fields)
    row = operations.change_rule(
        request.auth,
        analysis_rule_id,
        kinds=body.kinds,
        query=body.query,
        plugins=body.plugins,
        may_ask=body.may_ask,
        per_day=body.per_day,
        is_enabled=body.is_enabled,
    )
    return _item(row)


@router.delete("/analysis-rules/{analysis_rule_id}", response={204: None}, auth=_MANAGES)
def delete_analysis_rule(request: ApiRequest, analysis_rule_id: RowId) -> None:
    """Ends a rule; the analyses that it started stay."""
    operations.delete_rule(request.auth, analysis_rule_id)


def _item(row: RuleRow) -> RuleItem:
    return RuleItem(**asdict(row) | {"created_at": instant(row.created_at)})
