"""Plain text with indicators in it: each value becomes an observable, and a note ties them to the text.

Nothing is claimed about the values beyond that the text names them, so no indicators are made.
"""

from collections.abc import Iterator
from hashlib import sha256

from stack.core.errors import BadInput
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.stix_values import encode_object, keep_case, make_observable, make_own_id
from stack.ingest.streams import ByteStream
from stack.stix.observables.extract import extract_observables
from stack.stix.observables.kinds import Kind, Observable

_BLOCK = 4 * 1024 * 1024
_LONGEST_CONTENT = 200_000
_REFERENCES_A_NOTE = 5_000


class Parser:
    name = "text"
    title = "Text with indicators in it"
    media_types = ("text/plain", "text/markdown")
    extensions = (".txt", ".md", ".log", ".eml")
    example = b"The malware calls hxxps://evil[.]example/gate.php and 198.51.100[.]7.\n"

    @staticmethod
    def sniff(head: bytes, filename: str) -> int:
        if b"\0" in head:
            return 0
        return 30 if filename.lower().endswith(Parser.extensions) else 10

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        digest = sha256()
        content: list[str] = []
        kept = 0
        seen: dict[tuple[Kind, str], str] = {}
        for block in _read_blocks(stream):
            digest.update(block)
            text = block.decode("utf-8", "replace").replace("\0", " ")
            if kept < _LONGEST_CONTENT:
                content.append(text[: _LONGEST_CONTENT - kept])
                kept += len(content[-1])
            for found in extract_observables(text):
                key = (found.observable.kind, found.observable.value)
                obj = None if key in seen else _make_object(found.observable, found.raw, options)
                if obj is not None:
                    seen[key] = str(obj["id"])
                    yield Record(len(seen) - 1, encode_object(obj), "value {}", "created" in obj)
        if not seen:
            raise BadInput(
                "No indicators were found in this text",
                remedy="Stack looks for addresses, domains, URLs, hashes, e-mail addresses and CVE ids.",
            )
        refs = list(dict.fromkeys(seen.values()))
        for part, start in enumerate(range(0, len(refs), _REFERENCES_A_NOTE)):
            yield Record(
                len(seen) + part,
                _make_note(
                    "".join(content),
                    refs[start : start + _REFERENCES_A_NOTE],
                    digest.hexdigest(),
                    part,
                    options,
                ),
                "note {}",
                is_undated=True,
            )


def _read_blocks(stream: ByteStream) -> Iterator[bytes]:
    """Blocks that end with a line, so that no value is cut in two."""
    rest = b""
    while chunk := stream.read(_BLOCK):
        block, newline, after = (rest + chunk).rpartition(b"\n")
        if not newline and len(after) < 2 * _BLOCK:
            rest = after
            continue
        yield block + newline or after
        rest = after if newline else b""
    if rest:
        yield rest


def _make_object(observable: Observable, raw: str, options: ParseOptions) -> dict[str, object] | None:
    """An observable, or the vulnerability for a CVE id; None for what STIX has no object for."""
    if observable.kind is not Kind.CVE:
        return make_observable(keep_case(observable, raw))
    return {
        "type": "vulnerability",
        "spec_version": "2.1",
        "id": make_own_id("vulnerability", options.source, observable.value),
        "created": options.received,
        "modified": options.received,
        "name": observable.value.upper(),
        "external_references": [{"source_name": "cve", "external_id": observable.value.upper()}],
    }


def _make_note(content: str, refs: list[str], digest: str, part: int, options: ParseOptions) -> bytes:
    return encode_object(
        {
            "type": "note",
            "spec_version": "2.1",
            "id": make_own_id("note", options.source, digest, str(part)),
            "created": options.received,
            "modified": options.received,
            "abstract": options.filename,
            "content": content,
            "object_refs": refs,
        }
    )
