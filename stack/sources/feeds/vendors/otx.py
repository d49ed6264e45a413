"""OTX: pulses of the Open Threat Exchange, to which an account subscribes.

Format: pages of JSON of https://otx.alienvault.com/api (`/api/v1/pulses/subscribed`).
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson

from stack.core.errors import BadInput
from stack.core.plugin_options import Credential, Option, Place
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import HAS_MORE, HOUR_S, FeedPlugin, Piece, Visit
from stack.sources.feeds.making import Maker, Object, cite, make_records, read_time
from stack.sources.feeds.reading import list_items, read_json
from stack.stix.observables.kinds import Kind

_MOST_PAGES = 2_000
_KINDS = {
    "IPv4": Kind.IPV4,
    "IPv6": Kind.IPV6,
    "CIDR": Kind.CIDR,
    "domain": Kind.DOMAIN,
    "hostname": Kind.DOMAIN,
    "URL": Kind.URL,
    "URI": Kind.URL,
    "email": Kind.EMAIL,
    "FileHash-MD5": Kind.MD5,
    "FileHash-SHA1": Kind.SHA1,
    "FileHash-SHA256": Kind.SHA256,
    "FilePath": Kind.FILE_NAME,
    "Mutex": Kind.MUTEX,
}


class Feed(FeedPlugin):
    """Reports of others with their indicators, from the pulses that your OTX account subscribes to."""

    name = "otx"
    title = "OTX pulses"
    page = "https://otx.alienvault.com/api"
    terms = "Free of charge with an account; see https://otx.alienvault.com/terms"
    url = "https://otx.alienvault.com/api/v1/pulses/subscribed"
    every_s = HOUR_S
    least_every_s = HOUR_S // 4
    reliability = 3
    is_document = True
    credentials = (Credential("key", "OTX key of your account", Place.HEADER, "X-OTX-API-KEY"),)
    options = (Option("page_size", "Pulses a request", "20", values=("10", "20", "50")),)
    example = (
        b'{"count":1,"next":null,"previous":null,"results":[{"id":"5a0000000000000000000001","name":"Example",'
        b'"description":"Loader with a new panel.","author_name":"someone","created":'
        b'"2026-01-31T08:15:30.123000","modified":"2026-01-31T09:00:00.000000","tlp":"green","tags":["loader"],'
        b'"references":["https://research.example/1"],"adversary":"","malware_families":["Example Loader"],'
        b'"attack_ids":["T1059"],"indicators":[{"id":1,"indicator":"evil.example","type":"hostname","created":'
        b'"2026-01-31T08:15:30","title":"","description":""}]}]}'
    )

    @classmethod
    def fetch(cls, visit: Visit) -> Iterator[Piece]:
        """Pages up to the last; the next visit asks for what was modified after the newest pulse, or goes
        on where this one ran out of time."""
        params = {"limit": visit.choices["page_size"], "page": "1"}
        if visit.memory.get("since"):
            params["modified_since"] = str(visit.memory["since"])
        since = str(visit.memory.get("since") or "")
        newest = str(visit.memory.get("newest") or since)
        visit.memory[HAS_MORE] = False
        for page in range(int(visit.memory.pop("page", 1)), _MOST_PAGES):
            if not visit.has_time():
                visit.memory |= {"page": page, "newest": newest, HAS_MORE: True}
                return
            piece = visit.get(params=params | {"page": str(page)}, filename="otx.json")
            if piece is None:
                break
            document = _read_page(piece)
            times = [str(pulse.get("modified") or "") for pulse in document["results"]]
            if since and not any(moment > since for moment in times):
                piece.file.close()
                break
            newest = max([newest, *times])
            yield piece
            if not document.get("next") or not document["results"]:
                break
        visit.memory |= {"since": newest, "newest": ""}

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        document = read_json(stream)
        results = document.get("results") if isinstance(document, dict) else None
        return make_records(list_items(results, place="results[{}]"), options, _make)


def _read_page(piece: Piece) -> dict[str, Any]:
    try:
        document = orjson.loads(piece.file.read())
    except orjson.JSONDecodeError:
        document = None
    piece.file.seek(0)
    if not isinstance(document, dict) or not isinstance(document.get("results"), list):
        piece.file.close()
        raise BadInput("This is no page of pulses: expected an object with “results”")
    document["results"] = [pulse for pulse in document["results"] if isinstance(pulse, dict)]
    return document


def _make(maker: Maker, pulse: dict[str, Any]) -> Iterator[Object | None]:
    refs: list[str] = []
    families = [maker.malware(_name_of(each)) for each in pulse.get("malware_families") or []]
    techniques = [_technique(maker, _name_of(each)) for each in pulse.get("attack_ids") or []]
    for each in (*families, *techniques):
        if each is not None:
            refs.append(each["id"])
            yield each
    for item in pulse.get("indicators") or []:
        indicator = _indicator(maker, item)
        if indicator is not None:
            refs.append(indicator["id"])
            yield indicator
    if not refs:
        raise ValueError("the pulse holds nothing that Stack has an object for")
    references = [
        url for url in pulse.get("references") or [] if urlsplit(str(url)).scheme in ("http", "https")
    ]
    pulse_id = str(pulse["id"])
    yield maker.object(
        "report",
        (pulse_id,),
        name=str(pulse["name"])[:250],
        description=str(pulse.get("description") or "") or None,
        report_types=["threat-report"],
        published=read_time(str(pulse.get("created") or "")) or maker.received,
        labels=[str(tag) for tag in pulse.get("tags") or []],
        object_refs=list(dict.fromkeys(refs)),
        external_references=[
            cite("OTX", url=f"https://otx.alienvault.com/pulse/{pulse_id}", external_id=pulse_id),
            *(cite("reference", url=str(url)) for url in references),
        ],
    )


def _indicator(maker: Maker, item: dict[str, Any]) -> Object | None:
    """None for a type without a pattern (YARA rules come as rules, CVEs as vulnerabilities), or no value."""
    value, said = str(item.get("indicator") or ""), str(item.get("type") or "")
    if said == "CVE":
        name = value.upper()
        return maker.object(
            "vulnerability", (name,), name=name, external_references=[cite("cve", external_id=name)]
        )
    if said not in _KINDS:
        return None
    try:
        return maker.indicator(
            value,
            _KINDS[said],
            description=str(item.get("description") or "") or None,
            valid_from=read_time(str(item.get("created") or "")),
        )
    except ValueError:
        return None


def _technique(maker: Maker, name: str) -> Object | None:
    if not name.startswith("T"):
        return None
    url = f"https://attack.mitre.org/techniques/{name.replace('.', '/')}/"
    return maker.object(
        "attack-pattern",
        (name,),
        name=name,
        external_references=[cite("mitre-attack", url=url, external_id=name)],
    )


def _name_of(item: object) -> str:
    """Families and techniques are texts, or objects with an id and a display name."""
    if isinstance(item, dict):
        return str(item.get("id") or item.get("display_name") or "")
    return str(item)
