"""`/feeds`: what is read on a schedule, how it does, and a look before it is; `/feed-vendors`: from whom."""

from dataclasses import asdict

from django.http import HttpResponse
from ninja import Router

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.feed_items import (
    CheckItem,
    CheckList,
    FeedChange,
    FeedDraft,
    FeedItem,
    FeedList,
    HealthItem,
    LookDraft,
    PreviewItem,
    RunBody,
    VendorItem,
    VendorList,
    feed_item,
    read_draft,
    run_item,
)
from stack.api.rest.jobs import JobItem, accept_job
from stack.api.rest.pages import cut_page
from stack.api.rest.parameters import After, Limit, RowId
from stack.api.rest.problems import nothing_to_change
from stack.api.rest.wire import instant
from stack.core.errors import NotFound
from stack.jobs.queries import get_job
from stack.sources.feeds import operations, previewing, queries

router = Router(tags=["sources"])
_MANAGES = Needs(Permission.MANAGE_SOURCES, also=Permission.READ)
_LOOKS = Needs(Permission.MANAGE_SOURCES, also=Permission.READ, cost=Cost.EXPENSIVE)


@router.get("/feed-vendors", response=VendorList, auth=Needs(Permission.READ))
def list_feed_vendors(request: ApiRequest) -> VendorList:
    """From whom feeds can be had, under which terms, and what each takes."""
    return VendorList(items=[VendorItem(**asdict(row)) for row in queries.list_vendor_rows()])


@router.get("/feeds", response=FeedList, auth=Needs(Permission.READ))
def list_feeds(request: ApiRequest, limit: Limit = 100, after: After = None) -> FeedList:
    """The feeds of your organisation, each with its last visit."""
    found = sorted(queries.list_feeds(request.auth), key=lambda row: row.id)
    rows, following = cut_page(found, limit=limit, after=after)
    return FeedList(items=[feed_item(request.auth, row) for row in rows], next=following)


@router.post("/feeds", response={201: FeedItem}, auth=_MANAGES)
def add_feed(request: ApiRequest, body: FeedDraft) -> FeedItem:
    """A new feed. It is off: nothing goes out before somebody enables it."""
    row = operations.add_feed(
        request.auth,
        vendor=body.vendor,
        name=body.name,
        every_s=body.every_s,
        options=body.options,
        credentials=body.credentials,
        handling=read_draft(body.handling),
    )
    return feed_item(request.auth, row)


@router.post("/feeds/preview", response=PreviewItem, auth=_LOOKS)
def preview_feed(request: ApiRequest, body: LookDraft) -> PreviewItem:
    """What a feed would bring: its beginning is fetched and read, and nothing is stored."""
    row = previewing.preview_feed(
        request.auth,
        feed_id=body.feed_id,
        vendor=body.vendor,
        options=body.options,
        credentials=body.credentials,
    )
    return PreviewItem(**asdict(row))


@router.post("/feeds/test", response=CheckList, auth=_LOOKS)
def check_feed(request: ApiRequest, body: LookDraft) -> CheckList:
    """Whether address, credentials and format are as they should be, step by step."""
    rows = previewing.check_feed(
        request.auth,
        feed_id=body.feed_id,
        vendor=body.vendor,
        options=body.options,
        credentials=body.credentials,
    )
    return CheckList(items=[CheckItem(**asdict(row)) for row in rows])


@router.get("/feeds/{feed_id}", response=FeedItem, auth=Needs(Permission.READ))
def get_feed(request: ApiRequest, feed_id: RowId) -> FeedItem:
    """A feed, with its last visit."""
    return feed_item(request.auth, queries.get_feed(request.auth, feed_id))


@router.patch("/feeds/{feed_id}", response=FeedItem, auth=_MANAGES)
def change_feed(request: ApiRequest, feed_id: RowId, body: FeedChange) -> FeedItem:
    """Another server needs its credentials anew: they never go where they were not meant for."""
    given = body.model_dump(exclude_none=True)
    if not given:
        raise nothing_to_change(*FeedChange.model_fields)
    row = queries.get_feed(request.auth, feed_id)
    if given.keys() - {"is_enabled"}:
        row = operations.change_feed(
            request.auth,
            feed_id,
            name=body.name,
            every_s=body.every_s,
            options=body.options,
            credentials=body.credentials,
            handling=read_draft(body.handling),
        )
    if body.is_enabled is not None:
        act = operations.enable_feed if body.is_enabled else operations.disable_feed
        row = act(request.auth, feed_id)
    return feed_item(request.auth, row)


@router.delete("/feeds/{feed_id}", response={204: None}, auth=_MANAGES)
def remove_feed(request: ApiRequest, feed_id: RowId) -> None:
    """Forgets the feed with its credentials. What it brought stays with its source."""
    operations.remove_feed(request.auth, feed_id)


@router.get("/feeds/{feed_id}/health", response=HealthItem, auth=Needs(Permission.READ))
def get_feed_health(request: ApiRequest, feed_id: RowId) -> HealthItem:
    """Its last visits, and how much of what it says others say too."""
    row = queries.get_health(request.auth, feed_id)
    return HealthItem(
        runs=[run_item(run) for run in row.runs],
        overlap=row.overlap,
        sampled=row.sampled,
        objects=row.objects,
        newest_received_at=instant(row.newest_received_at),
    )


@router.post("/feeds/{feed_id}/run", response={202: JobItem}, auth=_MANAGES)
def run_feed(request: ApiRequest, response: HttpResponse, feed_id: RowId, body: RunBody) -> JobItem:
    """Visits it now, as a job, whether it is enabled or not. 409 while a visit goes on."""
    job = get_job(request.auth, operations.run_feed_now(request.auth, feed_id, again=body.again))
    if job is None:
        raise NotFound("The job of the visit is gone")
    return accept_job(job, response)
