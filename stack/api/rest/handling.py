"""`/objects/{id}/access`: who may see an object and why; `/objects/{id}/handling`: decide on that."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.principal import Permission, Principal
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.parameters import NO_NUL, StixId
from stack.api.rest.wire import instant
from stack.core.errors import NotFound
from stack.ingest.audience_words import describe_access
from stack.ingest.handling import MOST_SHARES, HandlingDraft, read_handling
from stack.store import queries
from stack.store.marking import mark_object
from stack.store.records import AccessRow, Handling, MarkingRow

Tlp = Literal["clear", "green", "amber", "amber+strict", "red"]
MarkingId = Annotated[str, Field(max_length=300, pattern=NO_NUL)]
Share = Annotated[str, Field(max_length=300, pattern=NO_NUL)]
# A text, not a time: a number would be taken for seconds, and nobody writes an embargo so.
Moment = Annotated[
    str,
    Field(
        max_length=40,
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$",
        json_schema_extra={"format": "date-time"},
    ),
]
_STATEMENT = "marking-definition--8b1f9a3e-53c5-4a0b-8ed7-0d0b7ea1ff24"
HANDLING_EXAMPLE: dict[str, Any] = {
    "tlp": "amber",
    "markings": [_STATEMENT],
    "share_with": ["org:Northern CERT", "group:Energy"],
    "embargo_until": "2027-01-31T09:00:00Z",
}
MARKING_EXAMPLES: list[Any] = [
    {
        "id": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        "name": "TLP:AMBER",
        "kind": "tlp",
        "tlp": "amber",
    },
    {"id": _STATEMENT, "name": "For members of the exchange", "kind": "statement", "tlp": None},
]
_ACCESS_EXAMPLE: dict[str, Any] = {
    "owner": "Analysts",
    "is_own": True,
    "markings": MARKING_EXAMPLES,
    "everyone": False,
    "organisations": ["Northern CERT"],
    "groups": [],
    "embargo_until": None,
    "words": "Analysts and Northern CERT see this: people cleared for TLP:AMBER.",
}
router = Router(tags=["markings"])

# The same as parameters of an ingest, beside the bare body of a file.
TlpParameter = Annotated[Tlp | None, Query(description="TLP beside what the file says; the stricter counts")]
MarkingsParameter = Annotated[
    tuple[MarkingId, ...],
    Query(max_length=100, description="Ids of marking definitions beside those in the file; may be repeated"),
]
SharesParameter = Annotated[
    tuple[Share, ...],
    Query(
        max_length=MOST_SHARES,
        description="everyone, org:NAME or group:NAME; may be repeated. Default: your organisation alone",
    ),
]
EmbargoParameter = Annotated[
    Moment | None, Query(description="Until then nobody beside your organisation sees it")
]


class HandlingBody(BaseModel):
    """Who may see it beside its owner, and its marking. All empty: your organisation alone, as it came."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [HANDLING_EXAMPLE]})

    tlp: Tlp | None = Field(None, description="Beside what the text says: the stricter of the two counts")
    markings: list[MarkingId] = Field([], max_length=100, description="Ids of marking definitions")
    share_with: list[Share] = Field([], max_length=MOST_SHARES, description="everyone, org:NAME, group:NAME")
    embargo_until: Moment | None = Field(None, description="Until then your organisation alone sees it")

    def read(self, principal: Principal) -> Handling:
        return read_handling(
            principal,
            HandlingDraft(
                tlp=self.tlp or "",
                markings=tuple(self.markings),
                share_with=tuple(self.share_with),
                embargo_until=self.embargo_until or "",
            ),
        )


class MarkingItem(BaseModel):
    id: str
    name: str
    kind: str = Field(description="tlp, statement or other")
    tlp: str | None


class AccessItem(BaseModel):
    """Who may see an object beside its owner, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ACCESS_EXAMPLE]})

    owner: str = Field(
        description="The organisation whose statement you see, and which decides who may see it"
    )
    is_own: bool
    markings: list[MarkingItem]
    everyone: bool
    organisations: list[str]
    groups: list[str]
    embargo_until: datetime | None
    words: str = Field(description="The same as a sentence")


@router.get("/objects/{stix_id}/access", response=AccessItem, auth=Needs(Permission.READ))
def get_object_access(request: ApiRequest, stix_id: StixId) -> AccessItem:
    """Who may see the object beside you, and why."""
    access = queries.get_access(request.auth, stix_id)
    if access is None:
        raise _absent(stix_id)
    return access_item(access)


@router.put(
    "/objects/{stix_id}/handling", response=AccessItem, auth=Needs(Permission.MARK, also=Permission.READ)
)
def set_object_handling(request: ApiRequest, stix_id: StixId, body: HandlingBody) -> AccessItem:
    """Marks and shares what your organisation states of the object, now and in future, at once.

    What stands in the text stays: it cannot be made wider than its author marked it.
    """
    mark_object(request.auth, stix_id=stix_id, handling=body.read(request.auth))
    access = queries.get_access(request.auth, stix_id)
    if access is None:
        raise NotFound(
            f"{stix_id} is marked, so that you do not see it any more", remedy="Ask who is cleared for it."
        )
    return access_item(access)


def access_item(access: AccessRow) -> AccessItem:
    return AccessItem(
        owner=access.owner,
        is_own=access.is_own,
        markings=[marking_item(row) for row in access.markings],
        everyone=access.everyone,
        organisations=list(access.organisations),
        groups=list(access.groups),
        embargo_until=instant(access.embargo_until),
        words=describe_access(access),
    )


def marking_item(row: MarkingRow) -> MarkingItem:
    return MarkingItem(id=row.id, name=row.name, kind=row.kind, tlp=row.tlp or None)


def _absent(stix_id: str) -> NotFound:
    return NotFound(f"There is no object {stix_id}", remedy="Check the id, or look the value up.")
