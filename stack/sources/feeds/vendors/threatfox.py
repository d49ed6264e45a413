"""ThreatFox: indicators of compromise with the malware that they belong to.

Format: the CSV export of https://threatfox.abuse.ch/export/.
"""

from collections.abc import Iterator

from stack.core.plugin_options import Credential, Place
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import HOUR_S, FeedPlugin
from stack.sources.feeds.making import (
    Maker,
    Object,
    cite,
    make_records,
    read_number,
    read_time,
    split_words,
)
from stack.sources.feeds.reading import Row, read_csv
from stack.stix.observables.kinds import Kind

_COLUMNS = (
    *("first_seen_utc", "ioc_id", "ioc_value", "ioc_type", "threat_type", "fk_malware", "malware_alias"),
    *("malware_printable", "last_seen_utc", "confidence_level", "is_compromised", "reference", "tags"),
    *("anonymous", "reporter"),
)
_KINDS = {
    "domain": Kind.DOMAIN,
    "url": Kind.URL,
    "md5_hash": Kind.MD5,
    "sha1_hash": Kind.SHA1,
    "sha256_hash": Kind.SHA256,
    "envelope_from": Kind.EMAIL,
    "body_from": Kind.EMAIL,
}


class Feed(FeedPlugin):
    """Indicators of compromise with confidence, threat and malware family; the last 48 hours."""

    name = "threatfox"
    title = "ThreatFox"
    page = "https://threatfox.abuse.ch/export/"
    terms = "CC0; free for commercial and non-commercial use. Not more often than every 5 minutes."
    url = "https://threatfox.abuse.ch/export/csv/recent/"
    filename = "threatfox.csv"
    every_s = HOUR_S
    reliability = 1
    credentials = (
        Credential(
            "auth-key", "Auth-Key of your abuse.ch account", Place.HEADER, "Auth-Key", is_needed=False
        ),
    )
    example = (
        b'# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias",'
        b'"malware_printable","last_seen_utc","confidence_level","is_compromised","reference","tags",'
        b'"anonymous","reporter"\r\n'
        b'"2026-01-31 08:15:30", "1400001", "198.51.100.7:4443", "ip:port", "botnet_cc", "win.example_rat", '
        b'"ExRat", "Example RAT", "", "75", "False", "https://research.example/1", "c2,rat", "0", "x"\r\n'
    )

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        return make_records(read_csv(stream, options, columns=_COLUMNS), options, _make)


def _make(maker: Maker, row: Row) -> Iterator[Object | None]:
    said = {
        "indicator_types": ["malicious-activity"],
        "labels": [row["threat_type"], *split_words(row["tags"])],
        "confidence": read_number(row["confidence_level"]),
        "valid_from": read_time(row["first_seen_utc"]),
        "external_references": [
            cite(
                "ThreatFox", url=f"https://threatfox.abuse.ch/ioc/{row['ioc_id']}/", external_id=row["ioc_id"]
            ),
            *([cite("reference", url=row["reference"])] if row["reference"].startswith("http") else []),
        ],
    }
    if row["ioc_type"] == "ip:port":
        address, _, port = row["ioc_value"].rpartition(":")
        indicator = maker.service(address.strip("[]"), port, **said)
    elif row["ioc_type"] in _KINDS:
        indicator = maker.indicator(row["ioc_value"], _KINDS[row["ioc_type"]], **said)
    else:
        raise ValueError(f"an indicator of type {row['ioc_type'][:40]!r} has no pattern in STIX")
    yield indicator
    aliases = split_words(row["malware_alias"])
    family = maker.malware(row["malware_printable"], **({"aliases": aliases} if aliases else {}))
    if family is not None:
        yield family
        yield maker.relationship(indicator, "indicates", family)
