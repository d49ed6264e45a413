"""Spamhaus DROP: networks that no traffic should go to or come from.

Format: JSON lines of https://www.spamhaus.org/blocklists/do-not-route-or-peer/, the last one about the list.
"""

from collections.abc import Iterator
from typing import Any

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import DAY_S, HOUR_S, FeedPlugin, Piece, Visit
from stack.sources.feeds.making import Maker, Object, cite, make_records
from stack.sources.feeds.reading import read_json_lines
from stack.stix.observables.kinds import Kind


class Feed(FeedPlugin):
    """Networks, IPv4 and IPv6, that were hijacked or are leased by professional criminals."""

    name = "spamhaus-drop"
    title = "Spamhaus DROP"
    page = "https://www.spamhaus.org/blocklists/do-not-route-or-peer/"
    terms = "Free of charge with credit to Spamhaus and its date; not more often than once an hour."
    url = "https://www.spamhaus.org/drop"
    every_s = DAY_S
    least_every_s = HOUR_S
    reliability = 1
    example = (
        b'{"cidr":"198.51.100.0/24","sblid":"SBL000001","rir":"ripencc"}\n'
        b'{"type":"metadata","timestamp":1769846400,"records":1,"copyright":"The Spamhaus Project"}\n'
    )

    @classmethod
    def fetch(cls, visit: Visit) -> Iterator[Piece]:
        for name in ("drop_v4.json", "drop_v6.json"):
            piece = visit.get(f"{visit.choices['url'].rstrip('/')}/{name}")
            if piece is not None:
                yield piece

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return make_records(read_json_lines(stream, options), options, _make)


def _make(maker: Maker, item: dict[str, Any]) -> Iterator[Object]:
    if item.get("type") == "metadata":
        return
    listing = str(item.get("sblid") or "")
    yield maker.indicator(
        str(item["cidr"]),
        Kind.CIDR,
        indicator_types=["malicious-activity"],
        labels=["drop"],
        external_references=[
            cite("Spamhaus", url=f"https://check.spamhaus.org/sbl/query/{listing}", external_id=listing)
        ]
        if listing
        else [],
    )
