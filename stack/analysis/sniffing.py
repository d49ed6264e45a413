"""Whether a file is a mail with its headers, or just a file."""

from stack.analysis.subjects import FILE, MESSAGE
from stack.ingest.documents.sniffing import HEAD_BYTES, DocumentFormat, sniff_document
from stack.store.artifacts.queries import open_artifact


def find_file_kind(artifact: str, filename: str) -> str:
    """`message` or `file`, by how the file begins."""
    with open_artifact(artifact) as file:
        found = sniff_document(file.read(HEAD_BYTES), filename)
    return MESSAGE if found in (DocumentFormat.MAIL, DocumentFormat.OUTLOOK) else FILE
