"""Shodan: what an address offers to the Internet.

Format: REST API, https://developer.shodan.io/api (`/shodan/host/{ip}`).
"""

from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer
from stack.analysis.base import Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, check_value, quote_path, read_raw, read_time
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Place
from stack.stix.observables.kinds import Kind

_Text = str | None
_TAGS = {"c2": STRONG, "malware": STRONG, "compromised": MODEST, "doublepulsar": MODEST, "tor": SLIGHT}
"""Tags that Shodan gives where an answer to its own probes has the mark of a controller or an implant."""
_HALF_LIFE_DAYS = 30


class _Http(msgspec.Struct):
    title: _Text = None
    server: _Text = None


class _Print(msgspec.Struct):
    sha256: _Text = None


class _Certificate(msgspec.Struct):
    fingerprint: _Print | None = None


class _Ssl(msgspec.Struct):
    cert: _Certificate | None = None
    jarm: _Text = None


class _Service(msgspec.Struct):
    port: int = 0
    transport: _Text = None
    product: _Text = None
    version: _Text = None
    timestamp: _Text = None
    http: _Http | None = None
    ssl: _Ssl | None = None


class _Host(msgspec.Struct):
    ip_str: str
    ports: list[int] = []
    hostnames: list[str] = []
    tags: list[str] | None = None
    vulns: list[str] | None = None
    org: _Text = None
    isp: _Text = None
    asn: _Text = None
    os: _Text = None
    country_code: _Text = None
    city: _Text = None
    latitude: float | None = None
    longitude: float | None = None
    last_update: _Text = None
    data: list[_Service] = []


class _Info(msgspec.Struct):
    query_credits: int = 0
    plan: str = ""


class Provider(ProviderPlugin):
    """Ports, products, vulnerabilities and names of an address."""

    name = "shodan"
    title = "Shodan"
    page = "https://developer.shodan.io/api"
    terms = "Needs an account; look-ups of hosts cost no credits. See https://www.shodan.io/terms for resale."
    url = "https://api.shodan.io"
    kinds = ADDRESSES
    credentials = (Credential("key", "API key", Place.PARAMETER, "key"),)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(1, 1),)
    is_metered = False

    def ask(self, subject: Subject) -> Asking:
        reply = yield ProviderRequest(path=f"/shodan/host/{quote_path(subject.value)}", expects=(200, 404))
        return ABSENT if reply.status == 404 else _read_host(reply, subject)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/api-info")
        said = reply.read(_Info)
        return Answer(summary=f"The key is good: plan {said.plan}, {said.query_credits} query credits left")


def _read_host(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Host)
    check_value(subject, said.ip_str)
    maker = Maker(Provider.name, subject)
    link = f"https://www.shodan.io/host/{quote_path(subject.value)}"
    seen_at = read_time(said.last_update)
    for tag in said.tags or ():
        if tag in _TAGS:
            maker.evidence(
                f"tag-{tag}",
                f"Shodan's probes found what it tags “{tag}”.",
                _TAGS[tag],
                group=f"shodan.{tag}",
                seen_at=seen_at,
                half_life_days=_HALF_LIFE_DAYS,
                reference=link,
            )
    if said.vulns:
        maker.evidence(
            "vulnerable",
            f"Its services have versions with known vulnerabilities: {len(said.vulns)}.",
            SLIGHT / 2,
            group="shodan.vulnerable",
            seen_at=seen_at,
            half_life_days=_HALF_LIFE_DAYS,
            reference=link,
        )
    maker.pivots(said.vulns, Kind.CVE, relation="has-vulnerability")
    maker.pivots(said.hostnames, Kind.DOMAIN, relation="resolves-to")
    _tell_facts(maker, said)
    maker.moment(said.last_update, "Shodan: last scanned")
    ports = sorted(said.ports)
    return maker.answer(
        summary=f"open ports: {', '.join(map(str, ports[:20])) or 'none'}",
        link=link,
        raw=read_raw(reply),
    )


def _tell_facts(maker: Maker, said: _Host) -> None:
    maker.fact("ports", sorted(said.ports))
    maker.fact("tags", said.tags)
    maker.fact("organisation", said.org)
    maker.fact("ISP", said.isp)
    maker.fact("AS", said.asn, kind=Kind.ASN)
    maker.fact("system", said.os)
    maker.place(said.country_code, label=said.city, latitude=said.latitude, longitude=said.longitude)
    for service in said.data[:60]:
        what = " ".join(filter(None, (service.product, service.version)))
        if service.http:
            what = " ".join(filter(None, (what or service.http.server, service.http.title)))
        maker.fact(f"{service.port}/{service.transport or 'tcp'}", what or "open", section="services")
        if service.ssl:
            maker.fact(f"{service.port} JARM", service.ssl.jarm, section="services")
            if service.ssl.cert and service.ssl.cert.fingerprint:
                thumb = service.ssl.cert.fingerprint.sha256
                maker.fact(f"{service.port} certificate", thumb, section="services", kind=Kind.CERTIFICATE)
