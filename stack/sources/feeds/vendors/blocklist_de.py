"""blocklist.de: addresses from which services were attacked.

Format: https://www.blocklist.de/en/export.html, one address a line.
"""

from collections.abc import Iterator

from stack.core.plugin_options import Option
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import HOUR_S, FeedPlugin, Piece, Visit
from stack.sources.feeds.making import Maker, Object, make_records
from stack.sources.feeds.reading import read_values
from stack.stix.observables.kinds import Kind

_LISTS = (
    *("all", "ssh", "mail", "apache", "imap", "ftp", "sip", "bots", "strongips", "ircbot", "bruteforcelogin"),
)


class Feed(FeedPlugin):
    """Addresses that attacked SSH, mail, web and other services of its members in the last 48 hours."""

    name = "blocklist-de"
    title = "blocklist.de"
    page = "https://www.blocklist.de/en/export.html"
    terms = "Free of charge, without warranty. Not more often than every 30 minutes."
    url = "https://lists.blocklist.de/lists"
    every_s = 6 * HOUR_S
    least_every_s = HOUR_S // 2
    options = (Option("list", "List", "all", values=_LISTS),)
    example = b"198.51.100.7\n2001:db8::7\n"

    @classmethod
    def fetch(cls, visit: Visit) -> Iterator[Piece]:
        piece = visit.get(f"{visit.choices['url'].rstrip('/')}/{visit.choices['list']}.txt")
        if piece is not None:
            yield piece

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return make_records(read_values(stream, options), options, _make)


def _make(maker: Maker, value: str) -> Iterator[Object]:
    chosen = maker.choices.get("list", "all")
    yield maker.indicator(
        value,
        Kind.IPV4,
        indicator_types=["malicious-activity"],
        labels=["attacker", *([] if chosen == "all" else [chosen])],
    )
