"""Writes of the review desk. Each checks the revision that the caller has seen: who comes second is told."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import F

from stack.accounts.names import bad_field, read_name
from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, NotFound
from stack.ingest.review.checking import (
    check_change,
    check_decision,
    columns_of_handling,
    read_place,
)
from stack.ingest.review.models import Find, Review
from stack.ingest.review.queries import describe_find, describe_review, expect_review, visible_reviews
from stack.ingest.review.records import (
    Becomes,
    Decision,
    FindDecision,
    FindRow,
    ReportChange,
    ReviewRow,
    ReviewState,
)
from stack.ingest.review.stating import list_possible
from stack.jobs.operations import enqueue
from stack.stix.observables.detect import Detection, detect, detect_as
from stack.stix.observables.kinds import Kind
from stack.store.artifacts.operations import (
    assign_artifact,
    discard_artifact,
    keep_artifact,
    release_artifact,
)
from stack.store.marking import check_handling
from stack.store.records import OWN_ALONE, Handling

MOST_BYTES = 64 * 1024 * 1024
MOST_FINDS = 20_000
_LONGEST_NAME = 200
_CONTEXT = 120


def add_document(
    principal: Principal,
    *,
    chunks: Iterable[bytes],
    filename: str,
    source: str = "",
    title: str = "",
    url: str = "",
    handling: Handling = OWN_ALONE,
    commits_itself: bool = False,
) -> ReviewRow:
    """Keeps the document and queues its reading. `source` is who published it; without it, the file's name.

    A document that is under review already is not taken in twice: its review is the answer. With
    `commits_itself` all finds that are sure and not known as good are accepted and committed once it is read.
    """
    principal.require(Permission.INGEST)
    check_handling(principal, handling)
    kept = keep_artifact(
        chunks,
        limit_bytes=min(MOST_BYTES, settings.UPLOAD_LIMIT_BYTES),
        organisation_id=principal.organisation_id,
    )
    name = _clean_name(filename) or "document"
    now = now_us()
    with writing():
        before = _find_same(principal, kept.sha256)
        if before is not None:
            discard_artifact(kept.name)
            return describe_review(before)
        review = Review.objects.create(
            organisation_id=principal.organisation_id,
            user_id=principal.user_id,
            filename=name,
            artifact=kept.name,
            sha256=kept.sha256,
            size=kept.size,
            source=read_name(source, field="source") if source.strip() else name,
            title=title.strip()[:500],
            url=url.strip()[:2000],
            commits_itself=commits_itself,
            created_at=now,
            changed_at=now,
            changed_by=principal.name,
            **columns_of_handling(handling),
        )
        job = enqueue(principal, kind="review", arguments={"review": review.pk}, unit="bytes")
        assign_artifact(kept.name, job_id=job.id, for_good=True)
        Review.objects.filter(pk=review.pk).update(job_id=job.id)
        said = {"file": name, "sha256": kept.sha256, "source": review.source, "by_itself": commits_itself}
        _record("review.add", principal, review.pk, after=said)
    review.job_id = job.id
    return describe_review(review)


def change_review(principal: Principal, review_id: int, *, revision: int, change: ReportChange) -> ReviewRow:
    """Changes what the report will say. BadInput names each field that cannot be."""
    principal.require(Permission.INGEST)
    columns = check_change(principal, change)
    with writing():
        take_turn(principal, review_id, revision, ReviewState.OPEN)
        Review.objects.filter(pk=review_id).update(**columns)
        _record("review.change", principal, review_id, after={"fields": sorted(columns)})
        return describe_review(expect_review(principal, review_id))


def decide_finds(
    principal: Principal, review_id: int, *, revision: int, decisions: Sequence[FindDecision]
) -> ReviewRow:
    """Accepts, rejects and changes finds. All of it or, for a fault in one, nothing."""
    principal.require(Permission.INGEST)
    now = now_us()
    with writing():
        take_turn(principal, review_id, revision, ReviewState.OPEN)
        counts: dict[str, int] = {}
        for decision in decisions:
            finds = list(Find.objects.filter(review_id=review_id, pk__in=decision.find_ids))
            if len(finds) < len(set(decision.find_ids)):
                raise NotFound("The review has no such find", remedy="Load the review again.")
            for find in finds:
                columns = check_decision(find, decision, is_single=len(finds) == 1)
                if "decision" in columns:
                    columns |= {"decided_by": principal.name, "decided_at": now}
                    counts[columns["decision"]] = counts.get(columns["decision"], 0) + 1
                for name, value in columns.items():
                    setattr(find, name, value)
            _save_finds(finds)
        _record("review.decide", principal, review_id, after={"decided": counts, "entries": len(decisions)})
        return describe_review(expect_review(principal, review_id))


def decide_set(
    principal: Principal,
    review_id: int,
    *,
    revision: int,
    decision: Decision,
    at_least: int = 0,
    kind: Kind | None = None,
) -> ReviewRow:
    """Decides on all open finds of at least this sureness (and kind) that lists do not know as good."""
    finds = Find.objects.filter(
        review__in=visible_reviews(principal).filter(pk=review_id),
        decision=Decision.OPEN.value,
        is_known_good=False,
        sureness__gte=at_least,
    )
    if kind is not None:
        finds = finds.filter(kind=kind)
    ids = tuple(finds.values_list("pk", flat=True))
    decisions = [FindDecision(find_ids=ids, decision=decision)] if ids else []
    return decide_finds(principal, review_id, revision=revision, decisions=decisions)


def add_find(
    principal: Principal,
    review_id: int,
    *,
    revision: int,
    part: int,
    start: int,
    end: int,
    kind: Kind | None = None,
    value: str = "",
    becomes: Becomes | None = None,
) -> FindRow:
    """Adds what a person marked in the text of a part, as accepted. `value` where it is not what is marked.

    Conflict where the value is a find already.
    """
    principal.require(Permission.INGEST)
    with writing():
        review = take_turn(principal, review_id, revision, ReviewState.OPEN)
        text, marked = read_place(review, part=part, start=start, end=end)
        written = value.strip() or marked.strip()
        detection = _read_value(written, kind)
        found = detection.observable
        if review.finds.filter(kind=found.kind, value=found.value).exists():
            raise Conflict(f"{found.value[:100]} is a find already", remedy="Look for it in the list.")
        if review.finds.count() >= MOST_FINDS:
            raise BadInput(f"A review holds at most {MOST_FINDS:,} finds")
        possible = list_possible(found.kind)
        if becomes is not None and becomes not in possible:
            raise bad_field("becomes", f"expected one of {', '.join(possible)}")
        find = Find.objects.create(
            review=review,
            kind=found.kind,
            value=found.value,
            raw=written,
            part=part,
            start=start,
            end=end,
            mentions=[[part, start, end]],
            context=" ".join(text[max(0, start - _CONTEXT) : end + _CONTEXT].split()),
            is_defanged=detection.refanged,
            is_by_hand=True,
            sureness=100,
            why="added by hand",
            becomes=becomes or possible[0],
            decision=Decision.ACCEPTED,
            decided_by=principal.name,
            decided_at=now_us(),
        )
        _record("review.decide", principal, review_id, after={"added": found.value[:200], "kind": found.kind})
    return describe_find(find)


def discard_review(principal: Principal, review_id: int, *, revision: int) -> ReviewRow:
    """Puts a review aside for good with its document and finds; what was committed of it stays."""
    principal.require(Permission.INGEST)
    with writing():
        review = take_turn(principal, review_id, revision, *(set(ReviewState) - {ReviewState.DISCARDED}))
        Review.objects.filter(pk=review_id).update(state=ReviewState.DISCARDED)
        review.finds.all().delete()
        review.parts.all().delete()
        release_artifact(review.artifact)
        _record("review.discard", principal, review_id, before={"state": review.state})
        return describe_review(expect_review(principal, review_id))


def reopen_review(principal: Principal, review_id: int, *, revision: int) -> ReviewRow:
    """Opens a committed review again; the next commit states what has changed, under the same ids."""
    principal.require(Permission.INGEST)
    with writing():
        take_turn(principal, review_id, revision, ReviewState.COMMITTED)
        Review.objects.filter(pk=review_id).update(state=ReviewState.OPEN)
        _record("review.reopen", principal, review_id)
        return describe_review(expect_review(principal, review_id))


def take_turn(principal: Principal, review_id: int, revision: int, *states: ReviewState) -> Review:
    """The review, locked for this transaction and counted one revision on. Conflict where somebody else was
    first, or where it is in another state than these."""
    review = expect_review(principal, review_id)
    if review.state not in states:
        raise Conflict(f"The review is {review.state}", remedy=_REMEDIES[ReviewState(review.state)])
    # The write decides, not what was read before it.
    moved = Review.objects.filter(pk=review_id, revision=revision, state=review.state).update(
        revision=F("revision") + 1, changed_at=now_us(), changed_by=principal.name
    )
    if not moved:
        by = review.changed_by or "Somebody"
        raise Conflict(
            f"{by} has changed this review since you opened it: it is at revision {review.revision}",
            remedy="Load it again and repeat what you decided; nothing of either was lost.",
        )
    return review


_REMEDIES = {
    ReviewState.READING: "Wait until the document is read; “stack job list” shows how far it is.",
    ReviewState.OPEN: "It can be decided on and committed.",
    ReviewState.COMMITTED: "Reopen it first.",
    ReviewState.DISCARDED: "Add the document again.",
    ReviewState.FAILED: "The document could not be read; discard the review.",
}


def _find_same(principal: Principal, sha256: str) -> Review | None:
    live = visible_reviews(principal).filter(sha256=sha256)
    return live.exclude(state__in=[ReviewState.DISCARDED, ReviewState.FAILED]).first()


def _read_value(written: str, kind: Kind | None) -> Detection:
    if not written:
        raise bad_field("value", "expected a value, got none")
    try:
        return detect_as(written, kind) if kind is not None else detect(written)
    except ValueError as error:
        raise bad_field("value", str(error)) from None


def _save_finds(finds: list[Find]) -> None:
    Find.objects.bulk_update(
        finds,
        [
            "kind", "value", "raw", "becomes", "decision", "decided_by", "decided_at",
            "name", "description", "labels", "confidence", "valid_until",
        ],
        batch_size=200,
    )  # fmt: skip


def _record(
    name: str,
    principal: Principal,
    review_id: int,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record_act(
        Act(
            name,
            principal,
            object_kind="review",
            object_id=str(review_id),
            before=before or {},
            after=after or {},
        )
    )


def _clean_name(text: str) -> str:
    """The last part of a path as a browser may send it, without control characters."""
    name = text.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(character for character in name if character.isprintable()).strip()[:_LONGEST_NAME]
