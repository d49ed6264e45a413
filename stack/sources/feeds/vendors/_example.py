"""A vendor to copy: a list of host names, one a line.

Try it: python -m stack.sources.feeds.vendors._example
Copy it to a file without the underscore and it is found; tests/conformance/test_feeds.py then checks it.
"""

from collections.abc import Iterator

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream, stream_bytes
from stack.sources.feeds.base import DAY_S, FeedPlugin
from stack.sources.feeds.making import Maker, Object, make_records
from stack.sources.feeds.reading import read_values
from stack.stix.observables.kinds import Kind


class Feed(FeedPlugin):
    """Host names that somebody thinks badly of."""

    name = "host-names"
    title = "List of host names"
    page = "https://lists.example/about"
    terms = "Free of charge."
    url = "https://lists.example/hosts.txt"
    every_s = DAY_S
    example = b"# hosts\nbad.example\nworse.example\n"

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return make_records(read_values(stream, options), options, _make)


def _make(maker: Maker, value: str) -> Iterator[Object]:
    yield maker.indicator(value, Kind.DOMAIN, indicator_types=["malicious-activity"])


if __name__ == "__main__":
    for item in Feed.parse(
        stream_bytes(Feed.example),
        ParseOptions(source="example", filename="hosts.txt", received="2026-01-01T00:00:00.000Z"),
    ):
        print(item)  # noqa: T201 - this file shows what it does
