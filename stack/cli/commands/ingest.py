"""Take in files: STIX bundles, JSON lines, CSV, text with indicators in it.

gzip and zstd are unpacked. "-" reads standard input. A second time adds nothing and says so.
"""

import argparse
from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options, read_text
from stack.cli.backend.base import Backend
from stack.cli.backend.records import ErrorView, JobView, UploadFile
from stack.cli.exit_codes import ExitCode
from stack.cli.handling import add_handling_options, read_handling_options
from stack.cli.output import Column, Output
from stack.core.errors import BadInput

NEEDS: dict[str, Permission | None] = {"": Permission.INGEST}

_COUNTS = ("total", "new", "known", "updated", "conflicting", "rejected")
_ERRORS_SHOWN = 3
_COLUMNS = [
    Column("file", flexible=True),
    Column("format"),
    *(Column(name, numeric=True) for name in (*_COUNTS, "seconds", "job")),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help='files to take in; "-" is standard input')
    parser.add_argument(
        "--source", type=read_text, metavar="NAME", help="who says it (default: the name of the file)"
    )
    parser.add_argument("--format", metavar="NAME", help="the format, when it is not to be recognised")
    parser.add_argument("--mapping", metavar="JSON", help='CSV: which column is what, e.g. {"value": "ioc"}')
    add_handling_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import open_backend

    files = [_describe_file(name, arguments) for name in arguments.files]
    backend = open_backend()
    records = []
    for file in files:
        try:
            record = _ingest(backend, file, output)
        except BadInput as error:
            # One file that cannot be used does not keep the others out.
            output.explain(error)
            record = _make_record(file.name, None) | {"error": error.detail}
        records.append(record)
        if output.is_json:
            # One object a file, a line each, with --json as with --jsonl (docs/cli.md).
            output.write_json_line(record)
    if not output.is_json:
        output.write_table(_COLUMNS, [[record[column.title] for column in _COLUMNS] for record in records])
    return judge(records)


def judge(records: list[dict[str, Any]]) -> int:
    """0 when all went in, 3 when a part did, 2 when nothing could be used."""
    if not any("error" in record or record["rejected"] for record in records):
        return ExitCode.OK
    useful = [record for record in records if record["total"] > record["rejected"] or _is_empty(record)]
    return ExitCode.PARTLY_DONE if useful else ExitCode.USAGE


def _is_empty(record: dict[str, Any]) -> bool:
    return "error" not in record and not record["total"]


def _describe_file(name: str, arguments: argparse.Namespace) -> UploadFile:
    path = None if name == "-" else name
    return UploadFile(
        path=path,
        name="stdin" if path is None else read_text(name.rpartition("/")[2]),
        source=arguments.source,
        format=arguments.format,
        mapping=arguments.mapping,
        handling=read_handling_options(arguments),
    )


def _ingest(backend: Backend, file: UploadFile, output: Output) -> dict[str, Any]:
    from stack.cli.progress import Progress

    _check_readable(file)
    progress = Progress(output, file.name)
    try:
        job = backend.ingest(file, on_progress=progress.show)
    finally:
        progress.clear()
    record = _make_record(file.name, job)
    if job.state != "done":
        record["error"] = job.error or f"the job ended as {job.state}"
        output.warn(f"stack: {file.name}: {record['error']}")
    elif note := job.result.get("note"):
        output.note(f"{file.name}: {note}")
    if record["rejected"]:
        output.warn(f"{file.name}: {record['rejected']:,} rejected; “stack job errors {job.id}” says why")
        for fault in _find_errors(backend, job.id):
            parts = (f"  {fault.record}:", fault.stix_id, fault.path, fault.message)
            output.warn(" ".join(part for part in parts if part))
    return record


def _find_errors(backend: Backend, job_id: int) -> Iterator[ErrorView]:
    """The first error of each of the first records that have one."""
    errors = (fault for fault in backend.iterate_errors(job_id) if fault.severity == "error")
    return islice(
        (next(faults) for _, faults in groupby(errors, lambda fault: fault.position)), _ERRORS_SHOWN
    )


def _check_readable(file: UploadFile) -> None:
    """Say at once what is wrong with a path, before a job exists."""
    if file.path is None:
        return
    try:
        with open(file.path, "rb"):  # noqa: PTH123 - pathlib would cost the start-up time
            return
    except OSError as error:
        raise BadInput(
            f"{file.path}: {error.strerror}", remedy="Check the path and its permissions."
        ) from None


def _make_record(name: str, job: JobView | None) -> dict[str, Any]:
    """The documented fields, in their order."""
    counts = job.counts if job else {}
    result = job.result if job else {}
    return {
        "file": name,
        "format": result.get("format", ""),
        **{count: counts.get(count, 0) for count in _COUNTS},
        "seconds": round(result.get("seconds", 0.0), 3),
        "job": job.id if job else None,
    }
