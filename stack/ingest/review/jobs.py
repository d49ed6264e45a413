"""The job `review`: reads a document in the sandbox and lays what is in it on the desk."""

import logging
from collections.abc import Iterable

import msgspec

from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, NotFound, StackError, Unavailable
from stack.core.known_good.queries import find_known_good
from stack.core.known_good.records import KnownGood
from stack.ingest.documents.finding import DocumentFind
from stack.ingest.documents.judging import SURE
from stack.ingest.documents.reading import ReadDocument, read_document
from stack.ingest.review.checking import columns_of_handling
from stack.ingest.review.committing import commit_review
from stack.ingest.review.models import Find, Review, ReviewPart
from stack.ingest.review.operations import decide_set
from stack.ingest.review.records import Decision, ReviewState
from stack.jobs.base import register_job
from stack.jobs.context import JobContext
from stack.jobs.leases import in_transaction
from stack.jobs.queues import Queue
from stack.stix.markings import parse_tlp, tlp_level_of, tlp_marking_id
from stack.store.artifacts.operations import release_artifact
from stack.store.artifacts.queries import open_artifact
from stack.store.records import Handling

_BATCH = 500
_log = logging.getLogger(__name__)


@register_job("review", queue=Queue.INTERACTIVE)
def run_review(context: JobContext) -> None:
    review = Review.objects.filter(pk=context.arguments["review"]).first()
    if review is None or review.state != ReviewState.READING:
        context.finish({"note": "There was nothing to read any more."})
        return
    context.report(phase="reading", total=review.size, done=0)
    try:
        document = _read(context, review)
    except BadInput as error:
        _fail(review, error)
        raise
    notes = list(document.remarks)
    known_good = _look_up(document.finds, notes)
    with in_transaction():
        _lay_out(review, document, known_good, notes)
        done = {"review": review.pk, "finds": len(document.finds), "file": review.filename}
        if not review.commits_itself:
            context.finish(done)
    if review.commits_itself:
        context.finish(done | _commit_sure(context, review.pk))


def _read(context: JobContext, review: Review) -> ReadDocument:
    """A job that is cancelled or gives way ends the reading at once."""
    with open_artifact(review.artifact) as file:
        return read_document(
            file, filename=review.filename, while_waiting=lambda: context.report(phase="reading")
        )


def _fail(review: Review, error: StackError) -> None:
    with in_transaction():
        Review.objects.filter(pk=review.pk).update(
            state=ReviewState.FAILED, error=f"{error.detail} {error.remedy}".strip(), changed_at=now_us()
        )
        release_artifact(review.artifact)


def _look_up(finds: Iterable[DocumentFind], notes: list[str]) -> dict[str, tuple[KnownGood, ...]]:
    try:
        return find_known_good((find.kind, find.value) for find in finds if not find.pattern_type)
    except Unavailable as error:
        # The document is read all the same; people then look twice.
        _log.warning("a document is reviewed without lists of known-good values: %s", error.detail)
        notes.append("The lists of known-good values could not be asked: look twice")
        return {}


def _lay_out(
    review: Review, document: ReadDocument, known_good: dict[str, tuple[KnownGood, ...]], notes: list[str]
) -> None:
    """Replaces what an earlier attempt left."""
    review.parts.all().delete()
    review.finds.all().delete()
    ReviewPart.objects.bulk_create(
        [
            ReviewPart(review=review, number=number, title=part.title, text=part.text)
            for number, part in enumerate(document.parts, start=1)
        ],
        batch_size=_BATCH,
    )
    rows = (_make_find(review, find, known_good.get(find.value, ())) for find in document.finds)
    Find.objects.bulk_create(rows, batch_size=_BATCH)
    Review.objects.filter(pk=review.pk).update(
        state=ReviewState.OPEN,
        format=document.format,
        title=review.title or document.title or review.filename,
        notes=notes,
        changed_at=now_us(),
        **_take_over_label(review, document.tlp, notes),
    )


def _take_over_label(review: Review, tlp: str, notes: list[str]) -> dict[str, object]:
    """The label of the document counts where it is stricter than what its bringer said."""
    handling = msgspec.convert(review.handling, Handling)
    level = parse_tlp(tlp) if tlp else None
    said = tlp_level_of(handling.markings)
    if level is None or (said is not None and said >= level):
        return {}
    notes.append(f"The document is labelled TLP:{tlp.upper()}, which was taken over")
    kept = tuple(each for each in handling.markings if tlp_level_of((each,)) is None)
    markings = tuple(sorted((*kept, tlp_marking_id(level))))
    return columns_of_handling(msgspec.structs.replace(handling, markings=markings))


def _make_find(review: Review, find: DocumentFind, known_good: tuple[KnownGood, ...]) -> Find:
    part, start, end = find.mentions[0]
    return Find(
        review=review,
        kind=find.kind,
        pattern_type=find.pattern_type,
        value=find.value,
        raw=find.raw,
        part=part,
        start=start,
        end=end,
        mentions=[list(place) for place in find.mentions],
        context=find.context,
        is_defanged=find.is_defanged,
        sureness=find.sureness,
        why=find.why,
        known_good=[msgspec.to_builtins(each) for each in known_good],
        is_known_good=any(each.is_false_positive for each in known_good),
        becomes=find.becomes,
    )


def _commit_sure(context: JobContext, review_id: int) -> dict[str, object]:
    """Accepts what is sure and not known as good, and commits it; what cannot be stays open for people."""
    principal = context.principal
    try:
        revision = Review.objects.values_list("revision", flat=True).get(pk=review_id)
        row = decide_set(principal, review_id, revision=revision, decision=Decision.ACCEPTED, at_least=SURE)
        committed = commit_review(principal, review_id, revision=row.revision)
    except (BadInput, Conflict, NotFound) as error:
        return {"note": f"Nothing was committed: {error.detail}"}
    return {"report": committed.report_id, "counts": committed.counts}
