"""Feeds from the schedule to the store: real HTTP on loopback, real jobs, both databases."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.audit.models import AuditEntry
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, NotAllowed, NotFound
from stack.ingest.handling import HandlingDraft
from stack.jobs.models import Job
from stack.jobs.operations import run_inline
from stack.sources.feeds import operations, queries
from stack.sources.feeds.errors import Cause
from stack.sources.feeds.models import Feed, FeedRun
from stack.sources.feeds.previewing import check_feed, preview_feed
from stack.sources.feeds.records import FeedRow
from stack.sources.feeds.running import settle_runs, start_due_feeds
from stack.store.queries import list_objects, list_sources
from tests.http_servers import Answer, Asked, serve
from tests.people import make_principal

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("loopback_allowed")]

_LIST = b"# bad hosts\nbad.example\nworse.example\nnot a host\n"
_ROWS = b"value,type\nbad.example,domain\nworse.example,domain\n"


class Vendor:
    """A server with one file, which counts how often it gave it away."""

    def __init__(self) -> None:
        self.body = _ROWS
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked: list[Asked] = []
        self.given = 0
        self.etag = '"one"'

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if self.status != 200:
            return Answer(self.status, b"no", self.headers)
        if self.etag and asked.headers.get("if-none-match") == self.etag:
            return Answer(304)
        self.given += 1
        return Answer(body=self.body, headers={"ETag": self.etag} if self.etag else {})


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def url(vendor: Vendor) -> Iterator[str]:
    with serve(vendor.answer) as base:
        yield f"{base}/feed.csv"


@pytest.fixture
def principal(database: str, db: None, tmp_path: Path) -> Iterator[Principal]:
    organisation = Organisation.objects.create(name="Analysts")
    with override_settings(DATA=tmp_path):
        yield make_principal("ada", organisation, role=Role.PLATFORM_ADMIN)


@pytest.fixture
def feed(principal: Principal, url: str) -> FeedRow:
    return operations.add_feed(principal, vendor="csv", name="Bad hosts", options={"url": url})


def visit(principal: Principal, feed: FeedRow, *, again: bool = False) -> FeedRow:
    """One visit to its end, with its ingests."""
    run_inline(operations.run_feed_now(principal, feed.id, again=again))
    return finish(principal, feed)


def finish(principal: Principal, feed: FeedRow) -> FeedRow:
    while job := Job.objects.filter(state="queued").order_by("id").first():
        run_inline(job.pk)
    settle_runs()
    return queries.get_feed(principal, feed.id)


def names(principal: Principal) -> set[str | None]:
    return {row.name for row in list_objects(principal, types=["indicator"]).rows}


def test_a_visit_brings_what_the_feed_says(principal: Principal, feed: FeedRow) -> None:
    row = visit(principal, feed)
    assert names(principal) == {"bad.example", "worse.example"}
    assert row.health == "off"  # a visit by hand enables nothing
    assert row.last_success_at is not None
    assert row.last_run is not None
    assert (row.last_run.outcome, row.last_run.new, row.last_run.total) == ("done", 2, 2)
    assert row.last_run.received_bytes == len(_ROWS)
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
    vendor.body, vendor.etag = _ROWS + b"worst.example,domain\n", '"two"'
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
    vendor.body = _ROWS  # under the same entity tag
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
    from stack.jobs.operations import cancel

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
    from stack.accounts.models import User

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
    vendor.body = gzip.compress(_ROWS)
    assert visit(principal, feed).failures == 0
    assert names(principal) == {"bad.example", "worse.example"}


def test_more_than_the_vendor_may_send_is_refused(
    principal: Principal, feed: FeedRow, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stack.sources.feeds.vendors.csv_file import Feed as Csv

    monkeypatch.setattr(Csv, "most_bytes", 1000)
    vendor.body = b"value\n" + b"a.example\n" * 1000
    row = visit(principal, feed)
    assert (row.last_cause, names(principal)) == (Cause.SIZE, set())


def test_credentials_are_sealed_sent_and_never_shown(principal: Principal, url: str, vendor: Vendor) -> None:
    secret = "s3cret-token-of-the-vendor"
    row = operations.add_feed(principal, vendor="csv", options={"url": url}, credentials={"token": secret})
    visit(principal, row)
    assert vendor.asked[0].headers["authorization"] == f"Bearer {secret}"
    stored = Feed.objects.get()
    assert secret not in stored.credentials
    assert row.credentials == ("token",)
    vendor.status = 401
    failed = visit(principal, row, again=True)
    said = repr(failed) + repr(list(AuditEntry.objects.values())) + repr(list(Job.objects.values()))
    assert secret not in said + repr(list(FeedRun.objects.values()))


def test_who_names_another_address_does_not_get_the_credentials(
    principal: Principal, url: str, vendor: Vendor
) -> None:
    row = operations.add_feed(principal, vendor="csv", options={"url": url}, credentials={"token": "secret"})
    with serve(vendor.answer) as other:
        preview_feed(principal, feed_id=row.id, options={"url": f"{other}/x.csv"})
        assert "authorization" not in vendor.asked[-1].headers
        changed = operations.change_feed(principal, row.id, options={"url": f"{other}/x.csv"})
    assert changed.credentials == ()
    assert operations.change_feed(principal, row.id, credentials={"token": "new"}).credentials == ("token",)
    assert operations.change_feed(principal, row.id, credentials={"token": ""}).credentials == ()


def test_a_needed_credential_is_asked_for_before_anything_is_sent(principal: Principal) -> None:
    row = operations.add_feed(principal, vendor="urlhaus")
    for act in (operations.enable_feed, operations.run_feed_now):
        with pytest.raises(BadInput, match=r"credentials\.auth-key"):
            act(principal, row.id)


def test_a_preview_shows_and_stores_nothing(principal: Principal, feed: FeedRow, vendor: Vendor) -> None:
    visit(principal, feed)
    vendor.body = _ROWS + b"worst.example,domain\nnot a host,domain\n"
    before = Job.objects.count()
    shown = preview_feed(principal, feed_id=feed.id)
    assert (shown.total, shown.known, shown.faults, shown.is_cut) == (3, 2, 1, False)
    assert [obj["name"] for obj in shown.objects] == ["bad.example", "worse.example", "worst.example"]
    assert Job.objects.count() == before
    assert len(names(principal)) == 2


def test_a_preview_reads_no_more_than_the_beginning(
    principal: Principal, feed: FeedRow, vendor: Vendor
) -> None:
    vendor.body = b"value\n" + b"".join(b"host-%d.example\n" % number for number in range(400_000))
    shown = preview_feed(principal, feed_id=feed.id)
    assert shown.is_cut
    assert shown.received_bytes < 4_000_000
    assert (len(shown.objects), shown.faults) == (20, 0)


def test_a_test_says_which_step_fails(principal: Principal, feed: FeedRow, vendor: Vendor) -> None:
    def steps() -> list[tuple[str, bool]]:
        return [(row.step, row.is_good) for row in check_feed(principal, feed_id=feed.id)]

    assert steps() == [("address", True), ("credentials", True), ("format", True)]
    vendor.status = 403
    assert steps() == [("credentials", False)]
    vendor.status = 404
    assert steps() == [("address", False)]
    vendor.status, vendor.body = 200, b"\0\1\2 nothing"
    assert steps() == [("address", True), ("credentials", True), ("format", False)]


def test_the_health_of_a_feed(principal: Principal, feed: FeedRow, url: str, vendor: Vendor) -> None:
    visit(principal, feed)
    alone = queries.get_health(principal, feed.id)
    assert (alone.overlap, alone.sampled, alone.objects) == (0.0, 2, 2)
    other = operations.add_feed(principal, vendor="csv", name="Other", options={"url": url})
    vendor.body, vendor.etag = b"value\nbad.example\n", '"other"'
    visit(principal, other)
    both = queries.get_health(principal, feed.id)
    assert both.overlap == 0.5
    assert len(both.runs) == 1
    assert both.newest_received_at is not None


def test_a_feed_that_is_behind_its_schedule_is_late(principal: Principal, feed: FeedRow) -> None:
    operations.enable_feed(principal, feed.id)
    assert queries.get_feed(principal, feed.id).health == "new"
    visit(principal, feed)
    ago = now_us() - 2 * feed.every_s * 1_000_000
    Feed.objects.update(last_success_at=ago)
    row = queries.get_feed(principal, feed.id)
    assert row.health == "late"
    assert abs(row.lag_s - feed.every_s) < 10


def test_others_see_and_touch_nothing_of_it(principal: Principal, feed: FeedRow) -> None:
    other = make_principal("otto", Organisation.objects.create(name="Others"), role=Role.CURATOR)
    assert queries.list_feeds(other) == []
    acts: list[Callable[..., Any]] = [
        queries.get_feed,
        queries.get_health,
        operations.enable_feed,
        operations.disable_feed,
        operations.change_feed,
        operations.remove_feed,
        operations.run_feed_now,
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act(other, feed.id)
    with pytest.raises(NotFound):
        preview_feed(other, feed_id=feed.id)


def test_who_may_not_manage_sources_changes_nothing(principal: Principal, feed: FeedRow) -> None:
    analyst = make_principal("ann", Organisation.objects.get(), role=Role.ANALYST)
    assert [row.name for row in queries.list_feeds(analyst)] == ["Bad hosts"]
    for act in (operations.enable_feed, operations.remove_feed, operations.run_feed_now):
        with pytest.raises(NotAllowed):
            act(analyst, feed.id)
    with pytest.raises(NotAllowed):
        preview_feed(analyst, feed_id=feed.id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"vendor": "nobody"},
        {"options": {}},
        {"options": {"url": "https://a.example/", "colour": "red"}},
        {"options": {"url": "https://a.example/", "header": "maybe"}},
        {"options": {"url": "https://a.example/", "type": "2"}},
        {"every_s": 1},
        {"name": "a/b"},
        {"credentials": {"pin": "1"}},
        {"handling": HandlingDraft(tlp="purple")},
    ],
)
def test_what_cannot_be_is_refused_by_name(principal: Principal, wrong: dict[str, Any]) -> None:
    right = {"vendor": "csv", "options": {"url": "https://a.example/"}}
    with pytest.raises(BadInput):
        operations.add_feed(principal, **right | wrong)
    assert not Feed.objects.exists()


def test_a_name_belongs_to_one_feed_and_to_no_upload(principal: Principal, feed: FeedRow) -> None:
    from stack.store.operations import ensure_source

    with pytest.raises(Conflict):
        operations.add_feed(principal, vendor="csv", name="Bad hosts", options={"url": "https://a.example/"})
    ensure_source(principal, name="upload.csv")
    with pytest.raises(Conflict):
        operations.change_feed(principal, feed.id, name="upload.csv")


def test_every_act_is_recorded(principal: Principal, feed: FeedRow) -> None:
    operations.change_feed(principal, feed.id, every_s=7200)
    operations.enable_feed(principal, feed.id)
    operations.run_feed_now(principal, feed.id)
    operations.disable_feed(principal, feed.id)
    operations.remove_feed(principal, feed.id)
    found = [
        name
        for name in AuditEntry.objects.order_by("sequence").values_list("name", flat=True)
        if "feed" in name
    ]
    assert found == [
        "feed.add",
        "feed.change",
        "feed.enable",
        "feed.run",
        "feed.disable",
        "feed.remove",
    ]


def test_a_removed_feed_leaves_what_it_brought(principal: Principal, feed: FeedRow) -> None:
    visit(principal, feed)
    operations.remove_feed(principal, feed.id)
    assert len(names(principal)) == 2
    assert not FeedRun.objects.exists()
