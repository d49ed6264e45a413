"""Tor exits: addresses from which traffic of the Tor network comes.

Format: https://check.torproject.org/torbulkexitlist, one address a line.
"""

from collections.abc import Iterator

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import HOUR_S, FeedPlugin
from stack.sources.feeds.making import Maker, Object, make_records
from stack.sources.feeds.reading import read_values
from stack.stix.observables.kinds import Kind


class Feed(FeedPlugin):
    """Exits of the Tor network: who comes from there wants not to be known, which is no attack by itself."""

    name = "tor-exits"
    title = "Tor exit nodes"
    page = "https://check.torproject.org/torbulkexitlist"
    terms = "Published by the Tor Project for use by anybody."
    url = "https://check.torproject.org/torbulkexitlist"
    filename = "tor-exits.txt"
    every_s = 6 * HOUR_S
    least_every_s = HOUR_S // 2
    reliability = 0
    example = b"198.51.100.7\n198.51.100.8\n"

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return make_records(read_values(stream, options), options, _make)


def _make(maker: Maker, value: str) -> Iterator[Object]:
    yield maker.indicator(value, Kind.IPV4, indicator_types=["anonymization"], labels=["tor", "tor-exit"])
