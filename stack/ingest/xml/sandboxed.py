"""Runs a reader of XML in the sandbox and turns what it says into records and faults.

A reader yields `{"object": …, "place": …, "undated": …}` or `{"fault": message, "rule": …, "place": …,
"severity": …, "path": …}`.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import orjson

from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.running import stream_sandboxed
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream

_MIB = 1024 * 1024


def read_xml(
    target: str, stream: ByteStream, options: ParseOptions, *, memory_mib: int, cpu_s: int
) -> Iterator[Record | RecordFault]:
    """What the reader `package.module:function` finds; `BadInput` where there is nothing that it can read."""
    limits = SandboxLimits(
        memory_bytes=memory_mib * _MIB,
        cpu_s=cpu_s,
        wall_s=4 * cpu_s,
        answer_bytes=256 * _MIB,
        payload_bytes=64 * _MIB,
    )
    arguments = {"source": options.source, "received": options.received}
    # A stream is read as a file is: by `read` with a size.
    payload = cast("BinaryIO", stream)
    position = 0
    for said in stream_sandboxed(target, payload=payload, arguments=arguments, limits=limits):
        found = _read(said, position, options.limits.record)
        yield found
        position += isinstance(found, Record) or found.severity == "error"


def _read(said: dict[str, Any], position: int, most_bytes: int) -> Record | RecordFault:
    place = str(said.get("place", "object {}")).replace("{", "{{").replace("}", "}}")
    if "object" not in said:
        return RecordFault(
            position,
            said["rule"],
            said["fault"],
            place,
            said.get("severity", "error"),
            path=said.get("path", ""),
        )
    text = orjson.dumps(said["object"])
    if len(text) > most_bytes:
        message = f"it has {len(text):,} bytes; a record may have {most_bytes:,}"
        return RecordFault(position, "size", message, place)
    return Record(position, text, place, is_undated=bool(said.get("undated")))
