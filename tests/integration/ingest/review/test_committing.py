"""What a commit states, the second time and by itself."""

import orjson
import pytest

from stack.accounts.principal import Principal
from stack.audit.models import AuditEntry
from stack.core.errors import BadInput
from stack.ingest.review.committing import commit_review
from stack.ingest.review.operations import (
    change_review,
    decide_finds,
    reopen_review,
)
from stack.ingest.review.queries import (
    get_review,
    suggest_subjects,
)
from stack.ingest.review.records import (
    Decision,
    FindDecision,
    ReportChange,
    ReviewState,
    Subject,
)
from stack.stix.markings import TlpLevel, tlp_marking_id
from stack.store.queries import get_access, get_object, list_objects, list_sources, list_versions
from stack.store.records import Handling
from tests.integration.ingest.conftest import Ingest
from tests.integration.ingest.review.conftest import REPORT, Review
from tests.integration.ingest.review.steps import MALWARE, accept, find_value, read_object

pytestmark = pytest.mark.django_db(databases="__all__")


def test_commit_states_a_report_with_indicators_and_what_they_are_based_on(
    principal: Principal, ingest: Ingest, review: Review
) -> None:
    ingest(
        orjson.dumps(
            {"type": "bundle", "id": MALWARE["id"].replace("malware", "bundle"), "objects": [MALWARE]}
        )
    )
    detail = review(source="Vendor", url="https://vendor.example/blog")
    assert [row.name for row in suggest_subjects(principal, detail.row.id)] == ["EvilLoader"]
    change = ReportChange(
        title="EvilLoader returns",
        published_at=1_700_000_000_000_000,
        report_types=("malware",),
        subjects=(Subject(stix_id=MALWARE["id"]), Subject(type="intrusion-set", name="Evil Bear")),
    )
    revision = change_review(principal, detail.row.id, revision=detail.row.revision, change=change).revision
    assert revision == detail.row.revision + 1
    values = [
        "https://evil.example/gate.php",
        "44d88612fea8a8f36de82e1278abb02f",
        "CVE-2024-3400",
        "T1059.001",
        "c:\\users\\public\\a.exe",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    ]
    revision = accept(principal, detail.row.id, *values)
    committed = commit_review(principal, detail.row.id, revision=revision)
    assert committed.row.state is ReviewState.COMMITTED
    report = read_object(principal, committed.report_id)
    assert report["name"] == "EvilLoader returns"
    assert report["published"] == "2023-11-14T22:13:20.000Z"
    (reference,) = report["external_references"]
    assert reference["source_name"] == "Vendor"
    assert reference["hashes"]["SHA-256"] == detail.row.sha256
    kinds = sorted({ref.partition("--")[0] for ref in report["object_refs"]})
    expected = "attack-pattern file indicator intrusion-set malware relationship url vulnerability"
    assert kinds == expected.split()
    indicators = [read_object(principal, ref) for ref in report["object_refs"] if ref.startswith("indicator")]
    assert {each["pattern"] for each in indicators} == {
        "[url:value = 'https://evil.example/gate.php']",
        "[file:hashes.'MD5' = '44d88612fea8a8f36de82e1278abb02f']",
    }
    relations = [
        read_object(principal, ref) for ref in report["object_refs"] if ref.startswith("relationship")
    ]
    assert sorted(each["relationship_type"] for each in relations) == ["based-on"] * 2 + ["indicates"] * 4
    notes = list_objects(principal, types=["note"]).rows
    assert "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa" in read_object(principal, notes[0].stix_id)["content"]
    assert "Vendor" in [row.name for row in list_sources(principal)]
    acts = list(
        AuditEntry.objects.filter(name__startswith="review.")
        .order_by("sequence")
        .values_list("name", flat=True)
    )
    assert acts == ["review.add", "review.change", "review.decide", "review.commit"]


def test_second_commit_states_the_same_and_a_changed_one_only_what_changed(
    principal: Principal, review: Review
) -> None:
    detail = review()
    review_id = detail.row.id
    revision = accept(principal, review_id, "198.51.100.7", "44d88612fea8a8f36de82e1278abb02f")
    first = commit_review(principal, review_id, revision=revision)
    assert set(first.counts) == {"new"}
    revision = reopen_review(principal, review_id, revision=first.row.revision).revision
    second = commit_review(principal, review_id, revision=revision)
    assert set(second.counts) == {"known"}
    assert second.report_id == first.report_id
    assert len(list_versions(principal, first.report_id)) == 1

    revision = reopen_review(principal, review_id, revision=second.row.revision).revision
    find = find_value(principal, review_id, "44d88612fea8a8f36de82e1278abb02f")
    decisions = [FindDecision(find_ids=(find.id,), decision=Decision.REJECTED)]
    revision = decide_finds(principal, review_id, revision=revision, decisions=decisions).revision
    before = read_object(principal, first.report_id)
    third = commit_review(principal, review_id, revision=revision)
    after = read_object(principal, first.report_id)
    assert after["created"] == before["created"]
    assert after["modified"] > before["modified"]
    gone = [ref for ref in before["object_refs"] if ref not in after["object_refs"]]
    taken_back = [read_object(principal, ref).get("revoked") for ref in gone if not ref.startswith("file--")]
    assert taken_back == [True, True]
    assert third.counts["updated"] >= 3


def test_nothing_accepted_is_nothing_to_commit(principal: Principal, review: Review) -> None:
    detail = review()
    with pytest.raises(BadInput, match="Nothing is accepted"):
        commit_review(principal, detail.row.id, revision=detail.row.revision)
    after = get_review(principal, detail.row.id)
    assert after is not None
    assert after.row.state is ReviewState.OPEN


def test_label_of_the_document_is_taken_over_where_it_is_stricter(
    principal: Principal, review: Review
) -> None:
    detail = review(REPORT + b"TLP:AMBER\n", handling=Handling(markings=(tlp_marking_id(TlpLevel.GREEN),)))
    assert detail.row.tlp == "amber"
    assert "taken over" in detail.row.notes[-1]
    revision = accept(principal, detail.row.id, "198.51.100.7")
    committed = commit_review(principal, detail.row.id, revision=revision)
    access = get_access(principal, committed.report_id)
    assert access is not None
    assert [each.tlp for each in access.markings] == ["amber"]


def test_review_that_commits_itself_takes_only_what_is_sure(principal: Principal, review: Review) -> None:
    detail = review(commits_itself=True)
    assert detail.row.state is ReviewState.COMMITTED
    report = read_object(principal, detail.row.report_id)
    names = {get_object(principal, ref).name for ref in report["object_refs"] if "indicator" in ref}  # type: ignore[union-attr]
    assert not any("google" in name or "window" in name or "vendor" in name for name in names)
    assert detail.row.finds.set_aside >= 1
    empty = review(b"Nothing to see here.", commits_itself=True)
    assert empty.row.state is ReviewState.OPEN
