"""What is laid out on the desk, what people decide there, and who may."""

from typing import Any

import msgspec
import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.core.errors import BadInput, Conflict, NotAllowed, NotFound
from stack.ingest.review.committing import commit_review
from stack.ingest.review.operations import (
    add_document,
    add_find,
    change_review,
    decide_finds,
    decide_set,
    discard_review,
)
from stack.ingest.review.queries import (
    count_reviews,
    get_part,
    get_review,
    list_finds,
    list_reviews,
    open_document,
    suggest_subjects,
)
from stack.ingest.review.records import (
    Becomes,
    Decision,
    FindDecision,
    ReportChange,
    ReviewState,
    Subject,
)
from stack.jobs.operations import run_inline
from stack.stix.markings import TlpLevel, tlp_marking_id
from stack.stix.observables.kinds import Kind
from stack.store.artifacts.models import Artifact
from stack.store.artifacts.operations import sweep_artifacts
from stack.store.records import Handling
from tests.documents import make_pdf
from tests.integration.ingest.conftest import Ingest
from tests.integration.ingest.review.conftest import REPORT, Review
from tests.integration.ingest.review.steps import MALWARE, find_value
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__")


def test_document_is_laid_out_with_what_was_found_in_it(principal: Principal, review: Review) -> None:
    detail = review()
    assert detail.row.state is ReviewState.OPEN
    assert detail.row.format == "text"
    assert detail.draft.title == "report.txt"
    finds = {row.value: row for row in list_finds(principal, detail.row.id).rows}
    assert finds["https://evil.example/gate.php"].why == "written defanged"
    assert finds["https://evil.example/gate.php"].becomes is Becomes.INDICATOR
    assert finds["https://vendor.example/blog"].becomes is Becomes.NOTHING
    assert finds["window.name"].sureness < 10
    assert finds["CVE-2024-3400"].possible == (Becomes.OBSERVABLE, Becomes.NOTHING)
    assert "calls hxxps://evil[.]example/gate.php" in finds["198.51.100.7"].context
    assert [row.state for row in list_reviews(principal).rows] == [ReviewState.OPEN]
    assert count_reviews(principal) == {ReviewState.OPEN: 1}


def test_spans_of_the_text_are_what_was_found(principal: Principal, review: Review) -> None:
    detail = review()
    part = get_part(principal, detail.row.id, 1)
    raw = [part.text[span.start : span.end] for span in part.spans]
    assert raw[:2] == ["hxxps://evil[.]example/gate.php", "198.51.100[.]7"]
    assert detail.parts[0].finds == len(part.spans)
    assert part.text == REPORT.decode()
    with pytest.raises(NotFound):
        get_part(principal, detail.row.id, 2)


def test_known_good_values_are_set_aside_and_never_dropped(principal: Principal, review: Review) -> None:
    detail = review()
    google = find_value(principal, detail.row.id, "google.com")
    assert google.is_set_aside
    assert google.known_good
    assert detail.row.finds.set_aside >= 1
    aside = list_finds(principal, detail.row.id, set_aside=True)
    assert google.id in [row.id for row in aside.rows]
    assert google.id not in [row.id for row in list_finds(principal, detail.row.id, set_aside=False).rows]
    decide_set(
        principal, detail.row.id, revision=detail.row.revision, decision=Decision.ACCEPTED, at_least=80
    )
    assert find_value(principal, detail.row.id, "google.com").decision is Decision.OPEN
    assert find_value(principal, detail.row.id, "198.51.100.7").decision is Decision.ACCEPTED


def test_who_comes_second_is_told_and_loses_nothing(principal: Principal, review: Review) -> None:
    detail = review()
    find = find_value(principal, detail.row.id, "198.51.100.7")
    seen = detail.row.revision
    decisions = [FindDecision(find_ids=(find.id,), decision=Decision.ACCEPTED)]
    decide_finds(principal, detail.row.id, revision=seen, decisions=decisions)
    other = [FindDecision(find_ids=(find.id,), decision=Decision.REJECTED)]
    with pytest.raises(Conflict, match="ada has changed this review since"):
        decide_finds(principal, detail.row.id, revision=seen, decisions=other)
    with pytest.raises(Conflict):
        commit_review(principal, detail.row.id, revision=seen)
    assert find_value(principal, detail.row.id, "198.51.100.7").decision is Decision.ACCEPTED


def test_missed_value_is_added_by_marking_it(principal: Principal, review: Review) -> None:
    detail = review(b"The host evil-host.c2net answers. It was first seen today.")
    text = get_part(principal, detail.row.id, 1).text
    start = text.index("evil-host")
    end = start + len("evil-host.c2net")
    added = add_find(
        principal, detail.row.id, revision=detail.row.revision, part=1, start=start, end=end, kind=Kind.DOMAIN
    )
    assert (added.value, added.decision, added.is_by_hand) == (
        "evil-host.c2net",
        Decision.ACCEPTED,
        True,
    )
    revision = detail.row.revision + 1
    with pytest.raises(Conflict, match="is a find already"):
        add_find(principal, detail.row.id, revision=revision, part=1, start=start, end=end, kind=Kind.DOMAIN)
    with pytest.raises(BadInput, match="within the"):
        add_find(principal, detail.row.id, revision=revision, part=1, start=5, end=5_000)
    with pytest.raises(BadInput, match="address"):
        add_find(principal, detail.row.id, revision=revision, part=1, start=start, end=end, kind=Kind.IPV4)
    committed = commit_review(principal, detail.row.id, revision=revision)
    assert committed.counts == {"new": 4}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"confidence": 101}, "confidence: expected 0 to 100"),
        ({"labels": ("",)}, "labels: expected at most"),
        ({"kind": Kind.IPV4, "value": "nonsense"}, "value: "),
        (
            {"kind": Kind.CRYPTO, "value": "abc", "becomes": Becomes.INDICATOR},
            "becomes: expected one of nothing",
        ),
        ({"name": "x\0"}, "name: expected text"),
        ({"valid_until": -1}, "valid_until: expected a time"),
    ],
)
def test_decision_that_cannot_be_changes_nothing(
    principal: Principal, review: Review, fields: dict[str, Any], words: str
) -> None:
    detail = review()
    find = find_value(principal, detail.row.id, "198.51.100.7")
    decision = FindDecision(find_ids=(find.id,), decision=Decision.ACCEPTED, **fields)
    with pytest.raises(BadInput, match=words):
        decide_finds(principal, detail.row.id, revision=detail.row.revision, decisions=[decision])
    assert find_value(principal, detail.row.id, "198.51.100.7") == find
    after = get_review(principal, detail.row.id)
    assert after is not None
    assert after.row.revision == detail.row.revision


def test_kind_and_value_can_be_corrected(principal: Principal, review: Review) -> None:
    detail = review()
    find = find_value(principal, detail.row.id, "198.51.100.7")
    decision = FindDecision(find_ids=(find.id,), value="198.51.100[.]0/24", kind=Kind.CIDR)
    row = decide_finds(principal, detail.row.id, revision=detail.row.revision, decisions=[decision])
    assert find_value(principal, detail.row.id, "198.51.100.0/24").kind is Kind.CIDR
    two = FindDecision(find_ids=(find.id, find.id + 1), kind=Kind.DOMAIN)
    with pytest.raises(BadInput, match="one find at a time"):
        decide_finds(principal, detail.row.id, revision=row.revision, decisions=[two])
    with pytest.raises(NotFound):
        decide_finds(
            principal, detail.row.id, revision=row.revision, decisions=[FindDecision(find_ids=(10**9,))]
        )


def test_same_document_is_reviewed_once(principal: Principal, review: Review) -> None:
    first = review()
    assert review().row.id == first.row.id
    discard_review(principal, first.row.id, revision=first.row.revision)
    assert review().row.id != first.row.id


def test_document_stays_until_its_review_is_discarded(principal: Principal, review: Review) -> None:
    detail = review()
    assert sweep_artifacts(age_us=-1) == 0
    _, file = open_document(principal, detail.row.id)
    with file:
        assert file.read() == REPORT
    discard_review(principal, detail.row.id, revision=detail.row.revision)
    assert sweep_artifacts(age_us=-1) == 1
    assert not Artifact.objects.exists()
    assert list_reviews(principal).rows == []
    assert [row.state for row in list_reviews(principal, state=ReviewState.DISCARDED).rows] == [
        ReviewState.DISCARDED
    ]
    assert list_finds(principal, detail.row.id).total == 0


def test_document_that_cannot_be_read_says_why(principal: Principal) -> None:
    row = add_document(principal, chunks=[b"PK\x03\x04" + b"x" * 100], filename="a.docx")
    assert row.job_id is not None
    job = run_inline(row.job_id)
    assert job.state == "failed"
    detail = get_review(principal, row.id)
    assert detail is not None
    assert detail.row.state is ReviewState.FAILED
    assert "damaged" in detail.row.error
    with pytest.raises(Conflict, match="failed"):
        decide_set(principal, row.id, revision=detail.row.revision, decision=Decision.ACCEPTED)


def test_reviews_are_their_organisations_and_their_levels_alone(principal: Principal, review: Review) -> None:
    detail = review(handling=Handling(markings=(tlp_marking_id(TlpLevel.AMBER),)))
    own = Organisation.objects.get(pk=principal.organisation_id)
    others = [
        make_principal("nora", Organisation.objects.create(name="Northern CERT"), role=Role.PLATFORM_ADMIN),
        make_principal("greg", own, tlp_ceiling=1),
    ]
    for other in others:
        assert get_review(other, detail.row.id) is None
        assert list_reviews(other).rows == []
        for read in (list_finds, suggest_subjects, open_document):
            with pytest.raises(NotFound):
                read(other, detail.row.id)
        with pytest.raises(NotFound):
            discard_review(other, detail.row.id, revision=detail.row.revision)
        with pytest.raises(NotFound):
            commit_review(other, detail.row.id, revision=detail.row.revision)
    reader = make_principal("rita", own, role=Role.READER)
    assert get_review(reader, detail.row.id) is not None
    with pytest.raises(NotAllowed):
        decide_finds(reader, detail.row.id, revision=detail.row.revision, decisions=[])
    with pytest.raises(NotAllowed):
        add_document(reader, chunks=[b"x"], filename="x")


def test_subject_that_nobody_may_see_is_refused(principal: Principal, review: Review) -> None:
    detail = review()
    for subject, words in (
        (Subject(stix_id=MALWARE["id"]), "there is no object"),
        (Subject(type="report", name="x"), "expected an id, or a type"),
        (Subject(type="malware"), "expected a name"),
    ):
        with pytest.raises(BadInput, match=words):
            change_review(
                principal,
                detail.row.id,
                revision=detail.row.revision,
                change=ReportChange(subjects=(subject,)),
            )
    with pytest.raises(BadInput, match="title: expected a text"):
        change_review(principal, detail.row.id, revision=detail.row.revision, change=ReportChange(title=" "))


def test_pages_of_a_pdf_are_parts(principal: Principal, review: Review) -> None:
    detail = review(make_pdf("evil[.]example", "again evil[.]example", title="A PDF"), name="a.pdf")
    assert detail.draft.title == "A PDF"
    assert [part.title for part in detail.parts] == ["page 1", "page 2"]
    (find,) = list_finds(principal, detail.row.id).rows
    assert find.mentions == 2


def test_pages_of_lists_follow_each_other(principal: Principal, review: Review) -> None:
    detail = review("\n".join(f"198.51.100[.]{number}" for number in range(1, 8)).encode())
    seen: list[str] = []
    after: str | None = None
    while True:
        page = list_finds(principal, detail.row.id, limit=3, after=after)
        seen += [row.value for row in page.rows]
        after = page.next
        if after is None:
            break
    assert seen == [f"198.51.100.{number}" for number in range(1, 8)]
    second = review(b"evil[.]example")
    page_of_reviews = list_reviews(principal, limit=1)
    assert [row.id for row in page_of_reviews.rows] == [second.row.id]
    assert [row.id for row in list_reviews(principal, limit=1, after=page_of_reviews.next).rows] == [
        detail.row.id
    ]
    with pytest.raises(BadInput):
        list_reviews(principal, after="x")


def test_draft_round_trips(principal: Principal, review: Review) -> None:
    detail = review(handling=Handling(everyone=True))
    assert detail.draft.handling == Handling(everyone=True)
    assert msgspec.convert(msgspec.to_builtins(detail.draft), type(detail.draft)) == detail.draft


def test_document_that_is_given_to_ingest_goes_to_the_desk(principal: Principal, ingest: Ingest) -> None:
    job = ingest(make_pdf("evil[.]example"), "a.pdf", source="Vendor")
    assert job.state == "done"
    assert "review desk" in job.result["note"]
    detail = get_review(principal, job.result["review"])
    assert detail is not None
    assert (detail.row.source, detail.row.state) == ("Vendor", ReviewState.READING)
    page = ingest(b"<!doctype html><html><body>Sign in</body></html>", "a.html")
    assert page.state == "failed"
    assert "review desk" in page.error
