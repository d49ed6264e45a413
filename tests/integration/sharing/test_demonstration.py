"""What the demonstration shows beside its objects comes and goes whole, and goes out nowhere."""

import pytest

from stack.accounts.models import Organisation
from stack.accounts.queries import principal_of_user
from stack.accounts.roles import Role
from stack.ingest.review.queries import list_reviews
from stack.sharing.collections.queries import list_collections
from stack.sharing.demonstration import hide_demo, show_demo
from stack.sharing.outputs.queries import list_outputs
from stack.sources.feeds.operations import add_feed, enable_feed
from stack.sources.feeds.queries import list_feeds
from tests.people import make_member

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]


def test_it_comes_and_goes_and_leaves_what_somebody_has_made_their_own() -> None:
    member = make_member("robin", Organisation.objects.create(name="North"), role=Role.ORGANISATION_ADMIN)
    principal = principal_of_user(member)
    assert principal is not None
    show_demo(principal)
    assert not any(feed.is_enabled for feed in list_feeds(principal))
    assert [output.keys for output in list_outputs(principal)] == [()]
    assert len(list_collections(principal)) == len(list_reviews(principal).rows) == 1
    kept = enable_feed(principal, list_feeds(principal)[0].id)
    hide_demo(principal)
    assert [feed.id for feed in list_feeds(principal)] == [kept.id]
    assert not list_outputs(principal)
    assert not list_collections(principal)
    assert not list_reviews(principal).rows


def test_who_has_a_feed_of_that_vendor_keeps_it_and_gets_the_others() -> None:
    member = make_member("robin", Organisation.objects.create(name="North"), role=Role.ORGANISATION_ADMIN)
    principal = principal_of_user(member)
    assert principal is not None
    own = add_feed(principal, vendor="cisa-kev")
    show_demo(principal)
    vendors = {feed.vendor: feed.id for feed in list_feeds(principal)}
    assert vendors["cisa-kev"] == own.id
    assert len(vendors) == len(list_feeds(principal)) == 3
