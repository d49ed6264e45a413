"""Takes posts: a small one within its request, a large one as a job, through the same ingest.

Either way a 202 says that nothing can be lost. Who gets none, because the process was killed, posts again,
which changes nothing twice.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.db import OperationalError

from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act, recording_last
from stack.core.clock import now_us
from stack.ingest.base import RecordFault
from stack.ingest.jobs import describe_result, take_in
from stack.ingest.operations import IngestArguments
from stack.ingest.pipeline import Counts, Taken
from stack.jobs.direct import DirectWork
from stack.jobs.operations import enqueue
from stack.sharing.collections.operations import handling_of_posts
from stack.sharing.collections.picking import pick_batch
from stack.sharing.collections.records import CollectionRow
from stack.sharing.taxii.models import Refusal, Submission
from stack.sharing.taxii.operations import pack_entries
from stack.sharing.taxii.posts import Posted
from stack.stix.timestamps import format_instant
from stack.store.artifacts.operations import assign_artifact, keep_artifact
from stack.store.marking import check_handling

JOB_KIND = "taxii-post"

SMALL_OBJECTS = 100
SMALL_BYTES = 1_048_576
"""Of a post that is taken in within its request. With more, the ingest costs more than a job does."""

_LONGEST_MESSAGE = 1_000
_log = logging.getLogger(__name__)


class PostArguments(msgspec.Struct, frozen=True, kw_only=True):
    """Arguments of the job of a post: the submission's uid, and the ingest of its body."""

    submission: str
    ingest: IngestArguments


@dataclass(frozen=True, slots=True)
class _Post:
    """A post that may be taken: by whom, into which collection, and what is in it."""

    principal: Principal
    row: CollectionRow
    uid: UUID
    requested_at: int
    content: bytes
    posted: Sequence[Posted]
    ingest: IngestArguments

    @property
    def is_small(self) -> bool:
        return len(self.posted) <= SMALL_OBJECTS and len(self.content) <= SMALL_BYTES

    def name_job(self, ingest: IngestArguments) -> dict[str, Any]:
        """The arguments of its job."""
        found: dict[str, Any] = msgspec.to_builtins(PostArguments(submission=str(self.uid), ingest=ingest))
        return found

    def write_down(self, job_id: int, *, finished_at: int | None) -> Submission:
        """The submission, and that it was made."""
        made = Submission.objects.create(
            uid=self.uid,
            root=self.row.root,
            collection_id=self.row.id,
            organisation_id=self.principal.organisation_id,
            job_id=job_id,
            requested_at=self.requested_at,
            finished_at=finished_at,
            total=len(self.posted),
            entries=pack_entries(self.posted),
        )
        record_act(
            Act(
                name="taxii.post",
                actor=self.principal,
                object_kind="collection",
                object_id=self.row.uid,
                after={"post": str(self.uid), "objects": len(self.posted), "job": job_id},
            )
        )
        return made


def accept_post(
    principal: Principal, row: CollectionRow, *, content: bytes, posted: Sequence[Posted]
) -> tuple[Submission, Mapping[int, str]]:
    """Takes a small post in, and keeps a large one durably and queues it; with what is known of refusals.

    `posted` are the objects of the body. They are stated by a source of the principal's organisation, and are
    seen by those who may read the collection.
    """
    principal.require(Permission.INGEST)
    handling = handling_of_posts(principal, row.id)
    check_handling(principal, handling)
    uid, now = uuid4(), now_us()
    ingest = IngestArguments(
        file=f"TAXII post {uid}",
        source=f"taxii {row.title}"[:200],
        received=format_instant(now // 1000 * 1000),
        format="stix",
        handling=handling,
    )
    post = _Post(principal, row, uid, now, content, posted, ingest)
    if post.is_small:
        try:
            return _take_in_now(post)
        except OperationalError as error:
            _log.info("a small post is queued, since the database is busy: %s", error)
    return _queue(post)


def _take_in_now(post: _Post) -> tuple[Submission, Mapping[int, str]]:
    """All of it in one transaction: objects, collection, status, act and a job that is done."""
    work = DirectWork(post.principal)
    made: list[tuple[Submission, Mapping[int, str]]] = []

    def write_down(taken: Taken) -> None:
        counts = msgspec.convert(work.counts, Counts)
        result = describe_result(post.ingest, counts, format_name="stix", seconds=work.seconds)
        with recording_last():
            job_id = work.write_down(kind=JOB_KIND, arguments=post.name_job(post.ingest), result=result)
            row = post.write_down(job_id, finished_at=now_us())
            keep_batch(post.principal, row, post.posted, taken)
            made.append((row, explain_refusals(taken.faults)))

    take_in(work, post.ingest, at_once=post.content, along=write_down)
    [found] = made
    return found


def _queue(post: _Post) -> tuple[Submission, Mapping[int, str]]:
    kept = keep_artifact(
        [post.content], limit_bytes=len(post.content), organisation_id=post.principal.organisation_id
    )
    arguments = post.name_job(msgspec.structs.replace(post.ingest, artifact=kept.name))
    with writing():
        job = enqueue(post.principal, kind=JOB_KIND, arguments=arguments, unit="bytes")
        assign_artifact(kept.name, job_id=job.id)
        return post.write_down(job.id, finished_at=None), {}


def keep_batch(principal: Principal, row: Submission, posted: Sequence[Posted], taken: Taken) -> None:
    """Puts what was taken in into the collection and keeps why the rest was not, in the batch's transaction.

    `posted` are the objects of the whole post, by their places.
    """
    _note_refusals(row, taken.faults)
    pick_batch(principal, row.collection_id, [posted[place].stix_id for place in taken.positions])


def _note_refusals(row: Submission, faults: Sequence[RecordFault]) -> None:
    refused = explain_refusals(faults)
    if refused:
        Refusal.objects.bulk_create(
            [
                Refusal(submission_id=row.pk, position=position, message=message)
                for position, message in refused.items()
            ],
            ignore_conflicts=True,
        )


def explain_refusals(faults: Sequence[RecordFault]) -> Mapping[int, str]:
    """By the place of an object, all that is wrong with it."""
    messages: dict[int, list[str]] = {}
    for fault in faults:
        where = f"{fault.path}: " if fault.path else ""
        messages.setdefault(fault.position, []).append(f"{where}{fault.message}")
    return {
        place: "; ".join(said)[:_LONGEST_MESSAGE].replace("\0", "\ufffd") for place, said in messages.items()
    }
