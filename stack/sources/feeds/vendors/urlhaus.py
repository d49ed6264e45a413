"""URLhaus: addresses from which malware is being distributed.

Format: the CSV dump of https://urlhaus.abuse.ch/api/ (columns in the last comment before the rows).
"""

from collections.abc import Iterator

from stack.core.plugin_options import Credential, Place
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import HOUR_S, FeedPlugin
from stack.sources.feeds.making import Maker, Object, cite, make_records, read_time, split_words
from stack.sources.feeds.reading import Row, read_csv
from stack.stix.observables.kinds import Kind

_COLUMNS = (
    "id",
    "dateadded",
    "url",
    "url_status",
    "last_online",
    "threat",
    "tags",
    "urlhaus_link",
    "reporter",
)


class Feed(FeedPlugin):
    """Addresses that distribute malware, reported by many and checked by abuse.ch; the last 30 days."""

    name = "urlhaus"
    title = "URLhaus"
    page = "https://urlhaus.abuse.ch/api/"
    terms = "CC0; free for commercial and non-commercial use. Not more often than every 5 minutes."
    url = "https://urlhaus-api.abuse.ch/files/exports/recent.csv"
    filename = "urlhaus.csv"
    every_s = HOUR_S
    reliability = 1
    most_bytes = 256 * 1024 * 1024
    credentials = (Credential("auth-key", "Auth-Key of your abuse.ch account", Place.PARAMETER, "auth-key"),)
    example = (
        b"# URLhaus Database Dump (CSV - recent URLs)\r\n"
        b"# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\r\n"
        b'"3100001","2026-01-31 08:15:30","http://198.51.100.7/bins/arm7","online","2026-01-31 09:00:00",'
        b'"malware_download","elf,mirai","https://urlhaus.abuse.ch/url/3100001/","anonymous"\r\n'
    )

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return make_records(read_csv(stream, options, columns=_COLUMNS), options, _make)


def _make(maker: Maker, row: Row) -> Iterator[Object]:
    yield maker.indicator(
        row["url"],
        Kind.URL,
        indicator_types=["malicious-activity"],
        labels=[row["threat"], *split_words(row["tags"])],
        valid_from=read_time(row["dateadded"]),
        external_references=[cite("URLhaus", url=row["urlhaus_link"], external_id=row["id"])],
    )
