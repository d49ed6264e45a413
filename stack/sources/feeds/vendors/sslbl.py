"""SSLBL: certificates of command and control servers.

Format: the CSV block list of https://sslbl.abuse.ch/blacklist/.
"""

from collections.abc import Iterator

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import HOUR_S, FeedPlugin
from stack.sources.feeds.making import Maker, Object, cite, make_records, read_observable, read_time
from stack.sources.feeds.reading import Row, read_csv
from stack.stix.observables.kinds import Kind

_COLUMNS = ("listingdate", "sha1", "listingreason")


class Feed(FeedPlugin):
    """Certificates, by their SHA-1, that servers of botnets have shown."""

    name = "sslbl"
    title = "SSLBL"
    page = "https://sslbl.abuse.ch/blacklist/"
    terms = "CC0; free for commercial and non-commercial use. Not more often than every 5 minutes."
    url = "https://sslbl.abuse.ch/blacklist/sslblacklist.csv"
    filename = "sslbl.csv"
    every_s = HOUR_S
    reliability = 1
    example = (
        b"# Listingdate,SHA1,Listingreason\r\n"
        b"2026-01-31 08:15:30,da39a3ee5e6b4b0d3255bfef95601890afd80709,Example RAT C&C\r\n"
    )

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return make_records(read_csv(stream, options, columns=_COLUMNS), options, _make)


def _make(maker: Maker, row: Row) -> Iterator[Object]:
    sha1 = read_observable(row["sha1"], Kind.SHA1).value
    yield maker.pattern(
        f"[x509-certificate:hashes.'SHA-1' = '{sha1}']",
        name=f"{row['listingreason']} ({sha1})",
        indicator_types=["malicious-activity"],
        labels=[row["listingreason"]],
        valid_from=read_time(row["listingdate"]),
        external_references=[
            cite("SSLBL", url=f"https://sslbl.abuse.ch/ssl-certificates/sha1/{sha1}/", external_id=sha1)
        ],
    )
