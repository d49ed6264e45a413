"""PhishTank: verified phishing pages.

Format: the JSON database of https://www.phishtank.com/developer_info.php, compressed by gzip.
"""

from collections.abc import Iterator
from typing import Any

from stack.core.plugin_options import Credential, Place
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import HOUR_S, FeedPlugin
from stack.sources.feeds.making import Maker, Object, cite, make_records, read_time
from stack.sources.feeds.reading import list_items, read_json
from stack.stix.observables.kinds import Kind


class Feed(FeedPlugin):
    """Phishing pages that people submitted and others verified, and which are online."""

    name = "phishtank"
    title = "PhishTank"
    page = "https://www.phishtank.com/developer_info.php"
    terms = "Free of charge; see https://www.phishtank.com/terms_of_use.php. Updated hourly."
    url = "https://data.phishtank.com/data/{key}/online-valid.json.gz"
    filename = "phishtank.json.gz"
    every_s = 6 * HOUR_S
    least_every_s = HOUR_S
    is_document = True
    credentials = (
        Credential(
            "app-key",
            "Application key (without one: a few downloads a day)",
            Place.PATH,
            "key",
            is_needed=False,
        ),
    )
    example = (
        b'[{"phish_id":"9000001","url":"http://login.bank.example/verify","phish_detail_url":'
        b'"http://www.phishtank.com/phish_detail.php?phish_id=9000001","submission_time":'
        b'"2026-01-31T08:15:30+00:00","verified":"yes","verification_time":"2026-01-31T08:20:00+00:00",'
        b'"online":"yes","details":[{"ip_address":"198.51.100.7","cidr_block":"198.51.100.0/24",'
        b'"announcing_network":"64496","rir":"ripencc","country":"DE","detail_time":'
        b'"2026-01-31T08:16:00+00:00"}],"target":"Example Bank"}]'
    )

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return make_records(list_items(read_json(stream)), options, _make)


def _make(maker: Maker, item: dict[str, Any]) -> Iterator[Object]:
    target = str(item.get("target") or "")
    yield maker.indicator(
        str(item["url"]),
        Kind.URL,
        indicator_types=["malicious-activity"],
        labels=["phishing"],
        description=f"Imitates {target}." if target not in ("", "Other") else "",
        valid_from=read_time(str(item.get("submission_time") or "")),
        external_references=[
            cite("PhishTank", url=str(item.get("phish_detail_url") or ""), external_id=str(item["phish_id"]))
        ],
    )
