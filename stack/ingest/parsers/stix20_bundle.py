"""STIX 2.0 bundles: each object is upgraded to 2.1, and the observables inside observed-data become objects.

What goes into the store is the upgraded text; the result of the job says so.
"""

from collections.abc import Iterator

import orjson

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.sniffing import is_stix_20, starts_with
from stack.ingest.splitting import split_json
from stack.ingest.streams import ByteStream
from stack.stix.upgrade import upgrade_object


class Parser:
    name = "stix-2.0"
    title = "STIX 2.0 bundle, upgraded to 2.1"
    media_types = ("application/vnd.oasis.stix+json",)
    extensions = (".json",)
    example = (
        b'{"type":"bundle","id":"bundle--7d1f3a2c-6a27-4a8e-9b1e-0d9d6f1b2c3d","spec_version":"2.0","objects":['
        b'{"type":"campaign","id":"campaign--83422c77-904c-4dc1-aff5-5c38f3a2c55c",'
        b'"created":"2016-04-06T20:03:00.000Z","modified":"2016-04-06T20:03:00.000Z","name":"Example"}]}'
    )

    @staticmethod
    def sniff(head: bytes, filename: str) -> int:
        return 94 if starts_with(head, b"{", b"[") and b'"objects"' in head and is_stix_20(head) else 0

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        position = 0
        for item in split_json(stream, options.limits):
            found = item if isinstance(item, RecordFault) else _upgrade(item)
            if isinstance(found, RecordFault):
                yield RecordFault(position, found.rule, found.message, item.label, found.severity)
                position += found.severity == "error"
                continue
            for text in found:
                yield Record(position, text, item.label)
                position += 1


def _upgrade(record: Record) -> list[bytes] | RecordFault:
    """The texts of the upgraded object and of the observables that were in it."""
    try:
        obj = orjson.loads(record.text)
        return [orjson.dumps(upgraded) for upgraded in upgrade_object(obj)]
    except RecursionError:
        return RecordFault(record.position, "depth", "it is nested too deep")
    except ValueError as error:
        return RecordFault(record.position, "json", f"not valid JSON: {error}")
