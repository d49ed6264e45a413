"""Reads of the review desk. A member sees the reviews of their organisation that they are cleared for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import BinaryIO

import msgspec
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Length

from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput, NotFound
from stack.core.known_good.records import KnownGood
from stack.ingest.review.models import Find, Review
from stack.ingest.review.names import find_named_objects
from stack.ingest.review.records import (
    Becomes,
    Decision,
    FindCounts,
    FindPage,
    FindRow,
    PartRow,
    PartText,
    ReportDraft,
    ReviewDetail,
    ReviewPage,
    ReviewRow,
    ReviewState,
    Span,
    Subject,
)
from stack.ingest.review.stating import list_possible
from stack.stix.observables.key_text import key_text
from stack.stix.observables.kinds import Kind, Observable
from stack.store.access import name_tlp
from stack.store.artifacts.queries import open_artifact
from stack.store.queries import find_values, hydrate
from stack.store.records import Handling, ObjectRow

_KNOWN_SHOWN = 3
_SUGGESTED_TEXT = 50_000


def list_reviews(
    principal: Principal, *, state: ReviewState | None = None, limit: int = 50, after: str | None = None
) -> ReviewPage:
    """Newest first; without a state, all but those that were discarded. `after` is the `next` of the page
    before."""
    rows = visible_reviews(principal).order_by("-id")
    rows = rows.filter(state=state) if state else rows.exclude(state=ReviewState.DISCARDED)
    if after:
        rows = rows.filter(pk__lt=_read_cursor(after))
    found = list(rows[: limit + 1])
    counts = _count_finds([row.pk for row in found[:limit]])
    shown = [describe_review(row, counts.get(row.pk)) for row in found[:limit]]
    return ReviewPage(shown, str(shown[-1].id) if len(found) > limit else None)


def count_reviews(principal: Principal) -> dict[ReviewState, int]:
    """How many reviews there are in each state."""
    rows = visible_reviews(principal).values_list("state").annotate(Count("pk"))
    return {ReviewState(state): count for state, count in rows}


def get_review(principal: Principal, review_id: int) -> ReviewDetail | None:
    review = visible_reviews(principal).filter(pk=review_id).first()
    if review is None:
        return None
    mentions = Counter(
        part for places in review.finds.values_list("mentions", flat=True) for part, *_ in places
    )
    parts = review.parts.order_by("number").annotate(length=Length("text"))
    return ReviewDetail(
        describe_review(review),
        read_draft(review),
        [
            PartRow(number, title, length, mentions[number])
            for number, title, length in parts.values_list("number", "title", "length")
        ],
    )


def get_part(principal: Principal, review_id: int, number: int) -> PartText:
    """The text of a page with the mentions in it. NotFound where there is none that may be seen."""
    review = expect_review(principal, review_id)
    part = review.parts.filter(number=number).first()
    if part is None:
        raise NotFound(f"The document has no part {number}")
    places = review.finds.values_list("pk", "mentions")
    spans = sorted(
        (start, end, find_id) for find_id, mentions in places for at, start, end in mentions if at == number
    )
    return PartText(part.number, part.title, part.text, list(_drop_overlaps(spans)))


def list_finds(
    principal: Principal,
    review_id: int,
    *,
    decision: Decision | None = None,
    kind: Kind | None = None,
    part: int | None = None,
    set_aside: bool | None = None,
    limit: int = 200,
    after: str | None = None,
) -> FindPage:
    """A page of the finds in the order of the document, with what the store knows of them.

    `set_aside` True: only those that lists know as good and nobody has decided on; False: only the others.
    """
    finds = expect_review(principal, review_id).finds.all()
    if decision is not None:
        finds = finds.filter(decision=decision)
    if kind is not None:
        finds = finds.filter(kind=kind)
    if part is not None:
        finds = finds.filter(part=part)
    if set_aside is not None:
        finds = finds.filter(is_set_aside()) if set_aside else finds.exclude(is_set_aside())
    finds = finds.order_by("part", "start", "pk")
    place = _read_place(after)
    rows = list(finds[place : place + limit + 1])
    known = find_known_objects(principal, rows[:limit])
    shown = [describe_find(row, known.get(row.pk, ())) for row in rows[:limit]]
    return FindPage(shown, finds.count(), str(place + limit) if len(rows) > limit else None)


def suggest_subjects(principal: Principal, review_id: int) -> list[ObjectRow]:
    """Malware, tools, actors and campaigns of the store that the document names, most often named first."""
    review = expect_review(principal, review_id)
    texts = [review.title, *review.parts.order_by("number").values_list("text", flat=True)[:20]]
    return find_named_objects(principal, "\n".join(texts)[:_SUGGESTED_TEXT])


def open_document(principal: Principal, review_id: int) -> tuple[ReviewRow, BinaryIO]:
    """The document as it came; the caller closes it. Show it to nobody as a page: it is a stranger's."""
    review = expect_review(principal, review_id)
    return describe_review(review), open_artifact(review.artifact)


def visible_reviews(principal: Principal) -> QuerySet[Review]:
    principal.require(Permission.READ)
    rows = Review.objects.filter(
        organisation_id=principal.organisation_id, tlp__lte=principal.tlp_ceiling
    ).select_related("user")
    for marking in principal.hidden_markings:
        rows = rows.exclude(markings__contains=f" {marking} ")
    return rows


def expect_review(principal: Principal, review_id: int) -> Review:
    review = visible_reviews(principal).filter(pk=review_id).first()
    if review is None:
        raise NotFound(f"There is no review {review_id}", remedy="“stack review list” lists those there are.")
    return review


def is_set_aside() -> Q:
    """Finds that a list of known-good values holds, and that nobody has decided on."""
    return Q(decision=Decision.OPEN.value, is_known_good=True)


def describe_review(review: Review, counts: FindCounts | None = None) -> ReviewRow:
    return ReviewRow(
        id=review.pk,
        state=ReviewState(review.state),
        revision=review.revision,
        title=review.title,
        filename=review.filename,
        format=review.format,
        sha256=review.sha256,
        size=review.size,
        source=review.source,
        tlp=_name_level(review),
        user=review.user.get_username() if review.user is not None else "Stack",
        job_id=review.job_id,
        error=review.error,
        notes=tuple(review.notes),
        created_at=review.created_at,
        changed_at=review.changed_at,
        changed_by=review.changed_by,
        committed_at=review.committed_at,
        report_id=review.report_id,
        finds=counts or _count_finds([review.pk]).get(review.pk, FindCounts()),
    )


def read_draft(review: Review) -> ReportDraft:
    return ReportDraft(
        title=review.title,
        description=review.description,
        url=review.url,
        source=review.source,
        published_at=review.published_at,
        report_types=tuple(review.report_types),
        labels=tuple(review.labels),
        confidence=review.confidence,
        subjects=tuple(msgspec.convert(review.subjects, list[Subject])),
        handling=msgspec.convert(review.handling, Handling),
    )


def describe_find(find: Find, known: Sequence[ObjectRow] = ()) -> FindRow:
    return FindRow(
        id=find.pk,
        kind=Kind(find.kind),
        pattern_type=find.pattern_type,
        value=find.value,
        raw=find.raw,
        part=find.part,
        start=find.start,
        end=find.end,
        mentions=len(find.mentions),
        context=find.context,
        is_defanged=find.is_defanged,
        is_by_hand=find.is_by_hand,
        sureness=find.sureness,
        why=find.why,
        known_good=tuple(KnownGood(**each) for each in find.known_good),
        becomes=Becomes(find.becomes),
        possible=list_possible(Kind(find.kind), find.pattern_type),
        decision=Decision(find.decision),
        decided_by=find.decided_by,
        decided_at=find.decided_at,
        name=find.name,
        description=find.description,
        labels=tuple(find.labels),
        confidence=find.confidence,
        valid_until=find.valid_until,
        known=tuple(known),
    )


def find_known_objects(principal: Principal, finds: Sequence[Find]) -> dict[int, tuple[ObjectRow, ...]]:
    """By find, up to three objects of the store under its value that the principal may see."""
    texts = {
        find.pk: key_text(Observable(Kind(find.kind), find.value)) for find in finds if not find.pattern_type
    }
    values = find_values(principal, list(set(texts.values())), limit_per_role=_KNOWN_SHOWN)
    ids = {text: [match.object_id for match in known.matches] for text, known in values.items()}
    rows = hydrate(principal, {object_id for each in ids.values() for object_id in each})
    return {
        find_id: tuple(
            rows[object_id] for object_id in dict.fromkeys(ids.get(text, ())) if object_id in rows
        )[:_KNOWN_SHOWN]
        for find_id, text in texts.items()
    }


def _count_finds(review_ids: Sequence[int]) -> dict[int, FindCounts]:
    conditions = {each.value: Q(decision=each.value) for each in Decision} | {"set_aside": is_set_aside()}
    counted = {f"of_{name}": Count("pk", filter=each) for name, each in conditions.items()}
    rows = (
        Find.objects.filter(review_id__in=review_ids)
        .order_by()
        .values_list("review_id")
        .annotate(**counted)
        .values_list("review_id", *counted)
    )
    return {row[0]: FindCounts(**dict(zip(conditions, row[1:], strict=True))) for row in rows}


def _drop_overlaps(spans: Iterable[tuple[int, int, int]]) -> Iterable[Span]:
    covered = 0
    for start, end, find_id in spans:
        if start >= covered:
            covered = end
            yield Span(start, end, find_id)


def _name_level(review: Review) -> str:
    return name_tlp(review.tlp if review.tlp >= 0 else None)


def _read_cursor(after: str) -> int:
    if not after.isascii() or not after.isdecimal() or len(after) > 18:
        raise BadInput(f"There is no page {after[:20]!r}", remedy="Pass the `next` of the page before.")
    return int(after)


def _read_place(after: str | None) -> int:
    return _read_cursor(after) if after else 0
