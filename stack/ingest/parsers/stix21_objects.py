"""STIX 2.1 objects without a bundle around them: one, an array of them, or one after the other."""

from collections.abc import Iterator

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.sniffing import starts_with
from stack.ingest.splitting import split_json
from stack.ingest.streams import ByteStream


class Parser:
    name = "stix-objects"
    title = "STIX 2.1 objects without a bundle"
    media_types = ("application/json",)
    extensions = (".json",)
    example = (
        b'[{"type":"domain-name","spec_version":"2.1",'
        b'"id":"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7","value":"example.com"}]'
    )

    @staticmethod
    def sniff(head: bytes, filename: str) -> int:
        return 50 if starts_with(head, b"{", b"[") else 0

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return split_json(stream, options.limits)
