"""Shodan InternetDB: open ports, names and vulnerabilities of an address, without an account.

Format: https://internetdb.shodan.io/docs (`/{ip}`).
"""

from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer
from stack.analysis.base import DAY_S, Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, check_value, quote_path, read_raw
from stack.analysis.subjects import ADDRESSES, Subject
from stack.stix.observables.kinds import Kind

_TAGS = {"c2": STRONG, "malware": STRONG, "compromised": MODEST, "doublepulsar": MODEST, "tor": SLIGHT}


class _Entry(msgspec.Struct):
    ip: str
    ports: list[int] = []
    hostnames: list[str] = []
    cpes: list[str] = []
    tags: list[str] = []
    vulns: list[str] = []


class Provider(ProviderPlugin):
    """Ports and vulnerabilities of an address, updated weekly."""

    name = "shodan-internetdb"
    title = "Shodan InternetDB"
    page = "https://internetdb.shodan.io/docs"
    terms = "Free for non-commercial use, without an account; commercial use needs an Enterprise plan."
    url = "https://internetdb.shodan.io"
    kinds = ADDRESSES
    rates: ClassVar[tuple[Rate, ...]] = (Rate(60, 60),)
    keeps_s = 3 * DAY_S
    is_metered = False

    def ask(self, subject: Subject) -> Asking:
        reply = yield ProviderRequest(path=f"/{quote_path(subject.value)}", expects=(200, 404))
        return ABSENT if reply.status == 404 else _read_entry(reply, subject)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/1.1.1.1", expects=(200, 404))
        if reply.status == 200:
            reply.read(_Entry)
        return Answer(summary="It answers")


def _read_entry(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Entry)
    check_value(subject, said.ip)
    maker = Maker(Provider.name, subject)
    for tag in said.tags:
        if tag in _TAGS:
            maker.evidence(
                f"tag-{tag}",
                f"Shodan's probes found what it tags “{tag}”.",
                _TAGS[tag],
                group=f"shodan.{tag}",
                seen_at=reply.received_at,
                half_life_days=30,
            )
    if said.vulns:
        maker.evidence(
            "vulnerable",
            f"Its services have versions with known vulnerabilities: {len(said.vulns)}.",
            SLIGHT / 2,
            group="shodan.vulnerable",
            seen_at=reply.received_at,
            half_life_days=30,
        )
    maker.pivots(said.vulns, Kind.CVE, relation="has-vulnerability")
    maker.pivots(said.hostnames, Kind.DOMAIN, relation="resolves-to")
    maker.fact("ports", sorted(said.ports))
    maker.fact("tags", said.tags)
    maker.fact("products", said.cpes)
    ports = sorted(said.ports)
    return maker.answer(
        summary=f"open ports: {', '.join(map(str, ports[:20])) or 'none'}",
        link=f"https://www.shodan.io/host/{quote_path(subject.value)}",
        raw=read_raw(reply),
    )
