"""Feeds from the schedule to the store: real HTTP on loopback, real jobs, both databases."""

import gzip

import pytest

from stack.accounts.models import Organisation, User
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.core.clock import now_us
from stack.core.errors import Conflict
from stack.ingest.handling import HandlingDraft
from stack.jobs.models import Job
from stack.jobs.operations import cancel, run_inline
from stack.sources.feeds import operations, queries
from stack.sources.feeds.errors import Cause
from stack.sources.feeds.models import Feed, FeedRun
from stack.sources.feeds.records import FeedRow
from stack.sources.feeds.running import settle_runs, start_due_feeds
from stack.sources.feeds.vendors.csv_file import Feed as Csv
from stack.store.queries import list_sources
from tests.integration.sources.feeds.conftest import ROWS, Vendor, finish, names, visit
from tests.people import make_principal

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("loopback_allowed")]


def test_a_visit_brings_what_the_feed_says(principal: Principal, feed: FeedRow) -> None:
    row = visit(principal, feed)
    assert names(principal) == {"bad.example", "worse.example"}
    assert row.health == "off"  # a visit by hand enables nothing
    assert row.last_success_at is not None
    assert row.last_run is not None
    assert (row.last_run.outcome, row.last_run.new, row.last_run.total) == ("done", 2, 2)
    assert row.last_run.received_bytes == len(ROWS)
    [source] = list_sources(principal)
    assert (source.name, source.kind, source.reliability, source.id) == (
        "Bad hosts",
        "feed",
        5,
        row.source_id,
    )


def test_what_has_not_changed_costs_one_304(principal: Principal, feed: FeedRow, vendor: Vendor) -> None:
    visit(principal, feed)
    row = visit(principal, feed)
    assert vendor.given == 1
    assert len(vendor.asked) == 2
    assert row.last_run is not None
    assert (row.last_run.outcome, row.last_run.received_bytes) == ("unchanged", 0)
    assert Job.objects.filter(kind="ingest").count() == 1


def test_the_same_bytes_are_not_ingested_again_where_nobody_says_that_they_are_the_same(
    principal: Principal, feed: FeedRow, vendor: Vendor
) -> None:
    vendor.etag = ""
    visit(principal, feed)
    row = visit(principal, feed)
    assert vendor.given == 2
    assert row.last_run is not None
    assert row.last_run.outcome == "unchanged"
    assert Job.objects.filter(kind="ingest").count() == 1


def test_what_has_changed_adds_what_is_new(principal: Principal, feed: FeedRow, vendor: Vendor) -> None:
    visit(principal, feed)
    vendor.body, vendor.etag = ROWS + b"worst.example,domain\n", '"two"'
    row = visit(principal, feed)
    assert row.last_run is not None
    assert (row.last_run.new, row.last_run.known, row.last_run.total) == (1, 2, 3)


def test_again_fetches_all_of_it(principal: Principal, feed: FeedRow, vendor: Vendor) -> None:
    visit(principal, feed)
    row = visit(principal, feed, again=True)
    assert vendor.given == 2
    assert row.last_run is not None
    assert (row.last_run.known, row.last_run.outcome) == (2, "done")


def test_what_could_not_be_ingested_is_fetched_again(
    principal: Principal, feed: FeedRow, vendor: Vendor
) -> None:
    vendor.body = b"<html>sign in</html>"
    row = visit(principal, feed)
    assert row.last_run is not None
    assert (row.last_run.outcome, row.failures, row.last_cause) == ("failed", 1, Cause.FORMAT)
    vendor.body = ROWS  # under the same entity tag
    row = visit(principal, feed)
    assert vendor.given == 2
    assert (row.failures, row.last_error) == (0, "")
    assert names(principal) == {"bad.example", "worse.example"}


@pytest.mark.parametrize(
    ("status", "cause"),
    [(401, "credentials"), (403, "credentials"), (404, "address"), (429, "rate"), (500, "server")],
)
def test_a_refusal_says_what_to_look_at(
    principal: Principal, feed: FeedRow, vendor: Vendor, status: int, cause: str
) -> None:
    vendor.status, vendor.headers = status, {"Retry-After": "7200"}
    operations.enable_feed(principal, feed.id)
    row = visit(principal, feed)
    assert (row.last_cause, row.failures, row.health) == (cause, 1, "failing")
    assert f"HTTP {status}" in row.last_error
    assert row.next_run_at is not None
    least = 7200 if status in (429, 500) else row.every_s * 0.9
    assert row.next_run_at - now_us() > (least - 5) * 1_000_000


def test_each_failure_in_a_row_makes_the_pause_longer(
    principal: Principal, feed: FeedRow, vendor: Vendor
) -> None:
    vendor.status = 500
    operations.enable_feed(principal, feed.id)
    pauses = []
    for _ in range(4):
        row = visit(principal, feed)
        pauses.append(((row.next_run_at or 0) - now_us()) / 1_000_000)
    assert pauses == sorted(pauses)
    assert pauses[3] > 7 * row.every_s * 0.9


def test_a_due_feed_is_visited_once_and_then_not_until_it_is_due(
    principal: Principal, feed: FeedRow, vendor: Vendor
) -> None:
    assert start_due_feeds() == 0  # nobody has enabled it
    operations.enable_feed(principal, feed.id)
    Feed.objects.filter(pk=feed.id).update(next_run_at=now_us() - 30 * 86_400 * 1_000_000)
    assert start_due_feeds() == 1
    assert start_due_feeds() == 0
    row = finish(principal, feed)
    assert row.health == "good"
    assert vendor.given == 1
    assert start_due_feeds() == 0
    pause = ((row.next_run_at or 0) - now_us()) / 1_000_000
    assert 0.9 * row.every_s < pause < 1.1 * row.every_s


def test_only_one_visit_of_a_feed_goes_on(principal: Principal, feed: FeedRow) -> None:
    operations.run_feed_now(principal, feed.id)
    with pytest.raises(Conflict):
        operations.run_feed_now(principal, feed.id)
    operations.enable_feed(principal, feed.id)
    Feed.objects.update(next_run_at=0)
    assert start_due_feeds() == 0
    assert FeedRun.objects.count() == 1


def test_a_visit_whose_job_was_cancelled_does_not_stop_the_next(principal: Principal, feed: FeedRow) -> None:
    cancel(principal, operations.run_feed_now(principal, feed.id))
    settle_runs()
    assert queries.get_feed(principal, feed.id).last_cause == Cause.STACK
    assert visit(principal, feed).failures == 0


def test_who_changes_a_feed_during_a_visit_has_it_fetched_anew(
    principal: Principal, feed: FeedRow, url: str, vendor: Vendor
) -> None:
    run_inline(operations.run_feed_now(principal, feed.id))
    operations.change_feed(principal, feed.id, options={"url": url, "value": "value"})
    finish(principal, feed)
    visit(principal, feed)
    assert vendor.given == 2


def test_a_feed_that_a_member_enabled_goes_on_when_they_leave(principal: Principal, feed: FeedRow) -> None:
    curator = make_principal("cora", Organisation.objects.get(), role=Role.CURATOR)
    operations.enable_feed(curator, feed.id)
    User.objects.filter(username="cora").update(is_active=False)
    Feed.objects.update(next_run_at=0)
    assert start_due_feeds() == 1
    assert finish(principal, feed).failures == 0


def test_its_handling_goes_with_what_it_brings(principal: Principal, url: str) -> None:
    row = operations.add_feed(
        principal, vendor="csv", options={"url": url}, handling=HandlingDraft(tlp="red")
    )
    visit(principal, row)
    reader = make_principal("rea", Organisation.objects.get(), role=Role.READER, tlp_ceiling=2)
    assert names(reader) == set()
    assert names(principal) == {"bad.example", "worse.example"}


def test_a_gzip_file_is_read_as_it_is(principal: Principal, feed: FeedRow, vendor: Vendor) -> None:
    vendor.body = gzip.compress(ROWS)
    assert visit(principal, feed).failures == 0
    assert names(principal) == {"bad.example", "worse.example"}


def test_more_than_the_vendor_may_send_is_refused(
    principal: Principal, feed: FeedRow, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Csv, "most_bytes", 1000)
    vendor.body = b"value\n" + b"a.example\n" * 1000
    row = visit(principal, feed)
    assert (row.last_cause, names(principal)) == (Cause.SIZE, set())
