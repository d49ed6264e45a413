"""CISA KEV: vulnerabilities that are known to be exploited.

Format: the JSON catalogue of https://www.cisa.gov/known-exploited-vulnerabilities-catalog, by its own schema.
"""

from collections.abc import Iterator
from typing import Any

from stack.core.errors import BadInput
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import HOUR_S, FeedPlugin
from stack.sources.feeds.making import Maker, Object, cite, make_records
from stack.sources.feeds.reading import list_items, read_json
from stack.stix.observables.detect import detect_as
from stack.stix.observables.kinds import Kind


class Feed(FeedPlugin):
    """Vulnerabilities that somebody exploits in practice, with what to do about each and until when."""

    name = "cisa-kev"
    title = "CISA Known Exploited Vulnerabilities"
    page = "https://www.cisa.gov/known-exploited-vulnerabilities-catalog"
    terms = "Public domain (CC0) in the United States; no endorsement by CISA may be implied."
    url = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
    filename = "cisa-kev.json"
    every_s = 6 * HOUR_S
    reliability = 0
    is_document = True
    example = (
        b'{"title":"CISA Catalog of Known Exploited Vulnerabilities","catalogVersion":"2026.01.31",'
        b'"dateReleased":"2026-01-31T15:00:00.0Z","count":1,"vulnerabilities":[{"cveID":"CVE-2026-0001",'
        b'"vendorProject":"Example","product":"Gateway","vulnerabilityName":"Example Gateway Injection",'
        b'"dateAdded":"2026-01-31","shortDescription":"Example Gateway runs what a request says.",'
        b'"requiredAction":"Apply updates per vendor instructions.","dueDate":"2026-02-21",'
        b'"knownRansomwareCampaignUse":"Known","notes":"https://vendor.example/advisory ; more",'
        b'"cwes":["CWE-78"]}]}'
    )

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        document = read_json(stream)
        if not isinstance(document, dict):
            raise BadInput("This is not the catalogue: expected an object with “vulnerabilities”")
        items = list_items(document.get("vulnerabilities"), place="vulnerabilities[{}]")
        return make_records(items, options, _make)


def _make(maker: Maker, item: dict[str, Any]) -> Iterator[Object]:
    cve = detect_as(str(item["cveID"]), Kind.CVE).observable.value.upper()
    is_ransomware = str(item.get("knownRansomwareCampaignUse", "")).lower() == "known"
    parts = [
        str(item.get("shortDescription", "")),
        f"Required action: {item['requiredAction']}" if item.get("requiredAction") else "",
        f"Due: {item['dueDate']}" if item.get("dueDate") else "",
        f"Added to the catalogue: {item['dateAdded']}" if item.get("dateAdded") else "",
    ]
    urls = [word for word in str(item.get("notes", "")).split() if word.startswith(("http://", "https://"))]
    yield maker.object(
        "vulnerability",
        (cve,),
        name=cve,
        description="\n\n".join(part for part in (str(item.get("vulnerabilityName", "")), *parts) if part),
        labels=["known-exploited", *(["ransomware"] if is_ransomware else [])],
        external_references=[
            cite("cve", external_id=cve),
            *(cite("cwe", external_id=str(cwe)) for cwe in item.get("cwes") or []),
            *(cite("note", url=url) for url in dict.fromkeys(urls)),
        ],
    )
