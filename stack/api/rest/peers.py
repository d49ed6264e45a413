"""`/peers`: other TAXII servers, and what is pulled from and pushed to them (docs/taxii.md)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from stack.accounts.principal import Permission, Principal
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.handling import HANDLING_EXAMPLE, HandlingBody
from stack.api.rest.pages import cut_page
from stack.api.rest.parameters import NO_NUL, TLP_NAMES, After, FieldName, Limit, RowId, Tlp
from stack.api.rest.problems import nothing_to_change
from stack.api.rest.wire import instant
from stack.core.errors import BadInput, FieldError
from stack.sharing.collections.queries import find_collection
from stack.sources.taxii import linking, operations, queries, scheduling
from stack.sources.taxii.drafts import PeerDraft
from stack.sources.taxii.queries import LinkRow, PeerRow
from stack.sources.taxii.records import Direction, Mode

_COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
_LINK_EXAMPLE: dict[str, Any] = {
    "id": 7,
    "direction": "pull",
    "collection": _COLLECTION,
    "title": "Botnets",
    "is_enabled": True,
    "every_s": 300,
    "source_id": 12,
    "own_collection_id": None,
    "tlp_ceiling": None,
    "reached": "2026-11-23T09:30:00.000001Z",
    "health": "good",
    "next_at": "2026-11-23T09:35:00Z",
    "job_id": 90,
    "last_attempt_at": "2026-11-23T09:30:00Z",
    "last_success_at": "2026-11-23T09:30:00Z",
    "last_error": "",
    "note": "",
    "failures": 0,
    "moved": 24_771,
    "skipped": 0,
    "refused": 0,
    "refusals": [],
}
_PEER_EXAMPLE: dict[str, Any] = {
    "id": 2,
    "name": "Northern CERT",
    "url": "https://taxii.example/root/",
    "version": "2.1",
    "mode": "ordinary",
    "user": "",
    "has_secrets": True,
    "has_certificate": False,
    "verify": True,
    "is_enabled": True,
    "health": "good",
    "created_at": "2026-11-20T09:30:00Z",
    "links": [_LINK_EXAMPLE],
}
_DRAFT_EXAMPLE: dict[str, Any] = {
    "name": "Northern CERT",
    "url": "https://taxii.example/root/",
    "version": "2.1",
    "mode": "ordinary",
    "user": "analysts",
    "password": "what they gave us",
    "token": "",
    "ca": "",
    "certificate": "",
    "key": "",
    "verify": True,
    "is_enabled": True,
}
_LINK_DRAFT_EXAMPLE: dict[str, Any] = {
    "collection": _COLLECTION,
    "title": "Botnets",
    "every_s": 300,
    "is_enabled": True,
    "reliability": 2,
    "handling": HANDLING_EXAMPLE,
    "own_collection": "",
    "tlp_ceiling": "green",
}
router = Router(tags=["sharing"])

Pem = Annotated[str, Field(max_length=100_000, pattern=NO_NUL, description="PEM text, no path")]
Secret = Annotated[str, Field(max_length=4_000, pattern=NO_NUL, description="Kept sealed, never shown")]
Seconds = Annotated[int, Field(ge=10, le=30 * 86_400)]


class RefusalItem(BaseModel):
    stix_id: str
    version: str
    reason: str
    at: datetime


class LinkItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_LINK_EXAMPLE]})

    id: int
    direction: Literal["pull", "push"]
    collection: str = Field(description="Its id at the peer")
    title: str
    is_enabled: bool
    every_s: int
    source_id: int | None = Field(description="Of a pull: under which source its objects are")
    own_collection_id: int | None = Field(description="Of a push: the collection here")
    tlp_ceiling: Tlp | None = Field(description="Of a push: the highest TLP that leaves")
    reached: datetime | None = Field(description="Everything that was added up to then has been moved")
    health: Literal["good", "new", "late", "failing", "off"]
    next_at: datetime | None
    job_id: int | None
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    last_error: str
    note: str = Field(description="What the peer does wrong, and Stack goes around")
    failures: int
    moved: int
    skipped: int
    refused: int
    refusals: list[RefusalItem]


class PeerItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_PEER_EXAMPLE]})

    id: int
    name: str
    url: str
    version: str
    mode: Literal["ordinary", "replicating"]
    user: str
    has_secrets: bool
    has_certificate: bool
    verify: bool
    is_enabled: bool
    health: Literal["good", "new", "late", "failing", "off"]
    created_at: datetime
    links: list[LinkItem]


class PeerList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_PEER_EXAMPLE], "next": None}]})

    items: list[PeerItem]
    next: str | None


class PeerBody(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DRAFT_EXAMPLE]})

    name: FieldName
    url: Annotated[str, Field(max_length=1_000, pattern=NO_NUL, description="Its API root")]
    version: Literal["2.1", "2.0"] = "2.1"
    mode: Literal["ordinary", "replicating"] = "ordinary"
    user: Annotated[str, Field(max_length=200, pattern=NO_NUL)] = ""
    password: Secret = ""
    token: Secret = ""
    ca: Pem = ""
    certificate: Pem = ""
    key: Pem = ""
    verify: StrictBool = True
    is_enabled: StrictBool = True


class PeerChange(BaseModel):
    """What is left out or null stays as it is; a secret is removed by an empty text."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DRAFT_EXAMPLE]})

    name: FieldName | None = None
    url: Annotated[str, Field(max_length=1_000, pattern=NO_NUL)] | None = None
    version: Literal["2.1", "2.0"] | None = None
    mode: Literal["ordinary", "replicating"] | None = None
    user: Annotated[str, Field(max_length=200, pattern=NO_NUL)] | None = None
    password: Secret | None = None
    token: Secret | None = None
    ca: Pem | None = None
    certificate: Pem | None = None
    key: Pem | None = None
    verify: StrictBool | None = None
    is_enabled: StrictBool | None = None


class LinkBody(BaseModel):
    """A collection of the peer to pull; or, with `own_collection`, to push a collection of ours to."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [_LINK_DRAFT_EXAMPLE]},
    )

    collection: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
    title: Annotated[str, Field(max_length=150, pattern=NO_NUL)] = ""
    every_s: Seconds = 300
    is_enabled: StrictBool = True
    reliability: Annotated[int, Field(ge=0, le=5, description="Of what is pulled: 0 (A, best) to 5 (F)")] = 5
    handling: HandlingBody = HandlingBody()
    own_collection: Annotated[str, Field(max_length=100, pattern=NO_NUL)] = Field(
        "", description="Its number, TAXII id or alias"
    )
    tlp_ceiling: Tlp = Field("green", description="The highest TLP that leaves")


class LinkChange(BaseModel):
    """What is left out or null stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"every_s": 600, "is_enabled": True, "from_start": False}]},
    )

    is_enabled: StrictBool | None = None
    every_s: Seconds | None = None
    from_start: StrictBool = Field(False, description="Move everything again; what is known does no harm")


class SyncItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"jobs": [90, 91]}]})

    jobs: list[int] = Field(description="One for each link that was not running already")


@router.get("/peers", response=PeerList, auth=Needs(Permission.MANAGE_SOURCES))
def list_peers(request: ApiRequest, limit: Limit = 100, after: After = None) -> PeerList:
    """The peers of your organisation, each with its links and how they do."""
    found = sorted(queries.list_peers(request.auth), key=lambda row: row.id)
    rows, following = cut_page(found, limit=limit, after=after)
    return PeerList(items=[_peer_item(row) for row in rows], next=following)


@router.post("/peers", response={201: PeerItem}, auth=Needs(Permission.MANAGE_SOURCES))
def add_peer(request: ApiRequest, body: PeerBody) -> PeerItem:
    """Another TAXII server. It is not asked before it has a link."""
    draft = PeerDraft(**(body.model_dump() | {"mode": Mode(body.mode)}))
    return _peer_item(operations.add_peer(request.auth, draft))


@router.get("/peers/{peer_id}", response=PeerItem, auth=Needs(Permission.MANAGE_SOURCES))
def get_peer(request: ApiRequest, peer_id: RowId) -> PeerItem:
    """A peer, with the newest objects that it did not take, and why."""
    return _peer_item(queries.get_peer(request.auth, peer_id))


@router.patch("/peers/{peer_id}", response=PeerItem, auth=Needs(Permission.MANAGE_SOURCES))
def change_peer(request: ApiRequest, peer_id: RowId, body: PeerChange) -> PeerItem:
    """Another address needs its credentials anew: they never go where they were not meant for."""
    changes = body.model_dump(exclude_none=True)
    if not changes:
        raise nothing_to_change(*PeerChange.model_fields)
    if "mode" in changes:
        changes["mode"] = Mode(changes["mode"])
    operations.change_peer(request.auth, peer_id, changes)
    return _peer_item(queries.get_peer(request.auth, peer_id))


@router.delete("/peers/{peer_id}", response={204: None}, auth=Needs(Permission.MANAGE_SOURCES))
def remove_peer(request: ApiRequest, peer_id: RowId) -> None:
    """Also its links. What was pulled stays, under its sources."""
    operations.remove_peer(request.auth, peer_id)


@router.post("/peers/{peer_id}/sync", response={202: SyncItem}, auth=Needs(Permission.MANAGE_SOURCES))
def sync_peer(request: ApiRequest, peer_id: RowId) -> SyncItem:
    """Runs every enabled link of the peer now."""
    return SyncItem(jobs=[job.id for job in scheduling.sync_peer(request.auth, peer_id)])


@router.post(
    "/peers/{peer_id}/links",
    response={201: LinkItem},
    auth=Needs(Permission.MANAGE_SOURCES, also=Permission.MANAGE_SHARING),
)
def add_link(request: ApiRequest, peer_id: RowId, body: LinkBody) -> LinkItem:
    """Pulls a collection of the peer on a schedule, or pushes one of ours to it."""
    if not body.own_collection:
        row = linking.add_pull(
            request.auth,
            peer_id,
            collection=body.collection,
            title=body.title,
            handling=body.handling.read(request.auth),
            reliability=body.reliability,
            every_s=body.every_s,
            is_enabled=body.is_enabled,
        )
        return _link_item(row)
    row = linking.add_push(
        request.auth,
        peer_id,
        collection=body.collection,
        selection_id=_find_own(request.auth, body.own_collection),
        title=body.title,
        tlp_ceiling=TLP_NAMES.index(body.tlp_ceiling),
        every_s=body.every_s,
        is_enabled=body.is_enabled,
    )
    return _link_item(row)


@router.patch("/peers/{peer_id}/links/{link_id}", response=LinkItem, auth=Needs(Permission.MANAGE_SOURCES))
def change_link(request: ApiRequest, peer_id: RowId, link_id: RowId, body: LinkChange) -> LinkItem:
    """Also lets it begin from the start again."""
    if body == LinkChange():
        raise nothing_to_change(*LinkChange.model_fields)
    return _link_item(linking.change_link(request.auth, peer_id, link_id, **body.model_dump()))


@router.delete(
    "/peers/{peer_id}/links/{link_id}", response={204: None}, auth=Needs(Permission.MANAGE_SOURCES)
)
def remove_link(request: ApiRequest, peer_id: RowId, link_id: RowId) -> None:
    """What was moved stays where it is."""
    linking.remove_link(request.auth, peer_id, link_id)


def _find_own(principal: Principal, name: str) -> int:
    """The collection of that name, which must be of the own organisation: others decide on theirs."""
    found = find_collection(principal, name)
    if found is None or not found.is_own:
        message = "expected the number, TAXII id or alias of a collection of your organisation"
        raise BadInput(
            f"There is no collection “{name}” of yours", errors=(FieldError("own_collection", message),)
        )
    return found.id


def _peer_item(row: PeerRow) -> PeerItem:
    return PeerItem(
        id=row.id,
        name=row.name,
        url=row.url,
        version=row.version,
        mode=row.mode.value,
        user=row.user,
        has_secrets=row.has_secrets,
        has_certificate=row.has_certificate,
        verify=row.verify,
        is_enabled=row.is_enabled,
        health=row.health.value,
        created_at=instant(row.created_at),
        links=[_link_item(link) for link in row.links],
    )


def _link_item(row: LinkRow) -> LinkItem:
    is_pull = row.direction == Direction.PULL
    return LinkItem(
        id=row.id,
        direction=row.direction.value,
        collection=row.collection,
        title=row.title,
        is_enabled=row.is_enabled,
        every_s=row.every_s,
        source_id=row.source_id if is_pull else None,
        own_collection_id=None if is_pull else row.selection_id,
        tlp_ceiling=None if is_pull else TLP_NAMES[row.tlp_ceiling],
        reached=instant(row.reached or None),
        health=row.health.value,
        next_at=instant(row.next_at or None),
        job_id=row.job_id or None,
        last_attempt_at=instant(row.last_attempt_at),
        last_success_at=instant(row.last_success_at),
        last_error=row.last_error,
        note=row.note,
        failures=row.failures,
        moved=row.moved,
        skipped=row.skipped,
        refused=row.refused,
        refusals=[
            RefusalItem(stix_id=each.stix_id, version=each.version, reason=each.reason, at=instant(each.at))
            for each in row.refusals
        ],
    )
