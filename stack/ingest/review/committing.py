"""Commits a review: one report with its indicators and observables, by the way that everything takes in."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import orjson

from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput, FieldError
from stack.ingest.base import Record
from stack.ingest.handling import expect_handling
from stack.ingest.notes import identity_of
from stack.ingest.preparing import prepare_records
from stack.ingest.review.models import Find, Review
from stack.ingest.review.operations import take_turn
from stack.ingest.review.queries import describe_review, expect_review, find_known_objects, read_draft
from stack.ingest.review.records import Becomes, Committed, Decision, ReviewState
from stack.ingest.review.stating import Document, Stated, StatedFind, make_statements, revoke
from stack.stix.observables.kinds import Kind
from stack.store.database import write_database
from stack.store.operations import ensure_source, write_statements
from stack.store.queries import find_objects, iterate_texts
from stack.store.records import Statement

_BATCH = 2_000
_ERRORS_SHOWN = 5
_STAND_IN = {Kind.CVE: "vulnerability", Kind.ATTACK: "attack-pattern"}


def commit_review(principal: Principal, review_id: int, *, revision: int) -> Committed:
    """States the report and what was accepted, and takes back what was accepted before and is not now.

    The same again when nothing has changed. BadInput where nothing is accepted, or where an object would not
    be valid; then nothing is stated.
    """
    principal.require(Permission.INGEST)
    with writing(), write_database().write():
        review = take_turn(principal, review_id, revision, ReviewState.OPEN)
        before = msgspec.convert(review.stated, dict[str, Stated])
        now = now_us() // 1000 * 1000
        statements = make_statements(
            _expect_draft(review),
            _list_accepted(principal, review),
            Document(
                owner=identity_of(principal),
                sha256=review.sha256,
                filename=review.filename,
                received_at=review.created_at,
            ),
            before=before,
            now=now,
        )
        gone = sorted(before.keys() - statements.stated.keys())
        revoked = [revoke(obj, now=now) for obj in _read_objects(principal, gone)]
        counts = _write(principal, review, [*statements.objects, *revoked])
        Review.objects.filter(pk=review.pk).update(
            state=ReviewState.COMMITTED,
            committed_at=now,
            report_id=statements.report_id,
            stated=msgspec.to_builtins(statements.stated),
        )
        said = {"report": statements.report_id, "sha256": review.sha256, "source": review.source}
        record_act(
            Act(
                "review.commit",
                principal,
                object_kind="review",
                object_id=str(review.pk),
                after=said | {"counts": counts, "revoked": len(revoked)},
            )
        )
        row = describe_review(expect_review(principal, review_id))
    return Committed(statements.report_id, counts, row)


def _expect_draft(review: Review) -> Any:
    draft = read_draft(review)
    if not draft.title.strip():
        raise BadInput("The report has no title", errors=(FieldError("title", "expected a text, got none"),))
    return draft


def _list_accepted(principal: Principal, review: Review) -> list[StatedFind]:
    finds = list(review.finds.filter(decision=Decision.ACCEPTED).order_by("part", "start", "pk"))
    if not finds and not review.subjects:
        raise BadInput(
            "Nothing is accepted yet: a report names at least one object",
            remedy="Accept a find, or say what the report is about.",
        )
    standing = _find_standing(principal, [find for find in finds if Kind(find.kind) in _STAND_IN])
    return [
        StatedFind(
            kind=Kind(find.kind),
            value=find.value,
            raw=find.raw,
            becomes=Becomes(find.becomes),
            pattern_type=find.pattern_type,
            name=find.name,
            description=find.description,
            labels=tuple(find.labels),
            confidence=find.confidence,
            valid_until=find.valid_until,
            existing=standing.get(find.pk, ""),
        )
        for find in finds
    ]


def _find_standing(principal: Principal, finds: Sequence[Find]) -> dict[int, str]:
    """Ids of objects of the store that are the vulnerability or the technique that a find names."""
    found = find_known_objects(principal, finds)
    return {
        find.pk: row.stix_id
        for find in finds
        for row in found.get(find.pk, ())
        if row.type == _STAND_IN[Kind(find.kind)] and not row.revoked
    }


def _read_objects(principal: Principal, stix_ids: Sequence[str]) -> list[dict[str, Any]]:
    rows = find_objects(principal, stix_ids)
    texts = iterate_texts(principal, object_ids=[row.id for row in rows.values() if not row.revoked])
    return [orjson.loads(text) for text in texts]


def _write(principal: Principal, review: Review, objects: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    handling = expect_handling(principal, read_draft(review).handling)
    source = ensure_source(principal, name=review.source, kind="review")
    statements = _prepare(objects)
    counts: Counter[str] = Counter()
    for start in range(0, len(statements), _BATCH):
        batch = statements[start : start + _BATCH]
        result = write_statements(principal, statements=batch, source_id=source.id, handling=handling)
        counts.update(outcome.value for outcome in result.outcomes)
    return dict(counts)


def _prepare(objects: Iterable[Mapping[str, Any]]) -> list[Statement]:
    records = [Record(number, orjson.dumps(obj)) for number, obj in enumerate(objects)]
    prepared = prepare_records(records)
    if prepared.errors:
        shown = [f"{each.stix_id or each.label} {each.path}: {each.message}" for each in prepared.errors]
        raise BadInput(
            "What was accepted does not make valid STIX: " + "; ".join(shown[:_ERRORS_SHOWN]),
            remedy="Correct these finds or reject them.",
            errors=tuple(FieldError(each.path or "object", each.message) for each in prepared.errors),
        )
    return prepared.statements
