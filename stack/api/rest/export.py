"""`/export`: what you may see, what a query finds, or a collection, streamed in one of the formats."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from django.http import StreamingHttpResponse
from ninja import Query, Router, Schema
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.objects import STIX_MEDIA_TYPE
from stack.api.rest.parameters import NO_NUL, TLP_NAMES, QueryText, Tlp, Types
from stack.core.errors import BadInput, FieldError
from stack.sharing.exporting.formats import describe_formats
from stack.sharing.exporting.operations import export as make_export
from stack.sharing.exporting.operations import run_for_report
from stack.sharing.exporting.records import ExportRequest
from stack.sharing.exporting.words import describe_report

REPORT_EXAMPLE: dict[str, Any] = {
    "format": "list",
    "items": 12840,
    "entries": 9127,
    "left_out": [{"why": "no longer valid", "count": 3511}],
    "losses": [
        {
            "type": "indicator",
            "property": "description",
            "why": "the format has no place for it",
            "count": 9102,
        }
    ],
    "cursor": "3vMsdkRkTzXo6gE2nQb0mJ7fWw",
}
_FORMAT_EXAMPLE: dict[str, Any] = {
    "name": "suricata-dataset",
    "title": "Suricata data set",
    "media_type": "text/plain;charset=utf-8",
    "extension": "lst",
    "is_block_list": True,
    "has_deltas": False,
    "options": [
        {"name": "kind", "default": "domain", "values": ["domain", "ip"], "about": "What the set is of"}
    ],
}
_NEEDS = Needs(Permission.EXPORT, also=Permission.READ, cost=Cost.EXPENSIVE)
_Option = Annotated[str, Field(max_length=500, pattern=NO_NUL)]
ExportChoice = Literal["default", "keep", "leave-out"]
router = Router(tags=["export"])


class ExportQuery(Schema):
    """What to export and how; `q` and `collection` are alternatives."""

    model_config = ConfigDict(extra="ignore")

    q: QueryText = ""
    collection: Annotated[str, Field(max_length=100, pattern=NO_NUL, description="By its id or alias")] = ""
    types: Types = ()
    form: Annotated[
        str, Field(alias="format", max_length=40, pattern=r"^[a-z0-9-]+$", description="docs/outputs.md")
    ] = "stix"
    options: Annotated[
        tuple[_Option, ...],
        Field(
            alias="option",
            max_length=30,
            description="`name:value`, an option of the format; may be repeated",
        ),
    ] = ()
    min_confidence: Annotated[int, Field(ge=0, le=100, description="Only indicators that are as sure")] = 0
    tlp_ceiling: Annotated[Tlp | None, Field(description="Nothing above this level")] = None
    known_good: Annotated[ExportChoice, Field(description="Values that warning lists know")] = "default"
    invalid: Annotated[ExportChoice, Field(description="What is revoked or not valid now")] = "default"
    since: Annotated[
        str, Field(max_length=500, pattern=NO_NUL, description="A collection's earlier cursor")
    ] = ""

    def read(self) -> ExportRequest:
        return ExportRequest(
            format=self.form,
            query=self.q,
            collection=self.collection,
            types=tuple(self.types),
            options=read_option_texts(self.options),
            minimum_confidence=self.min_confidence,
            tlp_ceiling=None if self.tlp_ceiling is None else TLP_NAMES.index(self.tlp_ceiling),
            known_good=self.known_good,
            invalid=self.invalid,
            since=self.since,
        )


class LossItem(BaseModel):
    type: str = Field(description="The STIX type; empty for losses that are too many to list")
    property: str = Field(description="What was lost of it; empty where it was the whole object")
    why: str
    count: int = Field(description="Of how many objects")


class LeftOutItem(BaseModel):
    why: str
    count: int


class ExportReport(BaseModel):
    """What a conversion carries, what it leaves out, and what it has no place for."""

    model_config = ConfigDict(json_schema_extra={"examples": [REPORT_EXAMPLE]})

    format: str
    items: int = Field(description="Objects that were chosen")
    entries: int = Field(description="Lines, rules or objects that were written")
    left_out: list[LeftOutItem]
    losses: list[LossItem]
    cursor: str = Field(description="For `since`; empty where there are no deltas")


class FormatOption(BaseModel):
    name: str
    default: str
    values: list[str] = Field(description="What it takes; empty where it takes other text")
    about: str


class FormatItem(BaseModel):
    name: str
    title: str
    media_type: str
    extension: str
    is_block_list: bool = Field(description="Only what is valid and not known to be good, by default")
    has_deltas: bool
    options: list[FormatOption]


class FormatList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_FORMAT_EXAMPLE]}]})

    items: list[FormatItem]


@router.get(
    "/export",
    auth=_NEEDS,
    openapi_extra={
        "responses": {
            200: {
                "description": "A file in the format; of STIX the objects are byte for byte as they came",
                "content": {
                    STIX_MEDIA_TYPE: {
                        "schema": {"type": "object", "required": ["type", "id"]},
                        "example": {"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d"},
                    },
                },
            }
        }
    },
)
def export(request: ApiRequest, asked: Query[ExportQuery]) -> StreamingHttpResponse:
    """All objects, or those of some types, that a query finds or that a collection has, in one format."""
    made = make_export(request.auth, asked.read())
    response = StreamingHttpResponse(made.pieces, content_type=made.media_type)
    response["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    return response


@router.get("/export/formats", response=FormatList, auth=Needs(Permission.READ))
def list_formats(request: ApiRequest) -> FormatList:
    """The formats that there are, with the options of each."""
    return FormatList(
        items=[
            FormatItem(
                name=row.name,
                title=row.title,
                media_type=row.media_type,
                extension=row.extension,
                is_block_list=row.is_block_list,
                has_deltas=row.has_removals,
                options=[
                    FormatOption(
                        name=each.name, default=each.default, values=list(each.values), about=each.about
                    )
                    for each in row.options
                ],
            )
            for row in describe_formats()
        ]
    )


@router.get("/export/losses", response=ExportReport, auth=_NEEDS)
def report_losses(request: ApiRequest, asked: Query[ExportQuery]) -> ExportReport:
    """What the same export would leave out and could not carry, counted by converting all of it."""
    return ExportReport.model_validate(describe_report(run_for_report(request.auth, asked.read())))


def read_option_texts(texts: Iterable[str]) -> dict[str, str]:
    """The options of a format from `name:value`."""
    options: dict[str, str] = {}
    for position, text in enumerate(texts):
        name, colon, value = text.partition(":")
        if not (name and colon):
            field = f"option[{position}]"
            message = f"expected name:value, got “{text[:60]}”"
            raise BadInput(f"{field}: {message}", errors=(FieldError(field, message),))
        options[name] = value
    return options
