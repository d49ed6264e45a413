"""Show, cancel and retry jobs, and say what went wrong in them."""

import argparse
from collections.abc import Iterator
from dataclasses import asdict

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options, read_positive
from stack.cli.backend.base import Backend
from stack.cli.backend.records import ErrorView, JobView
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Cell, Column, Output

NEEDS: dict[str, Permission | None] = {
    "list": Permission.READ,
    "show": Permission.READ,
    "cancel": Permission.INGEST,
    "retry": Permission.INGEST,
    "errors": Permission.READ,
}

_COLUMNS = [
    Column("job", numeric=True),
    Column("kind"),
    Column("queue"),
    Column("priority", numeric=True),
    Column("state"),
    Column("attempts", numeric=True),
    Column("phase"),
    Column("done", flexible=True),
    Column("created"),
    Column("user"),
    Column("note", flexible=True),
]
_ERROR_COLUMNS = [
    Column("record"),
    Column("severity"),
    Column("rule"),
    Column("path", flexible=True),
    Column("stix_id", flexible=True),
    Column("message", flexible=True),
]
_STATES = ("queued", "running", "done", "failed", "cancelled", "dead")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    listing = actions.add_parser("list", help="the jobs, newest first")
    listing.add_argument("--state", choices=_STATES, help="only jobs in this state")
    listing.add_argument("--kind", metavar="KIND", help="only jobs of this kind")
    listing.add_argument("--limit", type=read_positive, default=50, help="how many (default: 50)")
    add_output_options(listing)
    for name, text in (
        ("show", "one job"),
        ("cancel", "stop a job; what it has written stays"),
        ("retry", "go on with a failed, dead or cancelled job from where it stopped"),
        ("errors", "the faults that a job met in its records"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("job", type=read_positive, metavar="JOB", help="the number of the job")
        add_output_options(action, lines=name == "errors")


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import open_backend

    backend = open_backend()
    match arguments.action:
        case "list":
            jobs = backend.list_jobs(state=arguments.state, kind=arguments.kind, limit=arguments.limit)
            return _write_list(jobs, output)
        case "errors":
            return _write_errors(backend.iterate_errors(arguments.job), output)
        case "show":
            job = backend.get_job(arguments.job)
        case "cancel":
            job = backend.cancel_job(arguments.job)
        case _:
            return _retry(backend, arguments.job, output)
    _write_job(job, output)
    return ExitCode.OK


def _write_list(jobs: list[JobView], output: Output) -> int:
    if output.is_json:
        output.write_records(asdict(job) for job in jobs)
    else:
        output.write_table(_COLUMNS, [_make_row(job) for job in jobs])
    return ExitCode.OK if jobs else ExitCode.NOTHING_FOUND


def _make_row(job: JobView) -> list[Cell]:
    from stack.cli.progress import show_amount

    done = show_amount(job.done, job.unit)
    note = job.error or str(job.result.get("note", "")) or str(job.result.get("file", ""))
    created = job.created_at[:19] + "Z"
    of_queue: list[Cell] = [job.id, job.kind, job.queue, job.priority, job.state, job.attempts]
    return [*of_queue, job.phase, done, created, job.user, note]


def _write_job(job: JobView, output: Output) -> None:
    if output.is_json:
        output.write_json(asdict(job))
        return
    shown = asdict(job)
    counts, result, _ = shown.pop("counts"), shown.pop("result"), shown.pop("failed_attempts")
    failed = [
        (f"failed attempt {each.number}", f"{each.at[:19]}Z {each.worker}: {each.reason}")
        for each in job.failed_attempts
    ]
    output.write_pairs([*shown.items(), *failed, *(counts | result).items()])


def _write_errors(errors: Iterator[ErrorView], output: Output) -> int:
    if output.is_json:
        output.write_records(asdict(error) for error in errors)
    else:
        titles = [column.title for column in _ERROR_COLUMNS]
        output.write_table(_ERROR_COLUMNS, ([getattr(error, title) for title in titles] for error in errors))
    return ExitCode.OK


def _retry(backend: Backend, job_id: int, output: Output) -> int:
    from stack.cli.progress import Progress

    progress = Progress(output, f"job {job_id}")
    try:
        job = backend.retry_job(job_id, on_progress=progress.show)
    finally:
        progress.clear()
    _write_job(job, output)
    return ExitCode.OK if job.state == "done" else ExitCode.PARTLY_DONE
