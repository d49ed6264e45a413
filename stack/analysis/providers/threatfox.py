"""ThreatFox: indicators of compromise that people shared, with the malware that they belong to.

Format: https://threatfox.abuse.ch/api/ (`search_ioc`, `search_hash`).
"""

from typing import Any, ClassVar

import msgspec

from stack.analysis.abuse_ch import KEY, TERMS, is_found
from stack.analysis.answers import ABSENT, Answer, Word
from stack.analysis.base import DAY_S, Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, count, read_raw, read_time, write_day
from stack.analysis.subjects import ADDRESSES, HASHES, Subject
from stack.stix.observables.kinds import Kind

_MOST_WEIGHT = 4.0
"""Of an indicator with full confidence: reviewed, and taken out when reported in error. It expires there
after half a year, which the half-life follows."""
_HALF_LIFE_DAYS = 90
_SURE = 75
"""Percent from which the answer is called malicious, rather than suspicious."""
_Text = str | None
_KINDS = {
    "domain": (Kind.DOMAIN,),
    "url": (Kind.URL,),
    "md5_hash": (Kind.MD5,),
    "sha1_hash": (Kind.SHA1,),
    "sha256_hash": (Kind.SHA256,),
}


class _Sample(msgspec.Struct):
    sha256_hash: _Text = None


class _Ioc(msgspec.Struct):
    ioc: str
    id: _Text | int = None
    ioc_type: _Text = None
    threat_type: _Text = None
    threat_type_desc: _Text = None
    malware: _Text = None
    malware_printable: _Text = None
    malware_alias: _Text = None
    confidence_level: int | None = None
    first_seen: _Text = None
    last_seen: _Text = None
    reference: _Text = None
    reporter: _Text = None
    tags: list[str] | None = None
    malware_samples: list[_Sample] | None = None


class _Found(msgspec.Struct):
    data: list[_Ioc]


class Provider(ProviderPlugin):
    """Controllers, payload servers and samples of named malware."""

    name = "threatfox"
    title = "ThreatFox"
    page = "https://threatfox.abuse.ch/api/"
    terms = TERMS
    url = "https://threatfox-api.abuse.ch/api"
    kinds = ADDRESSES | (HASHES - {Kind.SHA512.value}) | {Kind.DOMAIN.value, Kind.URL.value}
    credentials = (KEY,)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(2000, DAY_S),)
    is_metered = False

    def ask(self, subject: Subject) -> Asking:
        reply = yield ProviderRequest(path="/v1/", method="POST", json=_write_query(subject))
        return _read_found(reply, subject) if is_found(reply) else ABSENT

    def test(self) -> Asking:
        reply = yield ProviderRequest(
            path="/v1/",
            method="POST",
            json={"query": "search_ioc", "search_term": "example.com", "exact_match": True},
        )
        is_found(reply)
        return Answer(summary="The Auth-Key is good")


def _write_query(subject: Subject) -> dict[str, Any]:
    if subject.kind in {Kind.MD5.value, Kind.SHA256.value}:
        return {"query": "search_hash", "hash": subject.value}
    # An address stands there with its port, so only a part of the text is the address.
    is_exact = subject.kind not in ADDRESSES
    return {"query": "search_ioc", "search_term": subject.value, "exact_match": is_exact}


def _take_host(ioc: _Ioc) -> str:
    return ioc.ioc.rpartition(":")[0].strip("[]") if ioc.ioc_type == "ip:port" else ioc.ioc


def _read_found(reply: ProviderReply, subject: Subject) -> Answer:
    iocs = reply.read(_Found).data
    if subject.kind not in HASHES:
        iocs = [ioc for ioc in iocs if _take_host(ioc).lower() == subject.value.lower()]
    if not iocs:
        return ABSENT
    maker = Maker(Provider.name, subject)
    for ioc in iocs[:25]:
        _tell_ioc(maker, ioc, subject)
    surest = max((ioc.confidence_level or 0 for ioc in iocs), default=0)
    families = sorted({ioc.malware_printable for ioc in iocs if ioc.malware_printable})
    maker.fact("malware", families)
    maker.fact("tags", sorted({tag for ioc in iocs for tag in ioc.tags or ()}))
    return maker.answer(
        stated=Word.MALICIOUS if surest >= _SURE else Word.SUSPICIOUS,
        summary=f"{count(len(iocs), 'indicator')}, {', '.join(families) or 'no malware named'}",
        link=_link_to(iocs[0]),
        raw=read_raw(reply),
    )


def _link_to(ioc: _Ioc) -> str:
    number = str(ioc.id or "")
    return (
        f"https://threatfox.abuse.ch/ioc/{number}/" if number.isdecimal() else "https://threatfox.abuse.ch/"
    )


def _tell_ioc(maker: Maker, ioc: _Ioc, subject: Subject) -> None:
    seen_at = read_time(ioc.last_seen) or read_time(ioc.first_seen)
    sure = min(100, max(0, ioc.confidence_level if ioc.confidence_level is not None else 50))
    what = (ioc.threat_type_desc or ioc.threat_type or "a threat").removeprefix(
        "Indicator that identifies a "
    )
    about = (
        "It belongs to a listed indicator"
        if subject.kind in HASHES and ioc.ioc != subject.value
        else "It is listed"
    )
    maker.evidence(
        "indicator",
        f"{about}: {ioc.malware_printable or 'malware without a name'}, {what}, with {sure} percent "
        f"confidence{f', last seen on {write_day(seen_at)}' if seen_at else ''}.",
        _MOST_WEIGHT * sure / 100,
        seen_at=seen_at,
        half_life_days=0 if subject.kind in HASHES else _HALF_LIFE_DAYS,
        reference=_link_to(ioc),
    )
    maker.moment(ioc.first_seen, f"ThreatFox: first seen ({ioc.malware_printable or ioc.threat_type})")
    maker.moment(ioc.last_seen, f"ThreatFox: last seen ({ioc.malware_printable or ioc.threat_type})")
    if ioc.ioc_type == "ip:port":
        maker.fact("service", ioc.ioc)
        maker.pivot(_take_host(ioc), Kind.IPV4, Kind.IPV6, relation="communicates-with")
    else:
        maker.pivot(ioc.ioc, *_KINDS.get(ioc.ioc_type or "", (Kind.DOMAIN,)), relation="communicates-with")
    maker.fact("reference", ioc.reference)
    maker.pivots(
        [sample.sha256_hash for sample in ioc.malware_samples or ()],
        Kind.SHA256,
        relation="communicates-with",
    )
