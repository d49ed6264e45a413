"""A parser to copy: a list of host names, one a line (`# …` is a comment).

Try it: python -m stack.ingest.parsers._example
Copy it to a file without the underscore and it is found; tests/conformance/test_parsers.py then checks it.
"""

from collections.abc import Iterator

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.lines import iterate_lines
from stack.ingest.stix_values import encode_object, make_observable
from stack.ingest.streams import ByteStream, stream_bytes
from stack.stix.observables.detect import detect_as
from stack.stix.observables.kinds import Kind


class Parser:
    name = "host-list"
    title = "List of host names"
    media_types = ("text/x-host-list",)
    extensions = (".hosts",)
    example = b"# hosts\nexample.com\nevil[.]example\n"

    @staticmethod
    def sniff(head: bytes, filename: str) -> int:
        return 80 if filename.endswith(Parser.extensions) else 0

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        position = 0
        for number, line in enumerate(iterate_lines(stream, options.limits.record), start=1):
            text = (line or b"").decode("utf-8", "replace").strip()
            if not text or text.startswith("#"):
                continue
            place = f"line {number}"
            try:
                found = make_observable(detect_as(text, Kind.DOMAIN).observable)
            except ValueError as error:
                yield RecordFault(position, "value", str(error), place)
            else:
                yield Record(position, encode_object(found or {}), place)
            position += 1


if __name__ == "__main__":
    for item in Parser.parse(
        stream_bytes(Parser.example), ParseOptions(source="example", filename="example.hosts", received="")
    ):
        print(item)  # noqa: T201 - this file shows what it does
