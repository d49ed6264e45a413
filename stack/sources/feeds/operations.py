"""Writes to feeds: add, change, enable, disable, remove, and a visit now."""

import random
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from django.db import IntegrityError, transaction

from stack.accounts.principal import Permission, Principal
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, FieldError, NotFound
from stack.ingest.handling import HandlingDraft, read_handling
from stack.jobs.leases import in_transaction
from stack.jobs.operations import enqueue
from stack.sources.feeds.base import FeedPlugin
from stack.sources.feeds.catalogue import get_vendor
from stack.sources.feeds.credentials import open_credentials, seal_credentials
from stack.sources.feeds.models import Feed, FeedRun
from stack.sources.feeds.queries import get_feed
from stack.sources.feeds.records import FeedRow
from stack.store.operations import ensure_source
from stack.store.queries import list_sources
from stack.store.records import Handling

KIND = "feed"
_SECOND = 1_000_000
_LONGEST_S = 366 * 86_400
_LONGEST_NAME = 150
_FIRST_WITHIN_S = 30


def add_feed(
    principal: Principal,
    *,
    vendor: str,
    name: str = "",
    every_s: int | None = None,
    options: Mapping[str, str] | None = None,
    credentials: Mapping[str, str] | None = None,
    handling: HandlingDraft | None = None,
) -> FeedRow:
    """A new feed, which is off until somebody enables it. Without a handling, the vendor's own TLP.

    What it brings is stated by a source of the feed's name. BadInput names each fault.
    """
    principal.require(Permission.MANAGE_SOURCES)
    plugin = get_vendor(vendor)
    chosen = dict(options or {})
    plugin.fill_choices(chosen)
    plugin.check_credentials(credentials or {})
    kept = read_handling(principal, handling or HandlingDraft(tlp=plugin.tlp))
    with in_transaction():
        feed = Feed(
            organisation_id=principal.organisation_id,
            name=_check_name(principal, name or plugin.title),
            vendor=plugin.name,
            every_s=_check_schedule(plugin, plugin.every_s if every_s is None else every_s),
            options=chosen,
            handling=msgspec.to_builtins(kept),
            created_at=now_us(),
        )
        feed.save()
        feed.credentials = seal_credentials(feed, credentials or {})
        feed.save(update_fields=["credentials"])
        _record(principal, "feed.add", feed, after=_describe(feed))
    return get_feed(principal, feed.pk)


def change_feed(
    principal: Principal,
    feed_id: int,
    *,
    name: str | None = None,
    every_s: int | None = None,
    options: Mapping[str, str] | None = None,
    credentials: Mapping[str, str] | None = None,
    handling: HandlingDraft | None = None,
) -> FeedRow:
    """What is None stays. `options` replaces all options; of `credentials` those that are named, an empty
    one being taken away. What another address or another reading brings is fetched anew."""
    principal.require(Permission.MANAGE_SOURCES)
    with in_transaction():
        feed = _lock(principal, feed_id)
        plugin, before = get_vendor(feed.vendor), _describe(feed)
        if name is not None and name != feed.name:
            feed.name = _check_name(principal, name)
        if every_s is not None:
            feed.every_s = _check_schedule(plugin, every_s)
        secrets = open_credentials(feed)
        if options is not None:
            plugin.fill_choices(options)
            # Secrets go where they were meant for: whoever names another address gives theirs with it.
            secrets = secrets if is_same_place(feed.options, options) else {}
            feed.options = dict(options)
        plugin.check_credentials(credentials or {})
        feed.credentials = seal_credentials(feed, secrets | dict(credentials or {}))
        if handling is not None:
            feed.handling = msgspec.to_builtins(read_handling(principal, handling))
        if options is not None or name is not None or handling is not None:
            feed.validators, feed.memory = {}, {}
        feed.revision += 1
        feed.save()
        said = {f"credential {each}": text for each, text in (credentials or {}).items() if text}
        _record(principal, "feed.change", feed, before=before, after=_describe(feed) | said, secrets=[*said])
    return get_feed(principal, feed_id)


def enable_feed(principal: Principal, feed_id: int) -> FeedRow:
    """From now on it is visited on its schedule, the first time within half a minute."""
    principal.require(Permission.MANAGE_SOURCES)
    with in_transaction():
        feed = _lock(principal, feed_id)
        plugin = get_vendor(feed.vendor)
        plugin.check_credentials(open_credentials(feed), is_whole=True)
        if not feed.is_enabled:
            feed.is_enabled = True
            # Feeds that are enabled together are not visited together.
            feed.next_run_at = now_us() + int(random.uniform(0, _FIRST_WITHIN_S) * _SECOND)  # noqa: S311
            feed.failures = 0
            feed.save(update_fields=["is_enabled", "next_run_at", "failures"])
            _record(principal, "feed.enable", feed, after={"name": feed.name, "vendor": feed.vendor})
    return get_feed(principal, feed_id)


def disable_feed(principal: Principal, feed_id: int) -> FeedRow:
    """Not visited any more; what it brought stays."""
    principal.require(Permission.MANAGE_SOURCES)
    with in_transaction():
        feed = _lock(principal, feed_id)
        if feed.is_enabled:
            feed.is_enabled = False
            feed.save(update_fields=["is_enabled"])
            _record(principal, "feed.disable", feed, after={"name": feed.name, "vendor": feed.vendor})
    return get_feed(principal, feed_id)


def remove_feed(principal: Principal, feed_id: int) -> None:
    """Forgets the feed, its credentials and its runs. What it brought stays with its source."""
    principal.require(Permission.MANAGE_SOURCES)
    with in_transaction():
        feed = _lock(principal, feed_id)
        Feed.objects.filter(pk=feed_id).delete()
        _record(principal, "feed.remove", feed, before=_describe(feed))


def run_feed_now(principal: Principal, feed_id: int, *, again: bool = False) -> int:
    """Queues a visit and returns the id of its job, whether the feed is enabled or not.

    `again` fetches all of it, also what has not changed since the last time. Conflict while a visit goes on.
    """
    principal.require(Permission.MANAGE_SOURCES)
    with in_transaction():
        feed = _lock(principal, feed_id)
        get_vendor(feed.vendor).check_credentials(open_credentials(feed), is_whole=True)
        if again:
            feed.validators, feed.memory = {}, {}
            feed.save(update_fields=["validators", "memory"])
        run = begin_run(feed)
        _record(principal, "feed.run", feed, after={"name": feed.name, "job": run.job_id})
    return run.job_id


def begin_run(feed: Feed) -> FeedRun:
    """The run and its job, in the caller's transaction. Conflict where one goes on: of two that begin at the
    same moment the database lets one.

    The job is Stack's own, whoever asked for it: a feed goes on when who set it up has left.
    """
    try:
        with transaction.atomic(using=feed._state.db):
            run = FeedRun.objects.create(
                feed=feed, started_at=now_us(), revision=feed.revision, memory=feed.memory
            )
    except IntegrityError:
        raise Conflict(
            f"“{feed.name}” is being visited already", remedy="Wait until that visit has ended."
        ) from None
    plugin, principal = get_vendor(feed.vendor), _stand_for(feed.organisation_id)
    ensure_source(principal, name=feed.name, kind=KIND, reliability=plugin.reliability)
    run.job_id = enqueue(principal, kind=KIND, arguments={"run": run.pk}, unit="bytes").id
    run.save(update_fields=["job_id"])
    return run


def is_same_place(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Whether both fetch from one server; empty stands for the vendor's own address."""
    first, second = urlsplit(before.get("url", "")), urlsplit(after.get("url", ""))
    return (first.scheme, first.netloc) == (second.scheme, second.netloc)


def read_stored_handling(feed: Feed) -> Handling:
    return msgspec.convert(feed.handling, Handling)


def _stand_for(organisation_id: int) -> Principal:
    """Stack itself, for one organisation: it may queue what a feed brings, and nothing else."""
    return Principal(
        name="Stack",
        organisation_id=organisation_id,
        user_id=None,
        permissions=frozenset({Permission.INGEST}),
        tlp_ceiling=0,
    )


def _lock(principal: Principal, feed_id: int) -> Feed:
    feed = (
        Feed.objects.select_for_update().filter(pk=feed_id, organisation_id=principal.organisation_id).first()
    )
    if feed is None:
        raise NotFound(f"There is no feed {feed_id}", remedy="“stack feed list” shows the feeds.")
    return feed


def _check_name(principal: Principal, name: str) -> str:
    text = name.strip()
    if not text or len(text) > _LONGEST_NAME or not text.isprintable() or "/" in text or "\\" in text:
        raise BadInput(
            f"name: expected 1 to {_LONGEST_NAME} printable characters without slashes",
            errors=(FieldError("name", f"expected 1 to {_LONGEST_NAME} printable characters, no slashes"),),
        )
    if Feed.objects.filter(organisation_id=principal.organisation_id, name=text).exists():
        raise Conflict(f"There is a feed “{text}” already", remedy="Choose another name.")
    if any(source.name == text and source.kind != KIND for source in list_sources(principal)):
        raise Conflict(
            f"There is a source “{text}” already, and it is no feed", remedy="Choose another name."
        )
    return text


def _check_schedule(plugin: type[FeedPlugin], every_s: int) -> int:
    if not plugin.least_every_s <= every_s <= _LONGEST_S:
        message = f"expected {plugin.least_every_s} seconds to a year: {plugin.title} asks for that"
        raise BadInput(f"every_s: {message}", errors=(FieldError("every_s", message),))
    return every_s


def _describe(feed: Feed) -> dict[str, Any]:
    return {
        "name": feed.name,
        "vendor": feed.vendor,
        "every_s": feed.every_s,
        "options": feed.options,
        "handling": feed.handling,
    }


def _record(
    principal: Principal,
    name: str,
    feed: Feed,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    secrets: list[str] | None = None,
) -> None:
    record_act(
        Act(
            name,
            principal,
            object_kind=KIND,
            object_id=str(feed.pk),
            before=before or {},
            after=after or {},
            secrets=frozenset(secrets or ()),
        )
    )
