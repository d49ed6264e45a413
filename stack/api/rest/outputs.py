"""`/outputs`: collections and queries in one format at addresses of their own, and keys that open them."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.export import ExportChoice, LeftOutItem, LossItem
from stack.api.rest.pages import cut_page
from stack.api.rest.parameters import NO_NUL, TLP_NAMES, After, BodyId, FieldName, Limit, Moment, RowId, Tlp
from stack.api.rest.problems import nothing_to_change
from stack.api.rest.wire import instant, microseconds
from stack.search.query_language import LONGEST_QUERY
from stack.sharing.exporting.records import ExportRequest
from stack.sharing.outputs import operations, queries
from stack.sharing.outputs.records import OutputRow
from stack.sharing.outputs.words import apply_draft, describe_output

_DRAFT_EXAMPLE: dict[str, Any] = {
    "title": "Domains for the proxies",
    "description": "Polled every five minutes",
    "format": "list",
    "options": {"kind": "domain", "vendor": "squid"},
    "query": "",
    "collection": "botnets",
    "types": ["indicator"],
    "min_confidence": 70,
    "tlp_ceiling": "amber",
    "known_good": "default",
    "invalid": "default",
}
_KEY_DRAFT_EXAMPLE: dict[str, Any] = {
    "name": "firewall north",
    "expires_at": "2027-11-20T09:30:00Z",
    "networks": ["192.0.2.0/24"],
    "tlp_ceiling": "amber",
    "member_id": None,
}
_KEY_EXAMPLE: dict[str, Any] = {
    "id": 12,
    "name": "firewall north",
    "prefix": "4f1d0c9be27a",
    "owner": "mara",
    "networks": ["192.0.2.0/24"],
    "tlp_ceiling": "amber",
    "created_at": "2026-11-20T09:30:00Z",
    "expires_at": None,
    "fetched_at": "2026-11-20T10:00:00Z",
    "last_used_from": "192.0.2.17",
    "fetches": 6,
}
_OUTPUT_EXAMPLE: dict[str, Any] = {
    "id": 4,
    "title": "Domains for the proxies",
    "uid": "9b1f0c22d7e84a35",
    "description": "",
    "format": "list",
    "options": {"kind": "domain", "vendor": "squid"},
    "query": "",
    "collection_id": 3,
    "collection": "Botnets",
    "types": [],
    "min_confidence": 70,
    "tlp_ceiling": "amber",
    "known_good": "default",
    "invalid": "default",
    "created_at": "2026-11-20T09:30:00Z",
    "changed_at": "2026-11-20T09:30:00Z",
    "path": "/outputs/9b1f0c22d7e84a35/list.txt",
    "keys": [_KEY_EXAMPLE],
    "last_run": None,
}
_NEW_KEY_EXAMPLE: dict[str, Any] = {
    "id": 12,
    "prefix": "4f1d0c9be27a",
    "key": "stk_4f1d0c9be27a_" + "0123456789ab" * 4,
    "path": "/outputs/9b1f0c22d7e84a35/stk_4f1d0c9be27a_" + "0123456789ab" * 4 + "/list.txt",
}
_SHARING = Needs(Permission.MANAGE_SHARING, also=Permission.READ)
_Text = Annotated[str, Field(max_length=5000, pattern=NO_NUL)]
_Format = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]+$", description="docs/outputs.md")]
_Options = Annotated[
    dict[FieldName, Annotated[str, Field(max_length=500, pattern=NO_NUL)]], Field(max_length=30)
]
_Query = Annotated[str, Field(max_length=LONGEST_QUERY, pattern=NO_NUL)]
_Collection = Annotated[str, Field(max_length=100, pattern=NO_NUL, description="By its number, id or alias")]
_Types = Annotated[list[Annotated[str, Field(pattern=r"^[a-zA-Z0-9-]{1,250}$")]], Field(max_length=100)]
_Confidence = Annotated[int, Field(ge=0, le=100)]
router = Router(tags=["sharing"])


class OutputKeyItem(BaseModel):
    id: int = Field(description="The API key; DELETE /keys/{id} revokes it")
    name: str
    prefix: str
    owner: str
    networks: list[str]
    tlp_ceiling: Tlp
    created_at: datetime
    expires_at: datetime | None
    fetched_at: datetime | None
    last_used_from: str
    fetches: int = Field(description="At least: not counted more than once a minute")


class OutputRunItem(BaseModel):
    """What came out last, and what did not."""

    ran_at: datetime
    changed_at: datetime = Field(description="When the file was first the same")
    bytes: int
    items: int
    entries: int
    left_out: list[LeftOutItem]
    losses: list[LossItem]


class OutputItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_OUTPUT_EXAMPLE]})

    id: int
    title: str
    uid: str
    description: str
    format: str
    options: dict[str, str]
    query: str
    collection_id: int | None
    collection: str = Field(description="Its title; empty where it is gone or not for your eyes")
    types: list[str]
    min_confidence: int
    tlp_ceiling: Tlp | None
    known_good: ExportChoice
    invalid: ExportChoice
    created_at: datetime
    changed_at: datetime
    path: str = Field(description="Where it is fetched with a key as Basic password or Bearer")
    keys: list[OutputKeyItem]
    last_run: OutputRunItem | None


class OutputList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_OUTPUT_EXAMPLE], "next": None}]})

    items: list[OutputItem]
    next: str | None


class OutputDraft(BaseModel):
    """A query or a collection, in a format."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DRAFT_EXAMPLE]})

    title: FieldName
    description: _Text = ""
    format: _Format
    options: _Options = Field(default_factory=dict)
    query: _Query = ""
    collection: _Collection = ""
    types: _Types = Field(default_factory=list)
    min_confidence: _Confidence = 0
    tlp_ceiling: Tlp | None = None
    known_good: ExportChoice = "default"
    invalid: ExportChoice = "default"


class OutputChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DRAFT_EXAMPLE]})

    title: FieldName | None = None
    description: _Text | None = None
    format: _Format | None = None
    options: _Options | None = None
    query: _Query | None = None
    collection: _Collection | None = None
    types: _Types | None = None
    min_confidence: _Confidence | None = None
    tlp_ceiling: Tlp | None = None
    known_good: ExportChoice | None = None
    invalid: ExportChoice | None = None


class OutputKeyDraft(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_KEY_DRAFT_EXAMPLE]})

    name: FieldName
    expires_at: Moment | None = None
    networks: list[Annotated[str, Field(max_length=49, pattern=NO_NUL)]] = Field(
        default_factory=list, max_length=100, description="CIDR blocks; empty for any address"
    )
    tlp_ceiling: Tlp | None = Field(default=None, description="Default: its owner's")
    member_id: BodyId | None = Field(
        default=None, description="The program whose key it becomes; default: you"
    )


class NewOutputKeyItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_NEW_KEY_EXAMPLE]})

    id: int
    prefix: str
    key: str = Field(description="Shown this once; Stack keeps only its SHA-256")
    path: str = Field(description="The address with the key in it, for what can send no credentials")


@router.get("/outputs", response=OutputList, auth=Needs(Permission.READ))
def list_outputs(request: ApiRequest, *, limit: Limit = 100, after: After = None) -> OutputList:
    """Your organisation's outputs."""
    rows, following = cut_page(queries.list_outputs(request.auth), limit=limit, after=after)
    return OutputList(items=[_output_item(row) for row in rows], next=following)


@router.post("/outputs", response={201: OutputItem}, auth=_SHARING)
def create_output(request: ApiRequest, body: OutputDraft) -> OutputItem:
    """A new output; its keys are made apart."""
    asked = apply_draft(ExportRequest(), body.model_dump(exclude={"title", "description"}))
    row = operations.create_output(
        request.auth, title=body.title, description=body.description, request=asked
    )
    return _output_item(row)


@router.get("/outputs/{output_id}", response=OutputItem, auth=Needs(Permission.READ))
def get_output(request: ApiRequest, output_id: RowId) -> OutputItem:
    """One output, with its keys and what came out of it last."""
    return _output_item(queries.get_output(request.auth, output_id))


@router.patch("/outputs/{output_id}", response=OutputItem, auth=_SHARING)
def change_output(request: ApiRequest, output_id: RowId, body: OutputChange) -> OutputItem:
    """Its address and its keys stay."""
    given = body.model_dump(include=body.model_fields_set - {"title", "description"})
    if not body.model_fields_set:
        raise nothing_to_change(*OutputChange.model_fields)
    asked = apply_draft(queries.get_output(request.auth, output_id).request, given) if given else None
    row = operations.change_output(
        request.auth, output_id, title=body.title, description=body.description, request=asked
    )
    return _output_item(row)


@router.delete("/outputs/{output_id}", response={204: None}, auth=_SHARING)
def delete_output(request: ApiRequest, output_id: RowId) -> None:
    """Its address answers nothing any more, and its keys are revoked."""
    operations.delete_output(request.auth, output_id)


@router.post(
    "/outputs/{output_id}/keys",
    response={201: NewOutputKeyItem},
    auth=Needs(Permission.OUTPUTS, also=Permission.READ, session_only=True),
)
def create_output_key(request: ApiRequest, output_id: RowId, body: OutputKeyDraft) -> NewOutputKeyItem:
    """A key that opens this output and nothing else, as you and never beyond."""
    made = operations.create_output_key(
        request.auth,
        output_id,
        name=body.name,
        expires_at=None if body.expires_at is None else microseconds(body.expires_at),
        networks=body.networks,
        tlp_ceiling=None if body.tlp_ceiling is None else TLP_NAMES.index(body.tlp_ceiling),
        member_id=body.member_id,
    )
    return NewOutputKeyItem(id=made.id, prefix=made.prefix, key=made.key, path=made.path)


def _output_item(row: OutputRow) -> OutputItem:
    return OutputItem.model_validate(describe_output(row, instant))
