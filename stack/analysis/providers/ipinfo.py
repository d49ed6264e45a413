"""IPinfo: whose an address is, where it is, and whether it hides somebody.

Format: https://ipinfo.io/developers (`/lite/{ip}`, free, and `/lookup/{ip}` of the plans Core and Plus).
"""

from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, SLIGHT, Answer
from stack.analysis.base import (
    DAY_S,
    MINUTE_S,
    Asking,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, check_value, quote_path, read_raw
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_Text = str | None
_Flag = bool | None


class _Lite(msgspec.Struct):
    ip: str
    bogon: bool = False
    asn: _Text = None
    as_name: _Text = None
    as_domain: _Text = None
    country_code: _Text = None


class _Geo(msgspec.Struct):
    city: _Text = None
    region: _Text = None
    country_code: _Text = None
    latitude: float | None = None
    longitude: float | None = None


class _System(msgspec.Struct):
    asn: _Text = None
    name: _Text = None
    domain: _Text = None
    type: _Text = None


class _Anonymous(msgspec.Struct):
    name: _Text = None
    is_proxy: _Flag = None
    is_relay: _Flag = None
    is_tor: _Flag = None
    is_vpn: _Flag = None


class _Lookup(msgspec.Struct):
    ip: str
    bogon: bool = False
    hostname: _Text = None
    geo: _Geo | None = None
    system: _System | None = msgspec.field(default=None, name="as")
    anonymous: _Anonymous | None = None
    is_anycast: _Flag = None
    is_hosting: _Flag = None
    is_mobile: _Flag = None
    is_satellite: _Flag = None


class Provider(ProviderPlugin):
    """Network, country, and with a paid plan place, VPN, proxy and hosting."""

    name = "ipinfo"
    title = "IPinfo"
    page = "https://ipinfo.io/developers"
    terms = "Lite is free without limit under CC BY-SA 4.0: name IPinfo where its data is shown."
    url = "https://api.ipinfo.io"
    kinds = ADDRESSES
    credentials = (Credential("token", "Token", Place.HEADER, "Authorization", prefix="Bearer "),)
    options = (Option("plan", "Plan of the token", "lite", values=("lite", "lookup")),)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(600, MINUTE_S),)
    keeps_s = 7 * DAY_S
    is_metered = False

    def ask(self, subject: Subject) -> Asking:
        plan = self.choices.get("plan") or "lite"
        reply = yield ProviderRequest(path=f"/{plan}/{quote_path(subject.value)}", expects=(200, 404))
        if reply.status == 404:
            return ABSENT
        return (_read_lookup if plan == "lookup" else _read_lite)(reply, subject)

    def test(self) -> Asking:
        plan = self.choices.get("plan") or "lite"
        reply = yield ProviderRequest(path=f"/{plan}/8.8.8.8")
        reply.read(_Lite)
        return Answer(summary="The token is good")


def _link_to(subject: Subject) -> str:
    return f"https://ipinfo.io/{quote_path(subject.value)}"


def _tell_system(maker: Maker, asn: str | None, name: str | None, domain: str | None) -> None:
    maker.fact("AS", asn, kind=Kind.ASN)
    maker.fact("AS owner", name)
    maker.fact("domain of the AS", domain, kind=Kind.DOMAIN)


def _read_lite(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Lite)
    check_value(subject, said.ip)
    if said.bogon or not (said.asn or said.country_code):
        return ABSENT
    maker = Maker(Provider.name, subject)
    _tell_system(maker, said.asn, said.as_name, said.as_domain)
    maker.place(said.country_code)
    summary = ", ".join(filter(None, (said.as_name, said.country_code)))
    return maker.answer(summary=summary, link=_link_to(subject), raw=read_raw(reply))


def _read_lookup(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Lookup)
    check_value(subject, said.ip)
    geo, system, hidden = said.geo or _Geo(), said.system or _System(), said.anonymous or _Anonymous()
    if said.bogon or not (system.asn or geo.country_code):
        return ABSENT
    maker = Maker(Provider.name, subject)
    _tell_system(maker, system.asn, system.name, system.domain)
    maker.fact("type of the AS", system.type)
    maker.place(
        geo.country_code,
        label=", ".join(filter(None, (geo.city, geo.region))),
        latitude=geo.latitude,
        longitude=geo.longitude,
    )
    maker.pivot(said.hostname, Kind.DOMAIN, relation="resolves-to")
    ways = [name for name in ("proxy", "relay", "tor", "vpn") if getattr(hidden, f"is_{name}")]
    if ways:
        # Attackers hide, and so do very many others.
        whose = f" of {hidden.name}" if hidden.name else ""
        maker.evidence(
            "anonymous",
            f"It hides who uses it ({', '.join(ways)}{whose}).",
            SLIGHT,
            group="address.anonymous",
            reference=_link_to(subject),
        )
    for name in ("anycast", "hosting", "mobile", "satellite"):
        maker.fact(name, getattr(said, f"is_{name}") or None)
    summary = ", ".join(filter(None, (system.name, geo.city, geo.country_code, *ways)))
    return maker.answer(summary=summary, link=_link_to(subject), raw=read_raw(reply))
