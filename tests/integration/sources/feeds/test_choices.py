"""What is chosen of a feed: credentials, a look before, health, and who may do what."""

from collections.abc import Callable
from typing import Any

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.audit.models import AuditEntry
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, NotAllowed, NotFound
from stack.ingest.handling import HandlingDraft
from stack.jobs.models import Job
from stack.sources.feeds import operations, queries
from stack.sources.feeds.errors import Cause, FeedRefused
from stack.sources.feeds.models import Feed, FeedRun
from stack.sources.feeds.previewing import check_feed, preview_feed
from stack.sources.feeds.records import FeedRow
from stack.store.operations import ensure_source
from tests.http_servers import allowing, serve
from tests.integration.sources.feeds.conftest import ROWS, Vendor, names, visit
from tests.people import make_principal

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("loopback_allowed")]


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


def test_a_look_that_stack_will_not_take_is_the_fault_of_who_asks(principal: Principal, url: str) -> None:
    with pytest.raises(FeedRefused, match=r"credentials\.auth-key") as lacking:
        preview_feed(principal, vendor="urlhaus")
    with allowing(""), pytest.raises(FeedRefused, match="not public") as private:
        preview_feed(principal, vendor="csv", options={"url": url})
    assert [error.value.status for error in (lacking, private)] == [422, 422]
    assert [error.value.cause for error in (lacking, private)] == [Cause.CREDENTIALS, Cause.ADDRESS]
    assert [fault.field for fault in lacking.value.errors] == ["credentials.auth-key"]


def test_a_preview_shows_and_stores_nothing(principal: Principal, feed: FeedRow, vendor: Vendor) -> None:
    visit(principal, feed)
    vendor.body = ROWS + b"worst.example,domain\nnot a host,domain\n"
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
