"""The job `taxii-post`: takes a post in as any other input, then puts its objects into the collection."""

import threading
from collections.abc import Sequence

import msgspec
from django.db import close_old_connections

from stack.core.errors import BadInput
from stack.ingest.jobs import take_in
from stack.ingest.operations import discard_upload
from stack.ingest.pipeline import Taken
from stack.jobs.base import register_job, register_loop
from stack.jobs.context import JobContext
from stack.jobs.leases import in_transaction
from stack.jobs.queues import Queue
from stack.sharing.collections.picking import pick_objects
from stack.sharing.taxii.accepting import JOB_KIND, PostArguments, keep_batch
from stack.sharing.taxii.models import Refusal, Submission
from stack.sharing.taxii.operations import finish_submission, sweep_submissions, unpack_entries
from stack.sharing.taxii.posts import Posted

_AT_ONCE = 1_000
_SWEEP_EVERY_S = 3_600.0


@register_job(JOB_KIND, queue=Queue.INGEST)
def run_post(context: JobContext) -> None:
    """Idempotent: the ingest goes on from its checkpoint, and objects are put in as often as it takes."""
    arguments = msgspec.convert(context.arguments, PostArguments)
    submission = Submission.objects.filter(pk=arguments.submission).first()
    # Swept meanwhile: nobody is told of it any more, and its objects go into the store.
    posted = [] if submission is None else unpack_entries(submission.entries)

    def keep(taken: Taken) -> None:
        if submission is not None:
            keep_batch(context.principal, submission, posted, taken)

    is_resumed = bool(context.checkpoint)
    try:
        result = take_in(context, arguments.ingest, along=keep)
    except BadInput:
        discard_upload(arguments.ingest)
        raise
    if is_resumed and submission is not None:
        _put_in(context, submission, posted)
    with in_transaction():
        finish_submission(arguments.submission)
        context.finish(result)
    discard_upload(arguments.ingest)


def _put_in(context: JobContext, submission: Submission, posted: Sequence[Posted]) -> None:
    """Once more all: an earlier release of Stack, which may have begun this, put objects in at the end."""
    refused = set(Refusal.objects.filter(submission=submission).values_list("position", flat=True))
    ids = [each.stix_id for position, each in enumerate(posted) if position not in refused]
    for start in range(0, len(ids), _AT_ONCE):
        context.report(phase="collecting")
        pick_objects(context.principal, submission.collection_id, ids[start : start + _AT_ONCE])


@register_loop("taxii posts")
def sweep_posts(stop: threading.Event) -> None:
    while not stop.is_set():
        sweep_submissions()
        close_old_connections()
        stop.wait(_SWEEP_EVERY_S)
