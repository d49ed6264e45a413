"""Jobs in the words and tones of the pages."""

from typing import Any

from stack.jobs.models import JobState
from stack.jobs.records import JobRow
from stack.web.formats import count_things, describe_duration, describe_size

_SECOND = 1_000_000
_STATES = {
    JobState.QUEUED: ("Waiting", "", "clock"),
    JobState.RUNNING: ("Running", "accent", "refresh-cw"),
    JobState.DONE: ("Done", "good", "circle-check"),
    JobState.FAILED: ("Failed", "bad", "octagon-x"),
    JobState.CANCELLED: ("Cancelled", "warn", "ban"),
    JobState.DEAD: ("Gave up", "bad", "octagon-x"),
}
_COUNTS = ("new", "known", "updated", "conflicting", "rejected")
_COUNT_TONES = {"conflicting": "warn", "rejected": "bad"}
_KINDS = {
    "ingest": "Ingest",
    "remove-source": "Remove a source",
    "sync-peer": "Sync with a peer",
    "analysis": "Analysis",
}


def show_job(job: JobRow) -> dict[str, Any]:
    """What the list, the ingest page and the job's own page show of a job."""
    name, tone, icon = _STATES[job.state]
    if job.state == JobState.RUNNING and job.cancel_requested:
        name = "Stopping"
    return {
        "job": job,
        "url": f"/jobs/{job.id}",
        "title": _name_job(job),
        "kind": _KINDS.get(job.kind, job.kind),
        "state": name,
        "tone": tone,
        "icon": icon,
        "counts": [(key, job.counts[key], _COUNT_TONES.get(key, "")) for key in _COUNTS if key in job.counts],
        "rejected": job.counts.get("rejected", 0),
        "amount": _describe_amount(job),
        "pace": _describe_pace(job),
        "seconds": _describe_length(job),
        "is_stoppable": not job.is_finished and not job.cancel_requested,
        "is_retryable": job.state in {JobState.FAILED, JobState.DEAD, JobState.CANCELLED},
    }


def _name_job(job: JobRow) -> str:
    for place in (job.result.get("file"), job.arguments.get("file"), job.arguments.get("name")):
        if place:
            return str(place).rsplit("/", 1)[-1]
    return f"{_KINDS.get(job.kind, job.kind)} {job.id}"


def _describe_amount(job: JobRow) -> str:
    """How much is done, of how much where that is known: `15,200 of 24,771 objects`."""
    if job.unit == "bytes":
        done = describe_size(job.done)
        return done if job.total is None else f"{done} of {describe_size(job.total)}"
    if job.total is None:
        return count_things(job.done, job.unit.removesuffix("s"), job.unit) if job.done else ""
    return f"{job.done:,} of {count_things(job.total, job.unit.removesuffix('s'), job.unit)}"


def _describe_pace(job: JobRow) -> str:
    """How fast, and while it runs for how much longer."""
    if not job.rate:
        return ""
    amount = describe_size(int(job.rate)) if job.unit == "bytes" else f"{job.rate:,.0f} {job.unit}"
    rest = f" · about {describe_duration(job.eta)} left" if job.eta is not None else ""
    return f"{amount} a second{rest}"


def _describe_length(job: JobRow) -> str:
    if job.started_at is None or job.finished_at is None:
        return ""
    return describe_duration((job.finished_at - job.started_at) / _SECOND)
