"""Documents that somebody gave to ingest: they go to the review desk, and the job's result says so."""

from collections.abc import Iterator
from typing import Any

from stack.accounts.principal import Permission
from stack.core.errors import BadInput
from stack.ingest.documents.sniffing import HEAD_BYTES, TITLES, DocumentFormat, sniff_document
from stack.ingest.operations import IngestArguments, open_input
from stack.ingest.review.operations import add_document
from stack.ingest.streams import ByteStream
from stack.jobs.context import JobContext

_CHUNK = 1024 * 1024
# A page is mostly one of a sign-in or an error that was saved instead of a file: `ingest.formats` says so.
_TAKEN = frozenset(DocumentFormat) - {DocumentFormat.HTML, DocumentFormat.TEXT}


def hand_over_document(context: JobContext, arguments: IngestArguments) -> dict[str, Any] | None:
    """The result of the job where its input is a document; None where it is something to ingest.

    A format that somebody named is what they want. BadInput for whom a review would not be shown.
    """
    if arguments.format is not None:
        return None
    found = open_input(arguments)
    with found.file, ByteStream(found.file) as stream:
        document = sniff_document(stream.head(HEAD_BYTES), arguments.file)
        if document not in _TAKEN or document is None:
            return None
        title = TITLES[document]
        if Permission.READ not in context.principal.permissions:
            raise BadInput(
                f"This is a {title}, which is reviewed before anything of it is stated",
                remedy="Send it with a key that may read, or have somebody add it to the review desk.",
            )
        row = add_document(
            context.principal,
            chunks=_read(stream),
            filename=arguments.file,
            source=arguments.source if arguments.source != arguments.file else "",
            handling=arguments.handling,
        )
    note = f"This is a {title}: it is on the review desk, where its finds are decided on (/review/{row.id})."
    return {
        "file": arguments.file,
        "source": arguments.source,
        "format": document.value,
        "review": row.id,
        "note": note,
    }


def _read(stream: ByteStream) -> Iterator[bytes]:
    return iter(lambda: stream.read(_CHUNK), b"")
