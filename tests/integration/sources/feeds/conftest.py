"""A vendor on loopback, a feed of it, and visits to their ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.jobs.models import Job
from stack.jobs.operations import run_inline
from stack.sources.feeds import operations, queries
from stack.sources.feeds.records import FeedRow
from stack.sources.feeds.running import settle_runs
from stack.store.queries import list_objects
from tests.http_servers import Answer, Asked, serve
from tests.people import make_principal

ROWS = b"value,type\nbad.example,domain\nworse.example,domain\n"


class Vendor:
    """A server with one file, which counts how often it gave it away."""

    def __init__(self) -> None:
        self.body = ROWS
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
