"""Feodo Tracker: command and control servers of botnets.

Format: the CSV block list of https://feodotracker.abuse.ch/blocklist/.
"""

from collections.abc import Iterator

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import HOUR_S, FeedPlugin
from stack.sources.feeds.making import Maker, Object, cite, make_records, read_time
from stack.sources.feeds.reading import Row, read_csv

_COLUMNS = ("first_seen_utc", "dst_ip", "dst_port", "c2_status", "last_online", "malware")


class Feed(FeedPlugin):
    """Command and control servers of Emotet, QakBot and their kind, which are or were online lately."""

    name = "feodo-tracker"
    title = "Feodo Tracker"
    page = "https://feodotracker.abuse.ch/blocklist/"
    terms = "CC0; free for commercial and non-commercial use. Not more often than every 5 minutes."
    url = "https://feodotracker.abuse.ch/downloads/ipblocklist.csv"
    filename = "feodo-tracker.csv"
    every_s = HOUR_S
    reliability = 1
    example = (
        b'"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"\r\n'
        b'"2026-01-31 08:15:30","198.51.100.7","443","online","2026-02-01","QakBot"\r\n'
    )

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return make_records(read_csv(stream, options, columns=_COLUMNS), options, _make)


def _make(maker: Maker, row: Row) -> Iterator[Object | None]:
    indicator = maker.service(
        row["dst_ip"],
        row["dst_port"],
        indicator_types=["malicious-activity"],
        labels=["botnet-c2"],
        valid_from=read_time(row["first_seen_utc"]),
        external_references=[
            cite("Feodo Tracker", url=f"https://feodotracker.abuse.ch/browse/host/{row['dst_ip']}/")
        ],
    )
    yield indicator
    family = maker.malware(row["malware"])
    if family is not None:
        yield family
        yield maker.relationship(indicator, "indicates", family)
