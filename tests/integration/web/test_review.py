"""The review desk on its pages: finds decided with and without a script, by one person after another."""

import pytest
from django.test import Client

from stack.accounts.models import Organisation, User
from stack.accounts.roles import Role
from stack.ingest.review.models import Find, Review
from tests.people import make_member

pytestmark = pytest.mark.django_db

_TEXT = "It talks to 𝕏 evil[.]example and google.com, and drops <b>gw</b>."


@pytest.fixture
def analyst(client: Client) -> User:
    member = make_member("robin", Organisation.objects.create(name="North"), role=Role.ANALYST)
    client.force_login(member)
    return member


@pytest.fixture
def review(analyst: User) -> Review:
    """A document that has been read, with two finds, of which one is known-good."""
    row = Review.objects.create(
        organisation=Organisation.objects.get(),
        user=analyst,
        filename="report.txt",
        artifact="none",
        sha256="0" * 64,
        size=len(_TEXT),
        source="Northern CERT",
        title="A loader",
        state="open",
        created_at=1,
        changed_at=1,
        changed_by="robin",
    )
    row.parts.create(number=1, title="text", text=_TEXT)
    for value, good in (("evil.example", False), ("google.com", True)):
        raw = value.replace("evil.", "evil[.]")
        start = _TEXT.index(raw)
        end = start + len(raw)
        row.finds.create(
            kind="domain",
            value=value,
            raw=raw,
            part=1,
            start=start,
            end=end,
            mentions=[[1, start, end]],
            context=_TEXT,
            sureness=90,
            why="written defanged",
            becomes="indicator",
            is_known_good=good,
            known_good=[{"list_name": "tranco", "category": "false_positive"}] if good else [],
        )
    return row


def test_the_text_stands_beside_the_finds_and_is_only_text(client: Client, review: Review) -> None:
    page = client.get(f"/review/{review.pk}").content.decode()
    assert "evil[.]example</a>" in page
    assert "&lt;b&gt;gw" in page
    assert "google[.]com" not in page
    assert "google[.]com" in client.get(f"/review/{review.pk}?show=aside").content.decode()


def test_a_find_is_accepted_and_a_part_of_the_page_comes_back(client: Client, review: Review) -> None:
    find = Find.objects.get(value="evil.example")
    sent = {"revision": review.revision, "act": f"accepted:{find.pk}", "back": "part=1&show=open"}
    answer = client.post(f"/review/{review.pk}/decide", sent, headers={"HX-Request": "true"})
    find.refresh_from_db()
    assert (find.decision, answer.status_code) == ("accepted", 200)
    assert "Nothing left to decide here" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_without_a_script_the_browser_goes_back_to_the_same_view(client: Client, review: Review) -> None:
    ids = list(Find.objects.values_list("pk", flat=True))
    sent = {"revision": review.revision, "act": "rejected", "find": ids, "back": "show=all"}
    answer = client.post(f"/review/{review.pk}/decide", sent)
    assert answer["Location"] == f"/review/{review.pk}?show=all"
    assert set(Find.objects.values_list("decision", flat=True)) == {"rejected"}


def test_known_good_values_stay_aside_when_all_are_accepted(client: Client, review: Review) -> None:
    client.post(f"/review/{review.pk}/decide", {"revision": review.revision, "act": "accept-open"})
    assert dict(Find.objects.values_list("value", "decision")) == {
        "evil.example": "accepted",
        "google.com": "open",
    }


def test_who_comes_second_is_told_and_what_they_ticked_stays_ticked(client: Client, review: Review) -> None:
    find = Find.objects.get(value="evil.example")
    sent = {"revision": review.revision, "act": "rejected", "find": [find.pk]}
    Review.objects.update(revision=review.revision + 1, changed_by="sam")
    answer = client.post(f"/review/{review.pk}/decide", sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "sam has changed this review" in page
    assert f'value="{find.pk}" aria-label="Tick evil[.]example" checked' in page
    find.refresh_from_db()
    assert find.decision == "open"


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [("gw", "", ""), ("gw", str(_TEXT.index("gw")), str(_TEXT.index("gw") + 2))],
)
def test_what_was_missed_is_added_as_marked_or_as_written(
    client: Client, review: Review, value: str, start: str, end: str
) -> None:
    sent = {
        "revision": review.revision,
        "part": 1,
        "value": value,
        "kind": "mutex",
        "start": start,
        "end": end,
    }
    client.post(f"/review/{review.pk}/add", sent)
    find = Find.objects.get(kind="mutex")
    assert (find.value, _TEXT[find.start : find.end], find.decision) == ("gw", "gw", "accepted")


def test_what_does_not_stand_in_the_text_is_not_added(client: Client, review: Review) -> None:
    sent = {"revision": review.revision, "part": 1, "value": "elsewhere"}
    answer = client.post(f"/review/{review.pk}/add", sent)
    assert answer.status_code == 422
    assert "does not stand in this part" in answer.content.decode()


def test_a_find_becomes_what_somebody_knows_better(client: Client, review: Review) -> None:
    find = Find.objects.get(value="evil.example")
    url = f"/review/{review.pk}/finds/{find.pk}?in=1"
    assert "find-becomes" in client.get(url).content.decode()
    sent = {
        "revision": review.revision,
        "kind": "domain",
        "value": "www.evil.example",
        "becomes": "observable",
        "confidence": "80",
        "labels": "loader, c2",
    }
    assert client.post(url, sent).status_code == 302
    find.refresh_from_db()
    assert (find.value, find.becomes, find.confidence, find.labels) == (
        "www.evil.example",
        "observable",
        80,
        ["loader", "c2"],
    )
    assert client.post(url, sent).status_code == 409


def test_the_report_is_kept_and_its_faults_stand_at_their_fields(client: Client, review: Review) -> None:
    sent = {
        "revision": review.revision,
        "title": "The loader",
        "source": "Northern CERT",
        "published_at": "2026-10-02",
        "subjects": "malware: GRAVELWICK",
        "sharing": "own",
    }
    refused = client.post(f"/review/{review.pk}/report", {**sent, "subjects": "nonsense"})
    assert (refused.status_code, "report-subjects-fault" in refused.content.decode()) == (422, True)
    client.post(f"/review/{review.pk}/report", sent)
    review.refresh_from_db()
    assert (review.title, review.subjects[0]["name"]) == ("The loader", "GRAVELWICK")


def test_who_may_only_read_decides_nothing_and_others_see_nothing(client: Client, review: Review) -> None:
    reader = make_member("rea", Organisation.objects.get(), role=Role.READER)
    client.force_login(reader)
    page = client.get(f"/review/{review.pk}").content.decode()
    assert "data-accept" not in page
    assert client.post(f"/review/{review.pk}/decide", {"act": "accept-open"}).status_code == 403
    stranger = make_member("sam", Organisation.objects.create(name="South"), role=Role.ANALYST)
    client.force_login(stranger)
    for path in ("", "/document", "/finds/1"):
        assert client.get(f"/review/{review.pk}{path}").status_code == 404
    assert client.post(f"/review/{review.pk}/commit", {"revision": review.revision}).status_code == 404
