"""AlienVault OTX: in which reports ("pulses") of its community a value stands.

Format: DirectConnect API v1, https://otx.alienvault.com/api (`/indicators/{type}/{value}/{section}`).
"""

from collections.abc import Iterable
from math import log
from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import (
    HOUR_S,
    Asking,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, check_value, count, quote_path, read_raw, read_time, write_day
from stack.analysis.names.parts import find_organisation
from stack.analysis.subjects import ADDRESSES, HASHES, Subject
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_TYPES = {
    Kind.IPV4.value: "IPv4",
    Kind.IPV6.value: "IPv6",
    Kind.DOMAIN.value: "domain",
    Kind.URL.value: "url",
}
_LINKS = {"IPv4": "ip", "IPv6": "ip", "domain": "domain", "hostname": "hostname", "url": "url"}
_HALF_LIFE_DAYS = 180
_Text = str | None


class _Named(msgspec.Struct):
    id: _Text = None
    display_name: _Text = None


class _Pulse(msgspec.Struct):
    id: str = ""
    name: str = ""
    created: _Text = None
    modified: _Text = None
    adversary: _Text = None
    tags: list[str] = []
    malware_families: list[_Named | str] = []
    attack_ids: list[_Named | str] = []


class _PulseInfo(msgspec.Struct):
    count: int = 0
    pulses: list[_Pulse] = []


class _Validation(msgspec.Struct):
    source: _Text = None
    name: _Text = None
    message: _Text = None


class _General(msgspec.Struct):
    pulse_info: _PulseInfo
    indicator: _Text = None
    validation: list[_Validation] | None = None
    asn: _Text = None
    country_code: _Text = None
    city: _Text = None
    latitude: float | None = None
    longitude: float | None = None


class _Resolution(msgspec.Struct):
    address: _Text = None
    hostname: _Text = None
    record_type: _Text = None


class _Dns(msgspec.Struct):
    passive_dns: list[_Resolution] = []


def weigh_pulses(pulses: int) -> float:
    """The weight of standing in so many pulses: half for one, STRONG from some thirty on.

    Pulses are not reviewed, and copy whole feeds with what is benign in them, so that many together say
    little more than a few.
    """
    return 0.0 if pulses <= 0 else min(STRONG, SLIGHT + 0.6 * log(pulses))


class Provider(ProviderPlugin):
    """Reports of the community that name a value, with families, adversaries and resolutions."""

    name = "otx"
    title = "AlienVault OTX"
    page = "https://otx.alienvault.com/api"
    terms = "Free with an account, for commercial use too; what others published keeps its TLP."
    url = "https://otx.alienvault.com/api/v1"
    kinds = ADDRESSES | (HASHES - {Kind.SHA512.value}) | {Kind.DOMAIN.value, Kind.URL.value}
    credentials = (Credential("key", "OTX key", Place.HEADER, "X-OTX-API-KEY"),)
    options = (Option("resolutions", "Ask for passive DNS too", "yes", values=("yes", "no")),)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(10_000, HOUR_S),)
    is_metered = False

    def ask(self, subject: Subject) -> Asking:
        where = f"/indicators/{_name_type(subject)}/{quote_path(subject.value)}"
        reply = yield ProviderRequest(path=f"{where}/general", expects=(200, 404))
        if reply.status == 404:
            return ABSENT
        said = reply.read(_General)
        check_value(subject, said.indicator)
        resolutions: list[_Resolution] = []
        raw = {"general": read_raw(reply)}
        if subject.kind in ADDRESSES | {Kind.DOMAIN.value} and self.choices.get("resolutions") != "no":
            dns = yield ProviderRequest(path=f"{where}/passive_dns", expects=(200, 404))
            if dns.status == 200:
                resolutions = dns.read(_Dns).passive_dns
                raw["passive_dns"] = read_raw(dns)
        if not (said.pulse_info.count or said.validation or resolutions):
            return ABSENT
        return _make_answer(subject, said, resolutions, raw=raw)

    def test(self) -> Asking:
        reply: ProviderReply = yield ProviderRequest(path="/users/me")
        return Answer(summary=f"The key of {reply.read(_User).username} is good")


def _name_type(subject: Subject) -> str:
    """A name below a registered domain is a `hostname` there."""
    if subject.kind == Kind.DOMAIN.value and find_organisation(subject.value) != subject.value:
        return "hostname"
    return _TYPES.get(subject.kind, "file")


class _User(msgspec.Struct):
    username: str


def _make_answer(subject: Subject, said: _General, resolutions: list[_Resolution], *, raw: object) -> Answer:
    maker = Maker(Provider.name, subject)
    link = (
        f"https://otx.alienvault.com/indicator/{_LINKS.get(_name_type(subject), 'file')}"
        f"/{quote_path(subject.value)}"
    )
    pulses = said.pulse_info.count
    if pulses:
        _tell_pulses(maker, said.pulse_info, link=link, is_file=subject.kind in HASHES)
    known_good = [each.name or each.source or "" for each in said.validation or ()]
    if known_good:
        maker.evidence(
            "validation", f"OTX has it on lists of what is benign: {', '.join(known_good)}.", -STRONG
        )
    maker.fact("AS", said.asn)
    maker.place(said.country_code, label=said.city, latitude=said.latitude, longitude=said.longitude)
    for each in resolutions[:200]:
        _tell_resolution(maker, each, subject)
    stated = Word.BENIGN if known_good else (Word.SUSPICIOUS if pulses else Word.UNKNOWN)
    return maker.answer(stated=stated, summary=f"in {count(pulses, 'pulse')}", link=link, raw=raw)


def _tell_resolution(maker: Maker, said: _Resolution, subject: Subject) -> None:
    """Passive DNS of a domain holds that of the names below it too, and servers beside addresses."""
    if said.record_type not in {None, "A", "AAAA"}:
        maker.fact(said.record_type or "", said.address, section="DNS")
    elif subject.kind != Kind.DOMAIN.value:
        maker.pivot(said.hostname, Kind.DOMAIN, relation="resolves-to")
    elif (said.hostname or subject.value).lower() == subject.value:
        maker.pivot(said.address, Kind.IPV4, Kind.IPV6, relation="resolves-to")
    else:
        maker.pivot(said.hostname, Kind.DOMAIN, relation="contains")


def _tell_pulses(maker: Maker, info: _PulseInfo, *, link: str, is_file: bool) -> None:
    times = [
        time for pulse in info.pulses if (time := read_time(pulse.modified or pulse.created)) is not None
    ]
    newest = max(times, default=None)
    maker.evidence(
        "pulses",
        f"It stands in {count(info.count, 'report')} of the community"
        f"{f', the newest of {write_day(newest)}' if newest else ''}.",
        weigh_pulses(info.count),
        seen_at=newest,
        half_life_days=0 if is_file else _HALF_LIFE_DAYS,
        reference=link,
    )
    for pulse in info.pulses[:20]:
        maker.fact(pulse.name or pulse.id, f"https://otx.alienvault.com/pulse/{pulse.id}", section="pulses")
        maker.moment(pulse.created, f"OTX: {pulse.name}")
    maker.fact("adversaries", _list_names(pulse.adversary for pulse in info.pulses))
    maker.fact("families", _list_names(each for pulse in info.pulses for each in pulse.malware_families))
    maker.fact("techniques", _list_names(each for pulse in info.pulses for each in pulse.attack_ids))
    maker.fact("tags", _list_names(each for pulse in info.pulses for each in pulse.tags))


def _list_names(items: Iterable[_Named | str | None]) -> list[str]:
    names = (each.display_name or each.id if isinstance(each, _Named) else each for each in items)
    return sorted({name for name in names if name})
