"""GreyNoise: whether an address scans the whole Internet, or serves many.

Format: API v3, https://docs.greynoise.io/reference (`/v3/ip/…` of a subscription, `/v3/community/…` free).
"""

from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import DAY_S, Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, check_value, quote_path, read_raw, read_time, write_day
from stack.analysis.subjects import Subject
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_Text = str | None
_WORDS = {"malicious": Word.MALICIOUS, "suspicious": Word.SUSPICIOUS, "benign": Word.BENIGN}
_WEIGHTS = {"malicious": STRONG, "suspicious": MODEST, "benign": -STRONG}
"""Seen scanning with exploits by its own sensors, and named scanners of research: few of either are wrong.
It stays below decisive, because the addresses are mostly machines that somebody took over."""

_TRUSTED = "1"
"""Trust level of a service that nobody can block; at level 2, such as clouds, customers run anything."""


class _Community(msgspec.Struct):
    ip: str
    noise: bool = False
    riot: bool = False
    classification: _Text = None
    name: _Text = None
    last_seen: _Text = None


class _Tag(msgspec.Struct):
    name: _Text = None
    intention: _Text = None
    cves: list[str] | None = None


class _Metadata(msgspec.Struct):
    asn: _Text = None
    organization: _Text = None
    source_country_code: _Text = None
    source_city: _Text = None
    latitude: float | None = None
    longitude: float | None = None
    rdns: _Text = None
    category: _Text = None
    os: _Text = None


class _Scanner(msgspec.Struct):
    found: bool = False
    classification: _Text = None
    actor: _Text = None
    first_seen: _Text = None
    last_seen: _Text = None
    last_seen_timestamp: _Text = None
    tags: list[_Tag] | None = None
    cves: list[str] | None = None
    bot: bool | None = None
    vpn: bool | None = None
    vpn_service: _Text = None
    tor: bool | None = None
    spoofable: bool | None = None
    metadata: _Metadata | None = None


class _Business(msgspec.Struct):
    found: bool = False
    name: _Text = None
    category: _Text = None
    description: _Text = None
    trust_level: _Text = None


class _Full(msgspec.Struct):
    ip: str
    internet_scanner_intelligence: _Scanner | None = None
    business_service_intelligence: _Business | None = None


class _Ping(msgspec.Struct):
    message: _Text = None
    offering: _Text = None


class Provider(ProviderPlugin):
    """Scanners of the whole Internet, good and bad, and services that everybody uses (RIOT)."""

    name = "greynoise"
    title = "GreyNoise"
    page = "https://docs.greynoise.io/reference"
    terms = "The community API is free for a few look-ups a week; commercial use needs a subscription."
    url = "https://api.greynoise.io"
    kinds = frozenset({Kind.IPV4.value})
    credentials = (Credential("key", "API key", Place.HEADER, "key"),)
    options = (Option("plan", "Which API the key is for", "community", values=("community", "subscription")),)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(50, 7 * DAY_S),)

    def ask(self, subject: Subject) -> Asking:
        is_full = self.choices.get("plan") == "subscription"
        where = "ip" if is_full else "community"
        reply = yield ProviderRequest(path=f"/v3/{where}/{quote_path(subject.value)}", expects=(200, 404))
        if reply.status == 404:
            return ABSENT
        return (_read_full if is_full else _read_community)(reply, subject)

    def test(self) -> Asking:
        path = "/ping" if self.choices.get("plan") == "subscription" else "/v3/community/8.8.8.8"
        reply = yield ProviderRequest(path=path, expects=(200, 404))
        said = reply.read(_Ping)
        return Answer(summary=f"The key is good{f' ({said.offering})' if said.offering else ''}")


def _link_to(subject: Subject) -> str:
    return f"https://viz.greynoise.io/ip/{quote_path(subject.value)}"


def _tell_scanner(maker: Maker, classification: str, name: str, last_seen: str | None, link: str) -> None:
    seen_at = read_time(last_seen)
    day = f", last on {write_day(seen_at)}" if seen_at else ""
    who = f" ({name})" if name and name != "unknown" else ""
    maker.evidence(
        "scanner",
        f"It scans the whole Internet{who}{day}; GreyNoise calls that {classification}.",
        _WEIGHTS.get(classification, SLIGHT),
        seen_at=seen_at,
        half_life_days=30,
        reference=link,
    )
    maker.moment(last_seen, "GreyNoise: last seen scanning")


def _read_community(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Community)
    check_value(subject, said.ip)
    if not (said.noise or said.riot):
        return ABSENT
    maker = Maker(Provider.name, subject)
    link, name = _link_to(subject), said.name or ""
    classification = said.classification or "unknown"
    if said.noise:
        _tell_scanner(maker, classification, name, said.last_seen, link)
    if said.riot:
        maker.evidence(
            "riot", f"It belongs to a service that many use: {name or 'not named'}.", -STRONG, reference=link
        )
    maker.fact("name", name if name != "unknown" else "")
    return maker.answer(
        stated=Word.BENIGN if said.riot and not said.noise else _WORDS.get(classification, Word.UNKNOWN),
        summary=f"{'common service' if said.riot else 'scanner'}, {classification}",
        link=link,
        raw=read_raw(reply),
    )


def _read_full(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Full)
    check_value(subject, said.ip)
    scanner = said.internet_scanner_intelligence or _Scanner()
    business = said.business_service_intelligence or _Business()
    if not (scanner.found or business.found):
        return ABSENT
    maker = Maker(Provider.name, subject)
    link = _link_to(subject)
    classification = scanner.classification or "unknown"
    if scanner.found:
        last_seen = scanner.last_seen_timestamp or scanner.last_seen
        _tell_scanner(maker, classification, scanner.actor or "", last_seen, link)
        _tell_details(maker, scanner)
    if business.found:
        maker.evidence(
            "riot",
            f"It belongs to {business.name or 'a service'} ({business.category or 'not classed'}), "
            f"which has trust level {business.trust_level or 'unknown'}.",
            -STRONG if business.trust_level == _TRUSTED else -SLIGHT,
            reference=link,
        )
        maker.fact("service", business.name)
        maker.fact("description", business.description)
    stated = Word.BENIGN if business.trust_level == _TRUSTED else Word.UNKNOWN
    if scanner.found:
        stated = _WORDS.get(classification, Word.UNKNOWN)
    summary = classification if scanner.found else f"common service: {business.name or 'not named'}"
    return maker.answer(stated=stated, summary=summary, link=link, raw=read_raw(reply))


def _tell_details(maker: Maker, scanner: _Scanner) -> None:
    tags = scanner.tags or []
    maker.moment(scanner.first_seen, "GreyNoise: first seen scanning")
    maker.fact("tags", [tag.name for tag in tags])
    maker.pivots(
        [*(scanner.cves or ()), *(cve for tag in tags for cve in tag.cves or ())],
        Kind.CVE,
        relation="exploits",
    )
    for name in ("bot", "vpn", "tor", "spoofable"):
        maker.fact(name, getattr(scanner, name) or None)
    maker.fact("VPN service", scanner.vpn_service)
    if said := scanner.metadata:
        maker.fact("AS", said.asn, kind=Kind.ASN)
        maker.fact("organisation", said.organization)
        maker.fact("category", said.category)
        maker.fact("system", said.os)
        maker.pivot(said.rdns, Kind.DOMAIN, relation="resolves-to")
        maker.place(
            said.source_country_code,
            label=said.source_city,
            latitude=said.latitude,
            longitude=said.longitude,
        )
