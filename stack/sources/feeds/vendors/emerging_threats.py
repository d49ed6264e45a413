"""Emerging Threats: compromised hosts, and the open block list for firewalls.

Format: one address or network a line, `#` before comments (https://rules.emergingthreats.net/OPEN_download_instructions.html).
"""

from collections.abc import Iterator

from stack.core.plugin_options import Option
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import DAY_S, HOUR_S, FeedPlugin, Piece, Visit
from stack.sources.feeds.making import Maker, Object, make_records
from stack.sources.feeds.reading import read_values
from stack.stix.observables.kinds import Kind

_PATHS = {"compromised": "blockrules/compromised-ips.txt", "block": "fwrules/emerging-Block-IPs.txt"}


class Feed(FeedPlugin):
    """Hosts that are known to be compromised and hostile, or the block list made of several others."""

    name = "emerging-threats"
    title = "Emerging Threats"
    page = "https://rules.emergingthreats.net/OPEN_download_instructions.html"
    terms = "Open rules under the BSD licence; updated once a day."
    url = "https://rules.emergingthreats.net"
    every_s = DAY_S
    least_every_s = HOUR_S
    options = (Option("list", "List", "compromised", values=("compromised", "block", "both")),)
    example = b"# Rules for compromised hosts\n198.51.100.7\n203.0.113.0/25\n"

    @classmethod
    def fetch(cls, visit: Visit) -> Iterator[Piece]:
        for name, path in _PATHS.items():
            if visit.choices["list"] in (name, "both"):
                piece = visit.get(f"{visit.choices['url'].rstrip('/')}/{path}")
                if piece is not None:
                    yield piece

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return make_records(read_values(stream, options), options, _make)


def _make(maker: Maker, value: str) -> Iterator[Object]:
    yield maker.indicator(value, Kind.IPV4, indicator_types=["malicious-activity"], labels=["hostile"])
