"""Feeds on their pages: chosen, looked at before they are enabled, their credentials never shown."""

from collections.abc import Iterator

import pytest
from django.test import Client

from stack.accounts.models import Organisation
from stack.accounts.roles import Role
from stack.sources.feeds.models import Feed, FeedRun
from tests.http_servers import Answer, serve
from tests.people import make_member

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("loopback_allowed")]

_BODY = b"https://evil.example/login\nhttps://evil.example/two\n"


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(make_member("robin", Organisation.objects.create(name="North"), role=Role.CURATOR))
    return client


@pytest.fixture
def address() -> Iterator[str]:
    with serve(lambda asked: Answer(body=_BODY)) as base:
        yield f"{base}/feed.txt"


def _add(client: Client, vendor: str = "openphish", **sent: str) -> Feed:
    asked = {"name": "Ours to watch", "every_s": "21600", "sharing": "own"}
    client.post(f"/feeds/new/{vendor}", asked | sent)
    return Feed.objects.get()


def test_a_feed_is_off_until_it_was_looked_at_and_nothing_of_the_look_is_stored(
    curator: Client, address: str
) -> None:
    feed = _add(curator, **{"options-url": address})
    assert not feed.is_enabled
    page = curator.post(f"/feeds/{feed.pk}/preview").content.decode()
    assert "hxxps://evil[.]example/login" in page
    assert "https://evil.example/login" not in page
    assert "2 objects" in page
    assert not curator.get("/sources.json").json()["rows"]
    assert "answers with" in curator.post(f"/feeds/{feed.pk}/test").content.decode()
    curator.post(f"/feeds/{feed.pk}/enable")
    feed.refresh_from_db()
    assert feed.is_enabled


def test_what_cannot_be_fetched_is_told_on_the_page(curator: Client) -> None:
    with serve(lambda asked: Answer(status=500)) as base:
        feed = _add(curator, **{"options-url": f"{base}/feed.txt"})
        answer = curator.post(f"/feeds/{feed.pk}/preview")
    assert answer.status_code == 502
    assert 'role="alert"' in answer.content.decode()


def test_a_credential_is_kept_and_never_shown(curator: Client) -> None:
    secret = "sesame-0123456789"
    feed = _add(curator, "urlhaus", **{"credentials-auth-key": secret})
    page = curator.get(f"/feeds/{feed.pk}").content.decode()
    assert secret not in page
    assert "One is kept, sealed." in page
    before = Feed.objects.get().credentials
    curator.post(f"/feeds/{feed.pk}/change", {"name": "Other", "every_s": "3600", "sharing": "own"})
    changed = Feed.objects.get()
    assert (changed.name, bool(changed.credentials), bool(before)) == ("Other", True, True)


def test_a_missing_credential_stops_enabling_and_says_which(curator: Client) -> None:
    feed = _add(curator, "urlhaus")
    answer = curator.post(f"/feeds/{feed.pk}/enable")
    assert answer.status_code == 422
    assert "Auth-Key" in answer.content.decode()


def test_faults_stand_at_the_option_that_they_are_of(curator: Client) -> None:
    sent = {"name": "x/y", "every_s": "1", "options-url": "", "sharing": "own"}
    page = curator.post("/feeds/new/csv", sent)
    assert page.status_code == 422
    assert "feed-options-url-fault" in page.content.decode()


def test_visits_are_shown_with_their_counts_as_a_chart_and_a_table(curator: Client) -> None:
    feed = _add(curator)
    FeedRun.objects.create(
        feed=feed, outcome="success", started_at=1, ended_at=2_000_001, total=9, new=5, rejected=4, job_id=1
    )
    page = curator.get(f"/feeds/{feed.pk}").content.decode()
    assert 'data-chart="bar"' in page
    assert '<td class="number" data-value="4">4</td>' in page
    assert curator.get("/feeds.json").json()["rows"][0]["rejected"] == 4


def test_others_see_no_feed_and_readers_change_none(curator: Client) -> None:
    feed = _add(curator)
    reader = make_member("rea", Organisation.objects.get(), role=Role.READER)
    curator.force_login(reader)
    page = curator.get(f"/feeds/{feed.pk}").content.decode()
    assert "/enable" not in page
    assert curator.post(f"/feeds/{feed.pk}/enable").status_code == 403
    curator.force_login(make_member("sam", Organisation.objects.create(name="South"), role=Role.CURATOR))
    assert curator.get(f"/feeds/{feed.pk}").status_code == 404
    assert "Ours to watch" not in curator.get("/feeds").content.decode()
