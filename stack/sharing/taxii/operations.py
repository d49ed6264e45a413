"""What requests of the TAXII server leave behind: jobs for posts, and acts for what was handed out."""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from uuid import uuid4

import msgspec
from django.conf import settings

from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.audit.operations import record_export
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.ingest.base import RecordFault
from stack.ingest.operations import IngestArguments
from stack.jobs.operations import enqueue
from stack.sharing.collections.operations import handling_of_posts
from stack.sharing.collections.records import CollectionRow
from stack.sharing.taxii.models import Refusal, Submission
from stack.sharing.taxii.posts import Posted
from stack.stix.timestamps import format_instant
from stack.store.artifacts.operations import assign_artifact, keep_artifact
from stack.store.marking import check_handling

JOB_KIND = "taxii-post"

_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
_MOST_READERS = 10_000
_LONGEST_MESSAGE = 1_000

_noted: OrderedDict[tuple[int | None, int | None, str], int] = OrderedDict()
_lock = threading.Lock()


class PostArguments(msgspec.Struct, frozen=True, kw_only=True):
    """Arguments of the job of a post: the submission's uid, and the ingest of its body."""

    submission: str
    ingest: IngestArguments


def accept_post(
    principal: Principal, row: CollectionRow, *, content: bytes, posted: Sequence[Posted]
) -> Submission:
    """Keeps the body durably and queues what is to be done with it; nothing that is acknowledged can be lost.

    `posted` are the objects of the body. They are stated by a source of the principal's organisation, and are
    seen by those who may read the collection.
    """
    principal.require(Permission.INGEST)
    handling = handling_of_posts(principal, row.id)
    check_handling(principal, handling)
    kept = keep_artifact([content], limit_bytes=len(content), organisation_id=principal.organisation_id)
    uid, now = uuid4(), now_us()
    arguments = PostArguments(
        submission=str(uid),
        ingest=IngestArguments(
            file=f"TAXII post {uid}",
            source=f"taxii {row.title}"[:200],
            received=format_instant(now // 1000 * 1000),
            artifact=kept.name,
            format="stix",
            handling=handling,
        ),
    )
    with writing():
        job = enqueue(principal, kind=JOB_KIND, arguments=msgspec.to_builtins(arguments), unit="bytes")
        assign_artifact(kept.name, job_id=job.id)
        made = Submission.objects.create(
            uid=uid,
            root=row.root,
            collection_id=row.id,
            organisation_id=principal.organisation_id,
            job_id=job.id,
            requested_at=now,
            total=len(posted),
            entries=pack_entries(posted),
        )
        record_act(
            Act(
                name="taxii.post",
                actor=principal,
                object_kind="collection",
                object_id=row.uid,
                after={"post": str(uid), "objects": len(posted), "job": job.id},
            )
        )
    return made


def note_refusals(submission_uid: str, faults: Sequence[RecordFault]) -> None:
    """Keeps why objects were refused, in the transaction of their batch."""
    messages: dict[int, list[str]] = {}
    for fault in faults:
        where = f"{fault.path}: " if fault.path else ""
        messages.setdefault(fault.position, []).append(f"{where}{fault.message}")
    Refusal.objects.bulk_create(
        [
            Refusal(
                submission_id=submission_uid,
                position=position,
                message="; ".join(said)[:_LONGEST_MESSAGE].replace("\0", "\ufffd"),
            )
            for position, said in messages.items()
        ],
        ignore_conflicts=True,
    )


def finish_submission(submission_uid: str) -> None:
    """Says that all that could be taken in is in the collection."""
    Submission.objects.filter(pk=submission_uid, finished_at=None).update(finished_at=now_us())


def sweep_submissions() -> int:
    """Forgets what became of posts that are older than the settings say; how many they were."""
    before = now_us() - settings.TAXII.status_days * _DAY_US
    with writing():
        removed, _ = Submission.objects.filter(requested_at__lt=before).delete()
    return removed


def note_reading(principal: Principal, row: CollectionRow, *, is_empty: bool) -> None:
    """Records `export.read` when objects of a collection are handed out, before the first byte leaves.

    Once an hour for each key (or person) and collection: who pages through it, or asks every minute, would
    fill the log with what it has said already.
    """
    if is_empty:
        return
    who, now = (principal.user_id, principal.key_id, row.uid), now_us()
    with _lock:
        noted = _noted.get(who, 0)
    if now - noted < _HOUR_US:
        return
    with writing():
        record_export(principal, "taxii", asked={"collection": row.uid, "root": row.root})
    with _lock:
        _noted[who] = now
        _noted.move_to_end(who)
        while len(_noted) > _MOST_READERS:
            _noted.popitem(last=False)


def pack_entries(posted: Sequence[Posted]) -> bytes:
    return zlib.compress(msgspec.json.encode([(each.stix_id, each.version) for each in posted]), 1)


def unpack_entries(packed: bytes | memoryview) -> list[Posted]:
    pairs = msgspec.json.decode(zlib.decompress(packed), type=list[tuple[str, str]])
    return [Posted(stix_id, version) for stix_id, version in pairs]
