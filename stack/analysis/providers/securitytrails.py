"""SecurityTrails: records, names and registration of a domain, and the names of an address.

Format: API v1, https://docs.securitytrails.com/reference (`/domain/{name}`, `/domain/{name}/subdomains`,
`/ips/nearby/{ip}`, `/domains/list` with a filter).
"""

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, Answer
from stack.analysis.base import (
    DAY_S,
    Asking,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, check_value, count, quote_path, read_raw
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_Text = str | None


class _Value(msgspec.Struct):
    ip: _Text = None
    ipv6: _Text = None
    hostname: _Text = None
    nameserver: _Text = None
    value: _Text = None
    ip_organization: _Text = None
    email: _Text = None


class _Record(msgspec.Struct):
    first_seen: _Text = None
    values: list[_Value] | None = None


class _Domain(msgspec.Struct):
    hostname: _Text = None
    current_dns: dict[str, _Record] | None = None
    alexa_rank: int | None = None
    apex_domain: _Text = None
    subdomain_count: int | None = None


class _Subdomains(msgspec.Struct):
    subdomains: list[str] = []
    subdomain_count: int = 0


class _Listed(msgspec.Struct):
    hostname: _Text = None
    alexa_rank: int | None = None
    host_provider: list[str] | None = None


class _List(msgspec.Struct):
    records: list[_Listed] = []
    record_count: int = 0


class _Ping(msgspec.Struct):
    success: bool = False


class Provider(ProviderPlugin):
    """What a domain resolves to, its subdomains, and which names an address has."""

    name = "securitytrails"
    title = "SecurityTrails"
    page = "https://docs.securitytrails.com/reference"
    terms = "The free plan has 50 calls a month, for one's own use; its data may not be passed on."
    url = "https://api.securitytrails.com/v1"
    kinds = ADDRESSES | {Kind.DOMAIN.value}
    credentials = (Credential("key", "API key", Place.HEADER, "APIKEY"),)
    options = (Option("subdomains", "Ask for subdomains too (one call more)", "no", values=("yes", "no")),)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(1, 1), Rate(50, 30 * DAY_S))
    keeps_s = 7 * DAY_S

    def ask(self, subject: Subject) -> Asking:
        if subject.kind in ADDRESSES:
            version = "ipv6" if subject.kind == Kind.IPV6.value else "ipv4"
            reply = yield ProviderRequest(
                path="/domains/list", method="POST", json={"filter": {version: subject.value}}
            )
            return _read_names(reply, subject)
        where = f"/domain/{quote_path(subject.value)}"
        reply = yield ProviderRequest(path=where, expects=(200, 404))
        if reply.status == 404:
            return ABSENT
        said, raw = reply.read(_Domain), {"domain": read_raw(reply)}
        check_value(subject, said.hostname)
        below = _Subdomains()
        if self.choices.get("subdomains") == "yes":
            more = yield ProviderRequest(
                path=f"{where}/subdomains", params={"children_only": "false"}, expects=(200, 404)
            )
            if more.status == 200:
                below, raw["subdomains"] = more.read(_Subdomains), read_raw(more)
        return _make_answer(subject, said, below, raw=raw)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/ping")
        reply.read(_Ping)
        return Answer(summary="The key is good")


def _read_names(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_List)
    if not said.records:
        return ABSENT
    maker = Maker(Provider.name, subject)
    maker.pivots([each.hostname for each in said.records], Kind.DOMAIN, relation="resolves-to")
    maker.fact("hosts", sorted({host for each in said.records for host in each.host_provider or ()}))
    return maker.answer(
        summary=f"names that resolve to it: {said.record_count or len(said.records)}",
        link=f"https://securitytrails.com/list/ip/{quote_path(subject.value)}",
        raw=read_raw(reply),
    )


def _list_values(record: _Record) -> Iterator[str]:
    for each in record.values or ():
        said = each.ip or each.ipv6 or each.hostname or each.nameserver or each.value
        if said:
            yield said


def _make_answer(subject: Subject, said: _Domain, below: _Subdomains, *, raw: object) -> Answer:
    records = said.current_dns or {}
    values = {name: list(_list_values(record)) for name, record in records.items()}
    if not any(values.values()) and not said.subdomain_count:
        return ABSENT
    maker = Maker(Provider.name, subject)
    for name, found in values.items():
        if name in {"a", "aaaa"}:
            maker.pivots(found, Kind.IPV4, Kind.IPV6, relation="resolves-to")
        maker.fact(name.upper(), found, section="DNS")
        if found:
            maker.moment(
                records[name].first_seen, f"SecurityTrails: first seen with this {name.upper()} record"
            )
    owners = {each.ip_organization for record in records.values() for each in record.values or ()}
    maker.fact("organisations of its addresses", sorted(owner for owner in owners if owner))
    maker.fact("subdomains", said.subdomain_count)
    maker.fact("rank", said.alexa_rank)
    for label in below.subdomains:
        maker.pivot(f"{label}.{subject.value}", Kind.DOMAIN, relation="contains")
    addresses = len(values.get("a", [])) + len(values.get("aaaa", []))
    subdomains = said.subdomain_count or below.subdomain_count
    return maker.answer(
        summary=f"{count(addresses, 'address', many='addresses')}, {count(subdomains, 'subdomain')}",
        link=f"https://securitytrails.com/domain/{quote_path(subject.value)}",
        raw=raw,
    )
