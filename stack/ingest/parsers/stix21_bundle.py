"""STIX 2.1 bundles, and TAXII envelopes, which differ only in what stands around `objects`."""

import re
from collections.abc import Iterator

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.sniffing import is_stix_20, starts_with
from stack.ingest.splitting import split_json
from stack.ingest.streams import ByteStream

_OBJECTS = re.compile(rb'"objects"\s*:\s*\[')
_BUNDLE = re.compile(rb'"type"\s*:\s*"bundle"')


class Parser:
    name = "stix"
    title = "STIX 2.1 bundle"
    media_types = ("application/stix+json", "application/taxii+json")
    extensions = (".json", ".stix")
    example = (
        b'{"type":"bundle","id":"bundle--3b0d5b7e-9c0c-4a6e-8f2e-6a4a5a1c7d10","objects":[{"type":"domain-name",'
        b'"spec_version":"2.1","id":"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7","value":"example.com"}]}'
    )

    @staticmethod
    def sniff(head: bytes, filename: str) -> int:
        if not starts_with(head, b"{") or not _OBJECTS.search(head):
            return 0
        return 60 if is_stix_20(head) else 95 if _BUNDLE.search(head) else 80

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return split_json(stream, options.limits)
