"""OpenPhish: addresses of phishing pages.

Format: the community feed of https://openphish.com/phishing_feeds.html, one URL a line.
"""

from collections.abc import Iterator

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import HOUR_S, FeedPlugin
from stack.sources.feeds.making import Maker, Object, make_records
from stack.sources.feeds.reading import read_values
from stack.stix.observables.kinds import Kind


class Feed(FeedPlugin):
    """Addresses of phishing pages that were live when the list was made; it changes every 12 hours."""

    name = "openphish"
    title = "OpenPhish"
    page = "https://openphish.com/phishing_feeds.html"
    terms = "The community feed is free for non-commercial use; see https://openphish.com/terms.html"
    url = "https://openphish.com/feed.txt"
    filename = "openphish.txt"
    every_s = 6 * HOUR_S
    example = b"http://login.bank.example/verify\nhttps://mail.example.net/session?id=1\n"

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        # A URL may hold what marks comments elsewhere.
        return make_records(read_values(stream, options, comments="#"), options, _make)


def _make(maker: Maker, value: str) -> Iterator[Object]:
    yield maker.indicator(value, Kind.URL, indicator_types=["malicious-activity"], labels=["phishing"])
