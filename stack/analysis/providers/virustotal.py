"""VirusTotal: what some seventy engines and a hundred block lists say of an address, domain, URL or file.

Format: API v3, https://docs.virustotal.com/reference/overview (ip-object, domains-object, url-object, files).
Related objects come as descriptors with the same call (`relationships`).
"""

from base64 import urlsafe_b64encode
from math import log
from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import (
    DAY_S,
    MINUTE_S,
    Asking,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, check_value, name_hash, quote_path, read_raw, read_time, write_day
from stack.analysis.subjects import ADDRESSES, HASHES, Subject
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_ERRING_SHARE = 0.012
"""About one engine in ninety errs on what is clean: a single detection says next to nothing."""
_MANY = 40
_LINKS = {"ip_addresses": "ip-address", "domains": "domain", "urls": "url", "files": "file"}
_ASKED = {
    "ip_addresses": "resolutions,communicating_files",
    "domains": "resolutions,communicating_files,subdomains",
    "urls": "last_serving_ip_address,redirects_to",
    "files": "contacted_ips,contacted_domains,dropped_files,execution_parents",
}
_RELATIONS = {
    "communicating_files": "contacted-by",
    "contacted_ips": "communicates-with",
    "contacted_domains": "communicates-with",
    "dropped_files": "drops",
    "execution_parents": "dropped-by",
    "subdomains": "contains",
    "last_serving_ip_address": "served-by",
}
_Text = str | None
_Number = int | None


class _Stats(msgspec.Struct):
    malicious: int = 0
    suspicious: int = 0
    harmless: int = 0
    undetected: int = 0


class _Ranked(msgspec.Struct):
    value: str = ""
    count: int = 0


class _Threat(msgspec.Struct):
    suggested_threat_label: _Text = None
    popular_threat_name: list[_Ranked] = []


class _Sandbox(msgspec.Struct):
    category: _Text = None


class _Trusted(msgspec.Struct):
    verdict: _Text = None
    organization: _Text = None


class _Record(msgspec.Struct):
    type: str = ""
    value: str = ""


class _Attributes(msgspec.Struct):
    last_analysis_stats: _Stats = msgspec.field(default_factory=_Stats)
    last_analysis_date: _Number = None
    reputation: _Number = None
    tags: list[str] | None = None
    asn: _Number = None
    as_owner: _Text = None
    country: _Text = None
    network: _Text = None
    registrar: _Text = None
    creation_date: _Number = None
    first_submission_date: _Number = None
    last_submission_date: _Number = None
    first_seen_itw_date: _Number = None
    categories: dict[str, str] | None = None
    last_dns_records: list[_Record] | None = None
    title: _Text = None
    last_final_url: _Text = None
    meaningful_name: _Text = None
    names: list[str] | None = None
    type_description: _Text = None
    size: _Number = None
    md5: _Text = None
    sha1: _Text = None
    sha256: _Text = None
    ssdeep: _Text = None
    tlsh: _Text = None
    times_submitted: _Number = None
    popular_threat_classification: _Threat | None = None
    sandbox_verdicts: dict[str, _Sandbox] | None = None
    trusted_verdict: _Trusted | None = None


class _Descriptor(msgspec.Struct):
    id: str = ""
    type: str = ""


class _Related(msgspec.Struct):
    data: list[_Descriptor] | _Descriptor | None = None


class _Object(msgspec.Struct):
    id: str
    type: str
    attributes: _Attributes
    relationships: dict[str, _Related] | None = None


class _Report(msgspec.Struct):
    data: _Object


def weigh_votes(bad: float, total: int, *, is_file: bool) -> float:
    """The weight of `bad` of `total` engines, in log-odds: it grows with the logarithm of their share.

    It is nothing where as many speak as err on anything (1 of 90), strong from about 10 of 70 on, and 5 at
    most: engines copy from each other. Block lists of the web rarely agree, so a share of them says more.
    """
    if not total:
        return 0.0
    if not bad:
        return 0.0 if total < _MANY else (-MODEST if is_file else -SLIGHT)
    return max(0.1, min(5.0, (1.25 if is_file else 1.75) * log(bad / total / _ERRING_SHARE)))


class Provider(ProviderPlugin):
    """What antivirus engines, block lists and sandboxes say."""

    name = "virustotal"
    title = "VirusTotal"
    page = "https://docs.virustotal.com/reference/overview"
    terms = "The free key is not for commercial products or services; results may not be sold on."
    url = "https://www.virustotal.com/api/v3"
    kinds = ADDRESSES | (HASHES - {Kind.SHA512.value}) | {Kind.DOMAIN.value, Kind.URL.value}
    credentials = (Credential("key", "API key", Place.HEADER, "x-apikey"),)
    options = (Option("relations", "Ask for related values too", "yes", values=("yes", "no")),)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(4, MINUTE_S), Rate(500, DAY_S))

    def ask(self, subject: Subject) -> Asking:
        where = _find_collection(subject)
        identity = subject.value if where != "urls" else _encode_url(subject.value)
        params = {"relationships": _ASKED[where]} if self.choices.get("relations") != "no" else {}
        reply = yield ProviderRequest(
            path=f"/{where}/{quote_path(identity)}", params=params, expects=(200, 404)
        )
        if reply.status == 404:
            return ABSENT
        return _read_report(reply, subject, where)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/domains/example.com")
        reply.read(_Report)
        return Answer(summary="The key is good")


def _find_collection(subject: Subject) -> str:
    if subject.kind in ADDRESSES:
        return "ip_addresses"
    return {Kind.DOMAIN.value: "domains", Kind.URL.value: "urls"}.get(subject.kind, "files")


def _encode_url(url: str) -> str:
    return urlsafe_b64encode(url.encode()).decode().rstrip("=")


def _read_report(reply: ProviderReply, subject: Subject, where: str) -> Answer:
    found = reply.read(_Report).data
    said = found.attributes
    if where == "files":
        check_value(
            subject, {Kind.MD5.value: said.md5, Kind.SHA1.value: said.sha1}.get(subject.kind, said.sha256)
        )
    elif where != "urls":
        check_value(subject, found.id)
    maker = Maker(Provider.name, subject)
    link = f"https://www.virustotal.com/gui/{_LINKS[where]}/{quote_path(found.id)}"
    stated, summary = _tell_votes(maker, said, is_file=where == "files", link=link)
    _tell_file(maker, said)
    _tell_facts(maker, said)
    for relation, related in (found.relationships or {}).items():
        each = related.data if isinstance(related.data, list) else [related.data]
        for descriptor in each:
            if descriptor is not None:
                _tell_related(maker, subject, relation, descriptor)
    return maker.answer(stated=stated, summary=summary, link=link, raw=read_raw(reply))


def _tell_votes(maker: Maker, said: _Attributes, *, is_file: bool, link: str) -> tuple[Word, str]:
    stats = said.last_analysis_stats
    total = stats.malicious + stats.suspicious + stats.harmless + stats.undetected
    weight = weigh_votes(stats.malicious + stats.suspicious / 2, total, is_file=is_file)
    seen_at = read_time(said.last_analysis_date)
    day = write_day(seen_at)
    bad = stats.malicious + stats.suspicious
    summary = f"{bad} of {total} engines"
    maker.evidence(
        "engines",
        f"{stats.malicious} of {total} engines call it malicious and {stats.suspicious} suspicious"
        f"{f', as of {day}' if day else ''}.",
        weight,
        seen_at=seen_at,
        half_life_days=0 if is_file else 60,
        reference=link,
    )
    maker.moment(said.last_analysis_date, f"VirusTotal: last analysed, {summary}")
    if not bad and total >= _MANY:
        return Word.BENIGN, summary
    if weight >= STRONG:
        return Word.MALICIOUS, summary
    return (Word.SUSPICIOUS if weight >= MODEST else Word.UNKNOWN), summary


def _tell_file(maker: Maker, said: _Attributes) -> None:
    verdicts = [each.category for each in (said.sandbox_verdicts or {}).values()]
    if bad := sum(category == "malicious" for category in verdicts):
        maker.evidence(
            "sandboxes",
            f"{bad} of {len(verdicts)} sandboxes saw it do something malicious.",
            min(STRONG, MODEST * bad),
        )
    if said.trusted_verdict and said.trusted_verdict.verdict == "goodware":
        by = said.trusted_verdict.organization or "a software vendor"
        maker.evidence("trusted", f"{by} distributes this file, says VirusTotal.", -STRONG)
    if threat := said.popular_threat_classification:
        maker.fact("threat", threat.suggested_threat_label)
        maker.fact("families", [each.value for each in threat.popular_threat_name])
    maker.fact("name", said.meaningful_name)
    maker.fact("names", said.names)
    maker.fact("type", said.type_description)
    maker.fact("size", said.size)
    maker.fact("times submitted", said.times_submitted)
    for value, kind in (
        (said.md5, Kind.MD5),
        (said.sha1, Kind.SHA1),
        (said.sha256, Kind.SHA256),
        (said.ssdeep, Kind.SSDEEP),
        (said.tlsh, Kind.TLSH),
    ):
        maker.fact(str(kind), value, section="hashes", kind=kind)


def _tell_facts(maker: Maker, said: _Attributes) -> None:
    maker.fact("reputation by votes", said.reputation or None)
    maker.fact("tags", said.tags)
    maker.fact("categories", sorted(set((said.categories or {}).values())))
    maker.fact("AS", f"AS{said.asn}" if said.asn else None, kind=Kind.ASN)
    maker.fact("AS owner", said.as_owner)
    maker.fact("network", said.network, kind=Kind.CIDR)
    maker.fact("registrar", said.registrar)
    maker.fact("title", said.title)
    maker.place(said.country)
    for record in said.last_dns_records or ():
        if record.type in {"A", "AAAA"}:
            maker.pivot(record.value, Kind.IPV4, Kind.IPV6, relation="resolves-to")
        else:
            maker.fact(record.type, record.value, section="DNS")
    maker.pivot(said.last_final_url, Kind.URL, relation="leads-to")
    maker.moment(said.creation_date, "Registered or built")
    maker.moment(said.first_seen_itw_date, "VirusTotal: first seen in the wild")
    maker.moment(said.first_submission_date, "VirusTotal: first submitted")
    maker.moment(said.last_submission_date, "VirusTotal: last submitted")


def _tell_related(maker: Maker, subject: Subject, relation: str, other: _Descriptor) -> None:
    name = _RELATIONS.get(relation, "related-to")
    if other.type == "resolution":
        # The id of a resolution is the address and the name, without anything between.
        rest = other.id.removeprefix(subject.value).removesuffix(subject.value)
        maker.pivot(rest, Kind.IPV4, Kind.IPV6, Kind.DOMAIN, relation="resolves-to")
    elif other.type == "file":
        maker.pivot(other.id, name_hash(other.id) or Kind.SHA256, relation=name)
    elif other.type in {"ip_address", "domain"}:
        maker.pivot(other.id, Kind.IPV4, Kind.IPV6, Kind.DOMAIN, relation=name)
