"""Censys: services, names and threats that its scans of the Internet found at an address.

Format: Platform API v3, https://docs.censys.com/reference/get-started (`/v3/global/asset/host/{ip}`).
"""

from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, STRONG, Answer, Word
from stack.analysis.base import MINUTE_S, Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, check_value, count, quote_path, read_raw, read_time
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_Text = str | None
_MEDIA_TYPE = "application/vnd.censys.api.v3.host.v1+json"


class _Coordinates(msgspec.Struct):
    latitude: float | None = None
    longitude: float | None = None


class _Location(msgspec.Struct):
    city: _Text = None
    country_code: _Text = None
    coordinates: _Coordinates | None = None


class _Routing(msgspec.Struct):
    asn: int | None = None
    name: _Text = None
    bgp_prefix: _Text = None


class _Reverse(msgspec.Struct):
    names: list[str] | None = None


class _Dns(msgspec.Struct):
    names: list[str] | None = None
    reverse_dns: _Reverse | None = None


class _Label(msgspec.Struct):
    value: _Text = None


class _Malware(msgspec.Struct):
    name: _Text = None


class _Threat(msgspec.Struct):
    name: _Text = None
    type: list[str] | None = None
    confidence: float | None = None
    malware: _Malware | None = None


class _Software(msgspec.Struct):
    vendor: _Text = None
    product: _Text = None
    version: _Text = None


class _Vuln(msgspec.Struct):
    id: _Text = None


class _Certificate(msgspec.Struct):
    fingerprint_sha256: _Text = None
    names: list[str] | None = None


class _Service(msgspec.Struct):
    port: int = 0
    protocol: _Text = None
    transport_protocol: _Text = None
    scan_time: _Text = None
    labels: list[_Label] | None = None
    software: list[_Software] | None = None
    threats: list[_Threat] | None = None
    vulns: list[_Vuln] | None = None
    cert: _Certificate | None = None


class _Host(msgspec.Struct):
    ip: _Text = None
    location: _Location | None = None
    autonomous_system: _Routing | None = None
    dns: _Dns | None = None
    labels: list[_Label] | None = None
    operating_system: _Software | None = None
    services: list[_Service] | None = None


class _Asset(msgspec.Struct):
    resource: _Host


class _Envelope(msgspec.Struct):
    result: _Asset


class Provider(ProviderPlugin):
    """Services of an address, with the controllers and implants that answer like known ones."""

    name = "censys"
    title = "Censys"
    page = "https://docs.censys.com/reference/get-started"
    terms = "Free users may look hosts up for non-commercial use; each look-up costs a credit."
    url = "https://api.platform.censys.io"
    kinds = ADDRESSES
    credentials = (
        Credential("token", "Personal access token", Place.HEADER, "Authorization", prefix="Bearer "),
    )
    options = (Option("organization", "Id of the organisation, for its credits"),)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(1, 1), Rate(20, MINUTE_S))

    def ask(self, subject: Subject) -> Asking:
        reply = yield self._request(subject.value)
        return ABSENT if reply.status == 404 else _read_host(reply, subject)

    def test(self) -> Asking:
        reply = yield self._request("1.1.1.1")
        if reply.status == 200:
            reply.read(_Envelope)
        return Answer(summary="The token is good")

    def _request(self, address: str) -> ProviderRequest:
        organization = self.choices.get("organization") or ""
        return ProviderRequest(
            path=f"/v3/global/asset/host/{quote_path(address)}",
            params={"organization_id": organization} if organization else {},
            headers={"Accept": _MEDIA_TYPE},
            expects=(200, 404),
        )


def _read_host(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Envelope).result.resource
    check_value(subject, said.ip)
    services = said.services or []
    if not (services or said.autonomous_system or said.dns):
        return ABSENT
    maker = Maker(Provider.name, subject)
    link = f"https://platform.censys.io/hosts/{quote_path(subject.value)}"
    threats = [(service, threat) for service in services for threat in service.threats or ()]
    for service, threat in threats:
        sure = threat.confidence if threat.confidence is not None and 0 < threat.confidence <= 1 else 0.8
        name = threat.name or (threat.malware.name if threat.malware else None) or "a threat without a name"
        maker.evidence(
            "threat",
            f"Port {service.port} answers like {name} ({', '.join(threat.type or ['threat'])}).",
            (STRONG + 0.5) * sure,
            seen_at=read_time(service.scan_time),
            half_life_days=14,
            reference=link,
        )
    _tell_services(maker, services)
    _tell_host(maker, said)
    ports = sorted({service.port for service in services})
    return maker.answer(
        stated=Word.MALICIOUS if threats else None,
        summary=f"{count(len(ports), 'open port')}, {count(len(threats), 'threat')}",
        link=link,
        raw=read_raw(reply),
    )


def _tell_services(maker: Maker, services: list[_Service]) -> None:
    for service in services[:60]:
        what = [service.protocol or "unknown"]
        for each in (service.software or ())[:3]:
            what.append(" ".join(filter(None, (each.vendor, each.product, each.version))))
        name = f"{service.port}/{service.transport_protocol or 'tcp'}"
        maker.fact(name, what, section="services")
        maker.pivots([vuln.id for vuln in service.vulns or ()], Kind.CVE, relation="has-vulnerability")
        if service.cert:
            thumbprint = service.cert.fingerprint_sha256
            maker.fact(f"{service.port} certificate", thumbprint, section="services", kind=Kind.CERTIFICATE)
            for certified in service.cert.names or ():
                maker.pivot(
                    certified.removeprefix("*."), Kind.DOMAIN, Kind.IPV4, Kind.IPV6, relation="certifies"
                )


def _tell_host(maker: Maker, said: _Host) -> None:
    dns = said.dns or _Dns()
    names = [*(dns.names or ()), *((dns.reverse_dns and dns.reverse_dns.names) or ())]
    maker.pivots(names, Kind.DOMAIN, relation="resolves-to")
    labels = {each.value for holder in (said, *(said.services or ())) for each in holder.labels or ()}
    maker.fact("labels", sorted(label for label in labels if label))
    if system := said.autonomous_system:
        maker.fact("AS", f"AS{system.asn}" if system.asn else None, kind=Kind.ASN)
        maker.fact("AS owner", system.name)
        maker.fact("network", system.bgp_prefix, kind=Kind.CIDR)
    if said.operating_system:
        os = said.operating_system
        maker.fact("system", " ".join(filter(None, (os.vendor, os.product, os.version))))
    if where := said.location:
        point = where.coordinates or _Coordinates()
        maker.place(where.country_code, label=where.city, latitude=point.latitude, longitude=point.longitude)
