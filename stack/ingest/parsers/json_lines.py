"""JSON lines: one STIX object (or one bundle) a line, so that a broken line costs only itself."""

from collections.abc import Iterator

import msgspec

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.lines import iterate_lines
from stack.ingest.splitting import split_json
from stack.ingest.streams import ByteStream, stream_bytes

_VALUE = msgspec.json.Decoder(msgspec.Raw)


class _Head(msgspec.Struct):
    type: str = ""


_HEAD = msgspec.json.Decoder(_Head)


class Parser:
    name = "json-lines"
    title = "JSON lines, one STIX object a line"
    media_types = ("application/jsonl", "application/x-ndjson")
    extensions = (".jsonl", ".ndjson")
    example = (
        b'{"type":"domain-name","spec_version":"2.1","id":"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7",'
        b'"value":"example.com"}\n{"type":"url","spec_version":"2.1",'
        b'"id":"url--3013563b-9e18-5ef6-917a-204463f5f419","value":"http://example.com/"}\n'
    )

    @staticmethod
    def sniff(head: bytes, filename: str) -> int:
        lines = [line for line in head.splitlines() if line.strip()]
        if not lines or not _is_object(lines[0]):
            return 0
        if filename.lower().endswith(Parser.extensions):
            return 98
        # The second line may be cut off where the head ends.
        is_second = len(lines) > 1 and (
            _is_object(lines[1]) or (len(lines) == 2 and lines[1].lstrip()[:1] == b"{")
        )
        return 97 if is_second else 0

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        position = 0
        for number, line in enumerate(iterate_lines(stream, options.limits.record), start=1):
            place = f"line {number}"
            if line is None:
                message = f"the line is longer than a record may be: {options.limits.record:,} bytes"
                yield RecordFault(position, "size", message, place)
                position += 1
                continue
            text = line.strip()
            if not text:
                continue
            for found in _split_line(text, options):
                if isinstance(found, Record):
                    yield Record(position, found.text, place)
                else:
                    yield RecordFault(position, found.rule, found.message, place, found.severity)
                position += 1


def _split_line(text: bytes, options: ParseOptions) -> Iterator[Record | RecordFault]:
    """The line itself, or what the bundle or list that it is holds; a fault for any other line."""
    if text[:1] == b"{" and not _is_bundle(text):
        return iter((Record(0, text),))  # whoever decodes it says what is wrong with it
    return split_json(stream_bytes(text), options.limits)


def _is_bundle(text: bytes) -> bool:
    try:
        return _HEAD.decode(text).type == "bundle"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _is_object(line: bytes) -> bool:
    try:
        return bytes(_VALUE.decode(line))[:1] == b"{"
    except (msgspec.DecodeError, RecursionError):
        return False
