"""MISP events as MISP, its feeds and its API write them: one event, a list of them, or `{"response": …}`.

They are mapped by `stack.stix.misp`; each property that is not carried becomes a warning of the rule `loss`.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import orjson

from stack.core.errors import BadInput
from stack.ingest.base import Limits, ParseOptions, Record, RecordFault
from stack.ingest.misp_framing import iterate_events
from stack.ingest.streams import ByteStream
from stack.stix.misp.events import read_event
from stack.stix.misp.frame import Found
from stack.stix.misp.properties import RawRecords

_EVENT_RECORDS = 4
"""An event may be so many times as large as a record: its attributes are what becomes records."""

_EVENT = re.compile(rb'"Event"\s*:\s*\{')
_BARE = re.compile(rb'"(?:Attribute|Object|orgc_id|threat_level_id|Orgc)"\s*:')
_MANIFEST = re.compile(rb'\{\s*"[0-9a-f-]{36}"\s*:\s*\{')

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_LONG = frozenset({"Attribute", "Object"})


class Parser:
    name = "misp"
    title = "MISP events"
    media_types = ("application/json",)
    extensions = (".json",)
    example = (
        b'{"Event":{"uuid":"3d0b2e5e-5f0c-4b5c-9a55-0c6a4fb3d0aa","info":"Example","date":"2026-01-31",'
        b'"timestamp":"1769846400","Orgc":{"name":"Example","uuid":"8a5a7b0c-6f2d-4f43-8d5e-6f1f9f3f3b11"},'
        b'"Attribute":[{"uuid":"0e2c9f41-6d3c-4b0e-8a39-5a3b0e1f6c77","type":"domain","to_ids":true,'
        b'"category":"Network activity","timestamp":"1769846400","value":"evil.example"}]}}'
    )

    @staticmethod
    def sniff(head: bytes, filename: str) -> int:
        start = head.lstrip()[:1]
        if start not in {b"{", b"["}:
            return 0
        if _EVENT.search(head) and b'"spec_version"' not in head[:200]:
            return 97
        if start == b"{" and b'"info"' in head and b'"uuid"' in head and _BARE.search(head):
            return 85
        return 90 if _is_manifest(head) else 0

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        if _is_manifest(stream.head(4096)):
            raise BadInput(
                "This is the list of a MISP feed (manifest.json): it names events and holds none",
                remedy="Ingest the events, which stand beside it, or add the feed as a source.",
            )
        limit = Limits(record=_EVENT_RECORDS * options.limits.record)
        position = 0
        for number, item in enumerate(iterate_events(stream, limit)):
            found = _convert(item, number, options.source) if isinstance(item, bytes) else iter((item,))
            for one in found:
                yield msgspec.structs.replace(one, position=position)
                position += isinstance(one, Record) or one.severity == "error"


def _convert(text: bytes, number: int, source: str) -> Iterator[Record | RecordFault]:
    event = f"event {number + 1}"
    try:
        decoded = _decode(text)
    except (ValueError, RecursionError, msgspec.DecodeError) as error:
        yield RecordFault(0, "json", f"not valid JSON: {error}", event)
        return
    for outcome in read_event(decoded, seed=source):
        place = f"{event}: {outcome.place}".replace("{", "{{").replace("}", "}}")
        if isinstance(outcome, Found):
            try:
                yield Record(0, orjson.dumps(outcome.object), place)
            except (TypeError, ValueError) as error:
                yield RecordFault(0, "json", f"cannot be written as JSON: {error}", place)
        else:
            severity = "error" if outcome.is_lost else "warning"
            path = outcome.place if outcome.rule == "loss" else ""
            yield RecordFault(0, outcome.rule, outcome.message, place, severity, path=path)


def _decode(text: bytes) -> dict[str, Any]:
    """The event, its long lists still as text."""
    found: dict[str, Any] = {}
    for name, raw in _MEMBERS.decode(text).items():
        member = bytes(raw)
        is_long = name in _LONG and member[:1] == b"["
        found[name] = RawRecords(_LIST.decode(raw)) if is_long else orjson.loads(member)
    return found


def _is_manifest(head: bytes) -> bool:
    return _MANIFEST.match(head.lstrip()) is not None and b'"info"' in head
