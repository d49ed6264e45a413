"""Reads of feeds: a principal sees those of their organisation."""

from collections.abc import Iterable

import msgspec

from stack.accounts.principal import Permission, Principal
from stack.core.clock import now_us
from stack.core.errors import NotFound
from stack.core.plugin_options import Credential, Option
from stack.sources.feeds.base import FeedPlugin
from stack.sources.feeds.catalogue import list_vendors
from stack.sources.feeds.credentials import open_credentials
from stack.sources.feeds.models import Feed, FeedRun
from stack.sources.feeds.records import FeedRow, FieldRow, HealthRow, RunRow, VendorRow
from stack.store.queries.overlap import measure_overlap
from stack.store.queries.sources import get_source, name_sources
from stack.store.records import Handling

_SECOND = 1_000_000
# Later than this share of its schedule behind it, a feed is late.
_PATIENCE = 1.5
_RUNS_SHOWN = 20


def list_vendor_rows() -> list[VendorRow]:
    """What there is to choose from; it says nothing about the data."""
    return [_describe_vendor(plugin) for plugin in list_vendors().values()]


def list_feeds(principal: Principal) -> list[FeedRow]:
    """By name, each with its last visit."""
    principal.require(Permission.READ)
    feeds = list(Feed.objects.filter(organisation_id=principal.organisation_id).order_by("name", "id"))
    last = _find_last_runs(feeds)
    sources = {name: source_id for source_id, name in name_sources(principal).items()}
    return [describe_feed(feed, last.get(feed.pk), sources.get(feed.name)) for feed in feeds]


def get_feed(principal: Principal, feed_id: int) -> FeedRow:
    """NotFound for a feed that is another organisation's, or that there is not."""
    feed = find_feed(principal, feed_id)
    sources = {name: source_id for source_id, name in name_sources(principal).items()}
    return describe_feed(feed, _find_last_runs([feed]).get(feed.pk), sources.get(feed.name))


def find_feed(principal: Principal, feed_id: int) -> Feed:
    principal.require(Permission.READ)
    feed = Feed.objects.filter(pk=feed_id, organisation_id=principal.organisation_id).first()
    if feed is None:
        raise NotFound(f"There is no feed {feed_id}", remedy="“stack feed list” shows the feeds.")
    return feed


def list_runs(principal: Principal, feed_id: int, *, limit: int = _RUNS_SHOWN) -> list[RunRow]:
    """Newest first."""
    feed = find_feed(principal, feed_id)
    return [_describe_run(run) for run in feed.runs.order_by("-id")[:limit]]


def get_health(principal: Principal, feed_id: int) -> HealthRow:
    """The last visits, and how the feed compares with what others state, as far as the principal may see."""
    row = get_feed(principal, feed_id)
    runs = tuple(list_runs(principal, feed_id))
    source = None if row.source_id is None else get_source(principal, row.source_id)
    if source is None:
        return HealthRow(runs, None, 0, 0, None)
    found = measure_overlap(principal, source.id)
    share = found.shared / found.sampled if found.sampled else None
    return HealthRow(runs, share, found.sampled, source.objects, source.last_received)


def describe_feed(feed: Feed, last_run: FeedRun | None, source_id: int | None) -> FeedRow:
    plugin = list_vendors().get(feed.vendor)
    health, lag_s = _judge(feed, now_us())
    return FeedRow(
        id=feed.pk,
        name=feed.name,
        vendor=feed.vendor,
        vendor_title=plugin.title if plugin else feed.vendor,
        is_enabled=feed.is_enabled,
        every_s=feed.every_s,
        options=feed.options,
        credentials=tuple(sorted(open_credentials(feed))),
        handling=msgspec.convert(feed.handling, Handling),
        source_id=source_id,
        next_run_at=feed.next_run_at if feed.is_enabled else None,
        last_success_at=feed.last_success_at,
        last_error=feed.last_error,
        last_cause=feed.last_cause,
        failures=feed.failures,
        created_at=feed.created_at,
        health=health,
        lag_s=lag_s,
        last_run=None if last_run is None else _describe_run(last_run),
    )


def _judge(feed: Feed, now: int) -> tuple[str, int]:
    """The feed's health in a word, and by how many seconds it is behind its schedule."""
    begun = feed.last_success_at or feed.created_at
    lag_s = max(0, (now - begun) // _SECOND - feed.every_s) if feed.is_enabled else 0
    if not feed.is_enabled:
        return "off", 0
    if feed.failures:
        return "failing", lag_s
    if feed.last_success_at is None:
        return "new", 0
    return ("late" if lag_s > (_PATIENCE - 1) * feed.every_s else "good"), lag_s


def _find_last_runs(feeds: Iterable[Feed]) -> dict[int, FeedRun]:
    found = {}
    for feed in feeds:
        run = feed.runs.order_by("-id").first()
        if run is not None:
            found[feed.pk] = run
    return found


def _describe_run(run: FeedRun) -> RunRow:
    return RunRow(
        id=run.pk,
        outcome=run.outcome,
        started_at=run.started_at,
        ended_at=run.ended_at,
        received_bytes=run.received_bytes,
        total=run.total,
        new=run.new,
        known=run.known,
        updated=run.updated,
        rejected=run.rejected,
        error=run.error,
        job_id=run.job_id,
        ingest_job_ids=tuple(run.ingest_job_ids),
    )


def _describe_vendor(plugin: type[FeedPlugin]) -> VendorRow:
    return VendorRow(
        name=plugin.name,
        title=plugin.title,
        about=" ".join((plugin.__doc__ or "").split()),
        page=plugin.page,
        terms=plugin.terms,
        every_s=plugin.every_s,
        least_every_s=plugin.least_every_s,
        reliability=plugin.reliability,
        tlp=plugin.tlp,
        options=tuple(_describe_option(option) for option in plugin.list_options()),
        credentials=tuple(_describe_credential(each) for each in plugin.credentials),
    )


def _describe_option(option: Option) -> FieldRow:
    return FieldRow(option.name, option.title, option.is_needed, option.default, option.values)


def _describe_credential(credential: Credential) -> FieldRow:
    return FieldRow(credential.name, credential.title, credential.is_needed)
