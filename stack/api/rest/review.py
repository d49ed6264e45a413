"""`/reviews`: documents, what was found in them, what is decided about it, and the report that it becomes."""

from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router
from ninja.params.functions import Path, Query
from pydantic import BaseModel, ConfigDict

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.handling import EmbargoParameter, MarkingsParameter, SharesParameter, TlpParameter
from stack.api.rest.items import OBJECT_EXAMPLE, ObjectItem, object_item
from stack.api.rest.parameters import NO_NUL, After, Limit, Name, RowId
from stack.api.rest.review_bodies import (
    BulkBody,
    DecisionsBody,
    FindDraft,
    ReviewChange,
    RevisionBody,
)
from stack.api.rest.review_items import (
    CommittedItem,
    FindItem,
    FindList,
    PartTextItem,
    ReviewDetailItem,
    ReviewItem,
    ReviewList,
    find_item,
    part_item,
    review_detail,
    review_item,
)
from stack.core.errors import BadInput, FieldError, NotFound
from stack.ingest.handling import HandlingDraft, read_handling
from stack.ingest.review import operations, queries
from stack.ingest.review.committing import commit_review as make_commit
from stack.ingest.review.records import Decision, ReviewState
from stack.stix.observables.kinds import Kind

_CHUNK = 1_048_576
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/octet-stream": {
            "schema": {"type": "string", "format": "binary"},
            "example": "The loader calls hxxps://evil[.]example/gate.php",
        }
    },
}
_WRITES = Needs(Permission.INGEST, also=Permission.READ)
PartNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
router = Router(tags=["reviews"])


class SubjectList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [OBJECT_EXAMPLE]}]})

    items: list[ObjectItem]


@router.get("/reviews", response=ReviewList, auth=Needs(Permission.READ))
def list_reviews(
    request: ApiRequest, state: ReviewState | None = None, limit: Limit = 50, after: After = None
) -> ReviewList:
    """The reviews of your organisation that you are cleared for, newest first; discarded ones only by their
    state."""
    page = queries.list_reviews(request.auth, state=state, limit=limit, after=after)
    return ReviewList(items=[review_item(row) for row in page.rows], next=page.next)


@router.post(
    "/reviews",
    response={202: ReviewItem},
    auth=Needs(Permission.INGEST, also=Permission.READ, cost=Cost.EXPENSIVE),
    openapi_extra={"requestBody": _BODY},
)
def add_review(
    request: ApiRequest,
    response: HttpResponse,
    *,
    filename: Name = None,
    source: Name = None,
    title: Annotated[str | None, Query(max_length=500, pattern=NO_NUL)] = None,
    url: Annotated[str | None, Query(max_length=2000, pattern=NO_NUL)] = None,
    commit: Annotated[bool, Query(description="Commit what is sure at once, without a person")] = False,
    tlp: TlpParameter = None,
    markings: MarkingsParameter = (),
    share_with: SharesParameter = (),
    embargo_until: EmbargoParameter = None,
) -> ReviewItem:
    """Takes in a document, the bare body: PDF, DOCX, HTML, e-mail or text. A job reads it.

    One that is under review already answers with its review.
    """
    row = operations.add_document(
        request.auth,
        chunks=_read_body(request),
        filename=filename or "document",
        source=source or "",
        title=title or "",
        url=url or "",
        commits_itself=commit,
        handling=read_handling(
            request.auth,
            HandlingDraft(
                tlp=tlp or "", markings=markings, share_with=share_with, embargo_until=embargo_until or ""
            ),
        ),
    )
    response["Location"] = f"/api/v1/reviews/{row.id}"
    return review_item(row)


@router.get("/reviews/{review_id}", response=ReviewDetailItem, auth=Needs(Permission.READ))
def get_review(request: ApiRequest, review_id: RowId) -> ReviewDetailItem:
    """One review, what its report will say, and the parts of the document."""
    detail = queries.get_review(request.auth, review_id)
    if detail is None:
        raise NotFound(f"There is no review {review_id}")
    return review_detail(detail)


@router.patch("/reviews/{review_id}", response=ReviewItem, auth=_WRITES)
def change_review(request: ApiRequest, review_id: RowId, body: ReviewChange) -> ReviewItem:
    """Changes what the report will say."""
    change = body.read(request.auth)
    return review_item(
        operations.change_review(request.auth, review_id, revision=body.revision, change=change)
    )


@router.get("/reviews/{review_id}/parts/{number}", response=PartTextItem, auth=Needs(Permission.READ))
def get_review_part(request: ApiRequest, review_id: RowId, number: PartNumber) -> PartTextItem:
    """The text of a page or part, and the places of the finds in it."""
    return part_item(queries.get_part(request.auth, review_id, number))


@router.get("/reviews/{review_id}/finds", response=FindList, auth=Needs(Permission.READ))
def list_review_finds(
    request: ApiRequest,
    review_id: RowId,
    *,
    decision: Decision | None = None,
    kind: Kind | None = None,
    part: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    set_aside: Annotated[bool | None, Query(description="Only, or without, what lists know as good")] = None,
    limit: Limit = 200,
    after: After = None,
) -> FindList:
    """The finds in the order of the document, with what the store knows of each."""
    page = queries.list_finds(
        request.auth,
        review_id,
        decision=decision,
        kind=kind,
        part=part,
        set_aside=set_aside,
        limit=limit,
        after=after,
    )
    return FindList(items=[find_item(row) for row in page.rows], total=page.total, next=page.next)


@router.post("/reviews/{review_id}/finds", response={201: FindItem}, auth=_WRITES)
def add_review_find(request: ApiRequest, review_id: RowId, body: FindDraft) -> FindItem:
    """Adds what was missed, as accepted. The review is one revision further on."""
    return find_item(
        operations.add_find(
            request.auth,
            review_id,
            revision=body.revision,
            part=body.part,
            start=body.start,
            end=body.end,
            kind=body.kind,
            value=body.value,
            becomes=body.becomes,
        )
    )


@router.post("/reviews/{review_id}/decisions", response=ReviewItem, auth=_WRITES)
def decide_review_finds(request: ApiRequest, review_id: RowId, body: DecisionsBody) -> ReviewItem:
    """Accepts, rejects and changes finds: all or nothing. 409 where somebody changed the review since."""
    decisions = [each.read() for each in body.decisions]
    return review_item(
        operations.decide_finds(request.auth, review_id, revision=body.revision, decisions=decisions)
    )


@router.post("/reviews/{review_id}/decisions/bulk", response=ReviewItem, auth=_WRITES)
def decide_all_review_finds(request: ApiRequest, review_id: RowId, body: BulkBody) -> ReviewItem:
    """Decides on all open finds that are sure enough; what lists know as good stays open."""
    return review_item(
        operations.decide_set(
            request.auth,
            review_id,
            revision=body.revision,
            decision=Decision(body.decision),
            at_least=body.at_least,
            kind=body.kind,
        )
    )


@router.get("/reviews/{review_id}/subjects", response=SubjectList, auth=Needs(Permission.READ))
def suggest_review_subjects(request: ApiRequest, review_id: RowId) -> SubjectList:
    """Malware, tools, actors and campaigns that you may see and the document names."""
    rows = queries.suggest_subjects(request.auth, review_id)
    return SubjectList(items=[object_item(row) for row in rows])


@router.post("/reviews/{review_id}/commit", response=CommittedItem, auth=_WRITES)
def commit_review(request: ApiRequest, review_id: RowId, body: RevisionBody) -> CommittedItem:
    """States a report with what was accepted; again, only what has changed since."""
    committed = make_commit(request.auth, review_id, revision=body.revision)
    return CommittedItem(
        report_id=committed.report_id, counts=committed.counts, review=review_item(committed.row)
    )


@router.post("/reviews/{review_id}/reopen", response=ReviewItem, auth=_WRITES)
def reopen_review(request: ApiRequest, review_id: RowId, body: RevisionBody) -> ReviewItem:
    """Opens a committed review again."""
    return review_item(operations.reopen_review(request.auth, review_id, revision=body.revision))


@router.post("/reviews/{review_id}/discard", response=ReviewItem, auth=_WRITES)
def discard_review(request: ApiRequest, review_id: RowId, body: RevisionBody) -> ReviewItem:
    """Puts the review aside with its document and finds; what was committed stays."""
    return review_item(operations.discard_review(request.auth, review_id, revision=body.revision))


@router.get(
    "/reviews/{review_id}/document",
    auth=Needs(Permission.READ),
    openapi_extra={
        "responses": {
            200: {
                "content": {
                    "application/octet-stream": {
                        "schema": {"type": "string", "format": "binary"},
                        "example": "The loader calls hxxps://evil[.]example/gate.php",
                    }
                }
            }
        }
    },
)
def download_review_document(request: ApiRequest, review_id: RowId) -> StreamingHttpResponse:
    """The document as it came, as a file that no browser opens by itself. It may be malicious."""
    row, file = queries.open_document(request.auth, review_id)
    answer = StreamingHttpResponse(_read_pieces(file), content_type="application/octet-stream")
    answer["Content-Length"] = str(row.size)
    answer["Content-Disposition"] = f'attachment; filename="review-{row.id}.bin"'
    return answer


def _read_pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        yield from iter(lambda: file.read(_CHUNK), b"")


def _read_body(request: HttpRequest) -> Iterator[bytes]:
    if request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        raise BadInput("body: the file is empty", errors=(FieldError("body", "the file is empty"),))
    return iter(lambda: request.read(_CHUNK), b"")
