"""Feeds where several runners look for what is due, and where one of them dies in the middle."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.jobs.execution import run_leased
from stack.jobs.models import Job
from stack.jobs.operations import run_inline
from stack.jobs.turns import lease_job
from stack.sources.feeds import operations, queries
from stack.sources.feeds.models import Feed, FeedRun
from stack.sources.feeds.running import settle_runs, start_due_feeds
from stack.store.queries import list_objects
from tests.http_servers import Answer, Asked, serve
from tests.integration.store.together import together
from tests.people import make_principal

pytestmark = pytest.mark.usefixtures("loopback_allowed")


@pytest.fixture
def principal(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Principal]:
    organisation = Organisation.objects.create(name="Analysts")
    with override_settings(DATA=tmp_path):
        yield make_principal("ada", organisation, role=Role.PLATFORM_ADMIN)


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.django_db(databases="__all__", transaction=True)
def test_of_several_runners_one_visits_a_feed(principal: Principal) -> None:
    nowhere = {"url": "http://127.0.0.1:9/"}
    for number in range(5):
        row = operations.add_feed(principal, vendor="tor-exits", name=f"list {number}", options=nowhere)
        operations.enable_feed(principal, row.id)
    Feed.objects.update(next_run_at=0)
    begun: list[int] = []
    with together() as group:
        for _ in range(4):
            group.start(lambda: begun.append(start_due_feeds()))
    assert sum(begun) == 5
    assert FeedRun.objects.count() == Job.objects.filter(kind="feed").count() == 5


@pytest.mark.django_db(databases="__all__")
def test_a_visit_that_was_killed_is_made_again_and_adds_everything_once(
    principal: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(body=b"198.51.100.7\n198.51.100.8\n", headers={"ETag": '"1"'})

    def die(*arguments: object) -> None:
        raise SystemExit

    with serve(answer) as base:
        feed = operations.add_feed(principal, vendor="tor-exits", options={"url": f"{base}/exits"})
        job_id = operations.run_feed_now(principal, feed.id)
        leased = lease_job(job_id, "doomed", duration_us=-1)
        assert leased is not None
        with monkeypatch.context() as patch:
            # What it has fetched is queued for ingest, and of the visit nothing is written down.
            patch.setattr("stack.sources.feeds.running._end_fetching", die)
            with pytest.raises(SystemExit):
                run_leased(*leased)
        assert settle_runs() == 0
        run_inline(job_id)
    while job := Job.objects.filter(state="queued").order_by("id").first():
        run_inline(job.pk)
    settle_runs()
    row = queries.get_feed(principal, feed.id)
    assert row.last_run is not None
    assert (row.last_run.outcome, row.last_run.new, row.last_run.known) == ("done", 2, 2)
    assert len(list_objects(principal, types=["indicator"]).rows) == 2
