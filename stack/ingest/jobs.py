"""The job `ingest`: reads the file that `ingest.operations` accepted."""

from io import BytesIO
from typing import Any

import msgspec

from stack.core.errors import BadInput
from stack.ingest.base import ParseOptions
from stack.ingest.formats import choose_parser
from stack.ingest.handling import expect_handling
from stack.ingest.operations import IngestArguments, Input, discard_upload, open_input
from stack.ingest.pipeline import EXAMPLES_KEPT, WARNING_KINDS, Along, Counts, Pipeline
from stack.ingest.review.receiving import hand_over_document
from stack.ingest.streams import ByteStream
from stack.jobs.base import register_job
from stack.jobs.context import JobContext, Work
from stack.jobs.queues import Queue
from stack.jobs.records import ERRORS_KEPT
from stack.store.operations import ensure_source

# The list of faults has room for this many errors beside the examples of warnings.
_ERRORS_LISTED = ERRORS_KEPT - EXAMPLES_KEPT * WARNING_KINDS


@register_job("ingest", queue=Queue.INGEST)
def run_ingest(context: JobContext) -> None:
    arguments = msgspec.convert(context.arguments, IngestArguments)
    try:
        result = hand_over_document(context, arguments) or take_in(context, arguments)
    except BadInput:
        # Nothing of it can be read, now or at a retry: an upload is not kept for that.
        discard_upload(arguments)
        raise
    context.finish(result)
    discard_upload(arguments)


def take_in(
    context: Work,
    arguments: IngestArguments,
    *,
    at_once: bytes | None = None,
    along: Along | None = None,
) -> dict[str, Any]:
    """Takes the input in, from the job's checkpoint on, and says what became of it; the caller ends the job.

    `at_once` is the input itself, where a request waits for it. `along` is told of each batch, in its
    transaction. Raises `BadInput` when nothing can be read.
    """
    handling = expect_handling(context.principal, arguments.handling)
    source = ensure_source(context.principal, name=arguments.source)
    found = open_input(arguments) if at_once is None else Input(BytesIO(at_once), len(at_once), "")
    with found.file, ByteStream(found.file) as stream:
        parser = choose_parser(stream, filename=arguments.file, forced=arguments.format)
        pipeline = Pipeline(
            context,
            source_id=source.id,
            handling=handling,
            stream=stream,
            size=found.size,
            stamp=f"{parser.name} {found.size} {found.version}",
            is_replica=arguments.is_replica,
            is_waited_for=at_once is not None,
            along=along,
        )
        options = ParseOptions(
            source=arguments.source,
            filename=arguments.file,
            received=arguments.received,
            mapping=arguments.mapping,
            choices=arguments.choices,
        )
        counts = pipeline.run(parser.parse(stream, options))
    return describe_result(arguments, counts, format_name=parser.name, seconds=pipeline.seconds)


def describe_result(
    arguments: IngestArguments, counts: Counts, *, format_name: str, seconds: float
) -> dict[str, Any]:
    """What the job says in the end."""
    result: dict[str, Any] = msgspec.to_builtins(counts)
    return result | {
        "file": arguments.file,
        "source": arguments.source,
        "format": format_name,
        "seconds": round(seconds, 3),
        "note": " ".join(write_notes(counts, format_name)),
    }


def write_notes(counts: Counts, format_name: str) -> list[str]:
    """What is worth saying about the result in words."""
    notes = []
    if not counts.total:
        notes.append("The file holds no objects.")
    elif counts.known == counts.total:
        notes.append(f"Nothing changed: all {counts.total:,} objects were already known.")
    if format_name == "stix-2.0":
        notes.append("The objects were upgraded from STIX 2.0 to 2.1.")
    if counts.errors > _ERRORS_LISTED:
        notes.append(f"Of the {counts.errors:,} errors the first {_ERRORS_LISTED:,} or more are listed.")
    if counts.warnings:
        notes.append(f"{counts.warnings:,} warnings, of each kind up to {EXAMPLES_KEPT} examples are listed.")
    return notes
