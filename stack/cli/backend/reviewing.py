"""Reviews for the command line: of this data folder, or of a server through its REST API (docs/api.md)."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from stack.cli.backend.choice import is_remote, read_token, start_local
from stack.cli.backend.records import UploadFile
from stack.core.errors import NotFound

if TYPE_CHECKING:
    from stack.ingest.review.records import FindRow, ReviewRow

Document = dict[str, Any]
_PAGE = 500
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """A document to review: the file with its source and handling, and what is known about it."""

    file: UploadFile
    title: str = ""
    url: str = ""
    commits: bool = False


class ReviewBackend(Protocol):
    """What `stack review` asks. A review that changes is named with the revision that was seen."""

    def add_review(self, document: DocumentFile) -> Document:
        """Adds the document and waits until it is read."""

    def list_reviews(self, state: str | None) -> Iterator[Document]: ...
    def get_review(self, review_id: int) -> Document: ...
    def iterate_finds(self, review_id: int, decision: str | None) -> Iterator[Document]: ...
    def decide(self, review_id: int, revision: int, find_ids: Sequence[int], decision: str) -> Document: ...
    def decide_sure(self, review_id: int, revision: int, at_least: int, decision: str) -> Document: ...
    def commit(self, review_id: int, revision: int) -> Document: ...
    def act(self, review_id: int, revision: int, action: str) -> Document:
        """`reopen` or `discard`."""


def open_reviews() -> ReviewBackend:
    if is_remote():
        return RemoteReviews(os.environ["STACK_URL"].strip(), read_token())
    start_local()
    return LocalReviews()


class RemoteReviews:
    """What the principal of the token may see and do there."""

    def __init__(self, address: str, token: str) -> None:
        from stack.cli.backend.http import Client

        self._client = Client(address, token)

    def add_review(self, document: DocumentFile) -> Document:
        from stack.cli.backend.http import Upload
        from stack.cli.backend.remote import open_input

        file = document.file
        query = {
            "filename": file.name,
            "source": file.source,
            "title": document.title or None,
            "url": document.url or None,
            "commit": "true" if document.commits else None,
            "tlp": file.handling.tlp,
            "markings": file.handling.markings,
            "share_with": file.handling.share_with,
            "embargo_until": file.handling.embargo_until,
        }
        with open_input(file) as (stream, size):
            row = dict(self._client.upload("/reviews", Upload(stream, size, lambda sent: None), query))
        self._wait_for(row["job_id"])
        return self.get_review(row["id"])

    def list_reviews(self, state: str | None) -> Iterator[Document]:
        return self._iterate("/reviews", {"state": state})

    def get_review(self, review_id: int) -> Document:
        return dict(self._client.get(f"/reviews/{review_id}"))

    def iterate_finds(self, review_id: int, decision: str | None) -> Iterator[Document]:
        return self._iterate(f"/reviews/{review_id}/finds", {"decision": decision})

    def decide(self, review_id: int, revision: int, find_ids: Sequence[int], decision: str) -> Document:
        decisions = [{"find_ids": list(find_ids), "decision": decision}]
        return self._post(review_id, "decisions", {"revision": revision, "decisions": decisions})

    def decide_sure(self, review_id: int, revision: int, at_least: int, decision: str) -> Document:
        body = {"revision": revision, "decision": decision, "at_least": at_least}
        return self._post(review_id, "decisions/bulk", body)

    def commit(self, review_id: int, revision: int) -> Document:
        return self._post(review_id, "commit", {"revision": revision})

    def act(self, review_id: int, revision: int, action: str) -> Document:
        return self._post(review_id, action, {"revision": revision})

    def _wait_for(self, job_id: int | None) -> None:
        """Until the job has ended that reads the document, and where it was asked to commits it."""
        pause = _FIRST_PAUSE
        while job_id is not None and self._client.get(f"/jobs/{job_id}")["state"] in {"queued", "running"}:
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)

    def _post(self, review_id: int, what: str, body: Document) -> Document:
        return dict(self._client.post(f"/reviews/{review_id}/{what}", body))

    def _iterate(self, path: str, query: Document) -> Iterator[Document]:
        after = None
        while True:
            page = self._client.get(path, query | {"limit": _PAGE, "after": after})
            yield from page["items"]
            after = page["next"]
            if after is None:
                return


class LocalReviews:
    """The data folder of this machine, as its administrator; it reads documents in this process."""

    def __init__(self) -> None:
        from stack.accounts.queries import local_principal

        self._principal = local_principal()

    def add_review(self, document: DocumentFile) -> Document:
        from stack.cli.backend.local import read_chunks
        from stack.ingest.handling import HandlingDraft, read_handling
        from stack.ingest.review.operations import add_document
        from stack.jobs.operations import run_inline

        file = document.file
        row = add_document(
            self._principal,
            chunks=read_chunks(file.path),
            filename=file.name,
            source=file.source or "",
            title=document.title,
            url=document.url,
            commits_itself=document.commits,
            handling=read_handling(self._principal, HandlingDraft(**asdict(file.handling))),
        )
        if row.state == "reading" and row.job_id is not None:
            run_inline(row.job_id)
        return self.get_review(row.id)

    def list_reviews(self, state: str | None) -> Iterator[Document]:
        from stack.ingest.review.queries import list_reviews
        from stack.ingest.review.records import ReviewState

        after = None
        while True:
            chosen = ReviewState(state) if state else None
            page = list_reviews(self._principal, state=chosen, limit=_PAGE, after=after)
            yield from (_describe_review(row) for row in page.rows)
            after = page.next
            if after is None:
                return

    def get_review(self, review_id: int) -> Document:
        import msgspec

        from stack.cli.backend.local import format_instant
        from stack.ingest.review.queries import get_review

        detail = get_review(self._principal, review_id)
        if detail is None:
            raise NotFound(f"There is no review {review_id}", remedy="“stack review list” lists them.")
        draft = msgspec.to_builtins(detail.draft)
        names = ("description", "url", "report_types", "labels", "confidence", "subjects")
        return (
            _describe_review(detail.row)
            | {name: draft[name] for name in names}
            | {"published_at": format_instant(detail.draft.published_at)}
            | {"parts": [asdict(part) for part in detail.parts]}
        )

    def iterate_finds(self, review_id: int, decision: str | None) -> Iterator[Document]:
        from stack.ingest.review.queries import list_finds
        from stack.ingest.review.records import Decision

        after = None
        while True:
            chosen = Decision(decision) if decision else None
            page = list_finds(self._principal, review_id, decision=chosen, limit=_PAGE, after=after)
            yield from (_describe_find(row) for row in page.rows)
            after = page.next
            if after is None:
                return

    def decide(self, review_id: int, revision: int, find_ids: Sequence[int], decision: str) -> Document:
        from stack.ingest.review.operations import decide_finds
        from stack.ingest.review.records import Decision, FindDecision

        decisions = [FindDecision(find_ids=tuple(find_ids), decision=Decision(decision))]
        return _describe_review(
            decide_finds(self._principal, review_id, revision=revision, decisions=decisions)
        )

    def decide_sure(self, review_id: int, revision: int, at_least: int, decision: str) -> Document:
        from stack.ingest.review.operations import decide_set
        from stack.ingest.review.records import Decision

        chosen = Decision(decision)
        return _describe_review(
            decide_set(self._principal, review_id, revision=revision, decision=chosen, at_least=at_least)
        )

    def commit(self, review_id: int, revision: int) -> Document:
        from stack.ingest.review.committing import commit_review

        done = commit_review(self._principal, review_id, revision=revision)
        return {"report_id": done.report_id, "counts": done.counts, "review": _describe_review(done.row)}

    def act(self, review_id: int, revision: int, action: str) -> Document:
        from stack.ingest.review.operations import discard_review, reopen_review

        make = {"reopen": reopen_review, "discard": discard_review}[action]
        return _describe_review(make(self._principal, review_id, revision=revision))


def _describe_review(row: "ReviewRow") -> Document:
    from stack.cli.backend.local import format_instant

    return asdict(row) | {
        "state": row.state.value,
        "tlp": row.tlp or None,
        "notes": list(row.notes),
        "created_at": format_instant(row.created_at),
        "changed_at": format_instant(row.changed_at),
        "committed_at": format_instant(row.committed_at),
    }


def _describe_find(row: "FindRow") -> Document:
    from stack.cli.backend.local import format_instant, view_object

    return {name: value for name, value in asdict(row).items() if name not in {"known", "known_good"}} | {
        "is_set_aside": row.is_set_aside,
        "decided_at": format_instant(row.decided_at),
        "valid_until": format_instant(row.valid_until),
        "known_good": [
            {
                "list_name": each.list_name,
                "title": each.title,
                "category": str(each.category),
                "matched": each.matched,
            }
            for each in row.known_good
        ],
        "known": [asdict(view_object(each)) for each in row.known],
    }
