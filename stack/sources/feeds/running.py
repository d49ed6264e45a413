"""One visit from its job to its ingests, and what becomes of it: the frame's side of a feed."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event
from typing import BinaryIO

from stack.accounts.principal import Principal
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, StackError
from stack.core.http.client import HttpLimits
from stack.ingest.operations import accept_upload
from stack.jobs.context import JobContext
from stack.jobs.leases import in_transaction
from stack.jobs.models import Job, JobState
from stack.jobs.records import UNFINISHED, JobRow
from stack.sources.feeds.base import HAS_MORE, Piece
from stack.sources.feeds.catalogue import get_vendor, name_format
from stack.sources.feeds.credentials import open_credentials
from stack.sources.feeds.errors import Cause, FeedFailure
from stack.sources.feeds.models import UNENDED, Feed, FeedRun, Outcome
from stack.sources.feeds.operations import begin_run, read_stored_handling
from stack.sources.feeds.visiting import FeedVisit, open_visit

_SECOND = 1_000_000
_CHUNK = 1_048_576
_BEAT_S = 5.0
_JITTER = 0.05
_LONGEST_PAUSE_S = 86_400
_MORE_S = 60
_KEPT_US = 30 * 86_400 * _SECOND
_LONGEST_WISH_S = 7 * 86_400
_AT_ONCE = 50
# Each step is shorter than a job may be silent.
_LIMITS = {"connect_s": 8.0, "read_s": 15.0, "total_s": 300.0, "most_redirects": 3}


class Heartbeat(Event):
    """An event whose waits are cut into short ones, between which the job says that it lives."""

    def __init__(self, beat: Callable[[], None]) -> None:
        super().__init__()
        self._beat = beat

    def wait(self, timeout: float | None = None) -> bool:
        left = timeout or 0.0
        while left > 0 and not self.is_set():
            self._beat()
            super().wait(min(left, _BEAT_S))
            left -= _BEAT_S
        return self.is_set()


def visit_feed(context: JobContext, run_id: int) -> None:
    """The job of one visit. What it fails at is written down before the failure is raised."""
    run = FeedRun.objects.select_related("feed").filter(pk=run_id, outcome=Outcome.FETCHING).first()
    if run is None:
        context.finish({"note": "This visit has ended already, or its feed is gone."})
        return
    try:
        received = _bring(context, run)
    except StackError as error:
        _fail_run(run, error)
        raise FeedFailure(_cause_of(error), error.detail, remedy=error.remedy) from None
    jobs = run.ingest_job_ids
    note = f"{len(jobs):,} files are being ingested." if jobs else "Nothing has changed since the last visit."
    context.finish({"source": run.feed.name, "received_bytes": received, "jobs": jobs, "note": note})
    settle_runs(feed_id=run.feed_id)


def _bring(context: JobContext, run: FeedRun) -> int:
    """Hands everything that the feed gives to ingest; returns how many bytes came."""
    feed = run.feed
    plugin = get_vendor(feed.vendor)
    limits = HttpLimits(most_bytes=plugin.most_bytes, **_LIMITS)  # type: ignore[arg-type]
    secrets = open_credentials(feed)
    try:
        plugin.check_credentials(secrets, is_whole=True)
    except BadInput as error:
        raise FeedFailure(Cause.CREDENTIALS, error.detail, remedy=error.remedy) from None
    with open_visit(plugin, choices=feed.options, credentials=secrets, limits=limits) as visit:

        def beat() -> None:
            # It could not go on where it stopped, and how long it takes is bounded.
            context.report(phase="fetching", done=visit.received_bytes, may_give_way=False)

        visit.stop, visit.on_bytes = Heartbeat(beat), beat
        visit.validators, visit.memory = feed.validators, dict(run.memory)
        beat()
        for piece in plugin.fetch(visit):
            with piece.file:
                _ingest(context.principal, run, piece)
            beat()
        _end_fetching(run, visit)
        return visit.received_bytes


def _ingest(principal: Principal, run: FeedRun, piece: Piece) -> None:
    feed, plugin = run.feed, get_vendor(run.feed.vendor)
    choices = plugin.fill_choices(feed.options)

    def note(job: JobRow) -> None:
        run.ingest_job_ids = [*run.ingest_job_ids, job.id]
        run.save(update_fields=["ingest_job_ids"])

    if piece.size:
        accept_upload(
            principal,
            chunks=_read_chunks(piece.file),
            filename=piece.filename,
            source=feed.name,
            format=name_format(plugin, piece.format),
            mapping=plugin.mapping(choices),
            handling=read_stored_handling(feed),
            choices=choices,
            along=note,
        )


def _end_fetching(run: FeedRun, visit: FeedVisit) -> None:
    run.learned, run.memory, run.received_bytes = visit.learned, visit.memory, visit.received_bytes
    run.outcome = Outcome.INGESTING
    run.save(update_fields=["learned", "memory", "received_bytes", "outcome"])


def _read_chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def settle_runs(*, feed_id: int | None = None) -> int:
    """Ends the visits whose ingests have ended, and those whose job has; returns how many."""
    runs = FeedRun.objects.filter(outcome__in=UNENDED).select_related("feed").order_by("id")
    if feed_id is not None:
        runs = runs.filter(feed_id=feed_id)
    return sum(_settle(run) for run in runs[:_AT_ONCE])


def _settle(run: FeedRun) -> bool:
    wanted = [run.job_id] if run.outcome == Outcome.FETCHING else run.ingest_job_ids
    jobs = list(Job.objects.filter(pk__in=wanted))
    if any(job.state in UNFINISHED for job in jobs):
        return False
    if run.outcome == Outcome.FETCHING:
        # It was not the visit that said so: its job was cancelled, or broke in a way that nobody foresaw.
        job = jobs[0] if jobs else None
        if job is not None and job.state == JobState.DONE:
            return False
        reason = job.error if job is not None else ""
        _fail_run(run, FeedFailure(Cause.STACK, reason or "The visit was cancelled"))
        return True
    bad = [job for job in jobs if job.state != JobState.DONE]
    _count(run, jobs)
    if bad or len(jobs) < len(run.ingest_job_ids):
        reason = bad[0].error if bad else "an ingest of the visit is gone"
        _fail_run(run, FeedFailure(Cause.FORMAT, reason or "The ingest was cancelled"))
    else:
        _complete(run)
    return True


def _count(run: FeedRun, jobs: list[Job]) -> None:
    for name in ("total", "new", "known", "updated", "rejected"):
        setattr(run, name, sum(int(job.counts.get(name, 0)) for job in jobs))


def _complete(run: FeedRun) -> None:
    """The visit succeeded: what it learned is what the next one goes on from."""
    now = now_us()
    run.outcome = Outcome.DONE if run.ingest_job_ids else Outcome.UNCHANGED
    run.ended_at = now
    with in_transaction():
        if not _end(run):
            return
        pause_s = min(run.feed.every_s, _MORE_S) if run.memory.get(HAS_MORE) else run.feed.every_s
        changes = {
            "last_success_at": now,
            "failures": 0,
            "last_error": "",
            "last_cause": "",
            "next_run_at": now + int(pause_s * _spread() * _SECOND),
        }
        Feed.objects.filter(pk=run.feed_id).update(**changes)
        # Whoever changed the feed meanwhile wants all of it as it is to be read now.
        same = Feed.objects.filter(pk=run.feed_id, revision=run.revision)
        same.update(validators=run.learned, memory=run.memory)


def _fail_run(run: FeedRun, error: StackError) -> None:
    """Written down with its remedy; the next visit waits for longer with each failure in a row."""
    cause, now = _cause_of(error), now_us()
    run.outcome, run.ended_at = Outcome.FAILED, now
    text = f"{error.detail.rstrip('.')}. {error.remedy}".strip()[:500].replace("\0", "\ufffd")
    run.error = text
    with in_transaction():
        if not _end(run):
            return
        feed = Feed.objects.select_for_update().get(pk=run.feed_id)
        feed.failures += 1
        feed.last_error, feed.last_cause = text, cause
        pause_s = min(feed.every_s * 2 ** min(feed.failures - 1, 10), max(feed.every_s, _LONGEST_PAUSE_S))
        wish_s = min(getattr(error, "retry_after", None) or 0, _LONGEST_WISH_S)
        feed.next_run_at = now + int(max(pause_s * _spread(), wish_s) * _SECOND)
        feed.save(update_fields=["failures", "last_error", "last_cause", "next_run_at"])


def _end(run: FeedRun) -> bool:
    """False where somebody else has ended it. Visits of more than a month ago are forgotten."""
    FeedRun.objects.filter(feed_id=run.feed_id, ended_at__lt=now_us() - _KEPT_US).delete()
    columns = ("outcome", "ended_at", "error", "total", "new", "known", "updated", "rejected")
    return bool(
        FeedRun.objects.filter(pk=run.pk, ended_at__isnull=True).update(
            **{name: getattr(run, name) for name in columns}
        )
    )


def start_due_feeds() -> int:
    """Begins the visits that are due, one for each feed however long Stack was away; returns how many."""
    due = (
        Feed.objects.filter(is_enabled=True, next_run_at__lte=now_us())
        .exclude(runs__ended_at__isnull=True, runs__isnull=False)
        .order_by("next_run_at")
    )
    return sum(_start(feed.pk) for feed in due[:_AT_ONCE])


def _start(feed_id: int) -> bool:
    with suppress(Conflict), in_transaction():
        feed = Feed.objects.select_for_update().filter(pk=feed_id, is_enabled=True).first()
        if feed is None or feed.next_run_at > now_us():
            return False
        feed.next_run_at = now_us() + int(feed.every_s * _spread() * _SECOND)
        feed.save(update_fields=["next_run_at"])
        begin_run(feed)
        return True
    return False


def _cause_of(error: StackError) -> Cause:
    return error.cause if isinstance(error, FeedFailure) else Cause.STACK


def _spread() -> float:
    """Feeds of many installations do not ask their vendor at the same second."""
    return random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
