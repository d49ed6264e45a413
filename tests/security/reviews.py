"""A review in a house of the world: read, with one accepted find, without a process for it."""

from stack.accounts.models import User
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.ingest.review.models import Find, Review, ReviewPart
from stack.ingest.review.operations import add_document
from stack.ingest.review.records import Becomes, Decision, ReviewState

_TEXT = "The host evil[.]example answers."


def furnish_review(writer: Principal, number: int) -> dict[str, int | str]:
    """The ids by which REST knows it; `number` is that of its only part, and its find is 1000 and so many."""
    review_id = make_review(writer, f"{_TEXT} {number}")
    ReviewPart.objects.create(review_id=review_id, number=number, title="text", text=_TEXT)
    Find.objects.create(
        pk=1000 + number,
        review_id=review_id,
        kind="domain",
        value="evil.example",
        raw="evil.example",
        part=number,
        start=9,
        end=23,
        mentions=[[number, 9, 23]],
        becomes=Becomes.INDICATOR,
        decision=Decision.ACCEPTED,
    )
    return {"review_id": review_id, "number": number}


def make_review(writer: Principal, text: str) -> int:
    row = add_document(writer, chunks=[text.encode()], filename="report.txt", title="A report")
    Review.objects.filter(pk=row.id).update(state=ReviewState.OPEN)
    return row.id


def own_committed_review(person: User) -> int:
    review_id = make_review(principal_of_user(person), "committed")
    Review.objects.filter(pk=review_id).update(state=ReviewState.COMMITTED)
    return review_id
