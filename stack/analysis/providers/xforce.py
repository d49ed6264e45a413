"""IBM X-Force Exchange: risk of addresses, domains, URLs and files, with categories and families.

Format: https://api.xforce.ibmcloud.com/doc/ (`/ipr/{ip}`, `/url/{url}`, `/malware/{hash}`).
Status 402 says that the records of the month are used up.
"""

from typing import Any, ClassVar

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import (
    DAY_S,
    Asking,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, check_value, quote_path, read_raw, read_time, write_day
from stack.analysis.subjects import ADDRESSES, HASHES, Subject
from stack.core.plugin_options import Credential, Place
from stack.stix.observables.kinds import Kind

_MALICIOUS, _SUSPICIOUS, _LOW = 7.0, 4.0, 1.0
_RISKS = {"high": STRONG + 0.5, "medium": MODEST, "low": SLIGHT}
_HALF_LIFE_DAYS = 60
_Text = str | None


class _Geo(msgspec.Struct):
    countrycode: _Text = None


class _Change(msgspec.Struct):
    created: _Text = None


class _Address(msgspec.Struct):
    ip: _Text = None
    score: float | None = None
    reason: _Text = None
    cats: dict[str, float] | None = None
    geo: _Geo | None = None
    history: list[_Change] | None = None


class _UrlResult(msgspec.Struct):
    url: _Text = None
    score: float | None = None
    cats: dict[str, bool] | None = None


class _Url(msgspec.Struct):
    result: _UrlResult


class _Server(msgspec.Struct):
    ip: _Text = None
    domain: _Text = None


class _Servers(msgspec.Struct):
    count: int = 0
    rows: list[_Server] | None = None


class _External(msgspec.Struct):
    family: list[str] | None = None
    malware_type: _Text = msgspec.field(default=None, name="malwareType")
    coverage: int | None = msgspec.field(default=None, name="detectionCoverage")
    first_seen: _Text = msgspec.field(default=None, name="firstSeen")
    last_seen: _Text = msgspec.field(default=None, name="lastSeen")


class _Origins(msgspec.Struct):
    external: _External | None = None
    controllers: _Servers | None = msgspec.field(default=None, name="CnCServers")
    downloads: _Servers | None = msgspec.field(default=None, name="downloadServers")


class _Malware(msgspec.Struct):
    risk: _Text = None
    family: list[str] | None = None
    mimetype: _Text = None
    created: _Text = None
    origins: _Origins | None = None


class _File(msgspec.Struct):
    malware: _Malware


def weigh_score(score: float | None) -> float:
    """The weight of a risk from 1 to 10: X-Force calls 7 and more high, and gives 1 to what is unremarkable.

    Half of it comes from where an address is in a network, so that it stays below decisive.
    """
    if score is None or score <= _LOW:
        return 0.0
    return STRONG * min(1.0, (score - _LOW) / (_MALICIOUS + 1 - _LOW))


class Provider(ProviderPlugin):
    """Risk scores and categories; families of files."""

    name = "xforce"
    title = "IBM X-Force Exchange"
    page = "https://api.xforce.ibmcloud.com/doc/"
    terms = "Free for 5,000 records a month, not for commercial use, which needs a subscription."
    url = "https://api.xforce.ibmcloud.com"
    kinds = ADDRESSES | (HASHES - {Kind.SHA512.value}) | {Kind.DOMAIN.value, Kind.URL.value}
    credentials = (
        Credential("key", "API key", Place.USER),
        Credential("password", "API password", Place.PASSWORD),
    )
    rates: ClassVar[tuple[Rate, ...]] = (Rate(5000, 30 * DAY_S),)

    def ask(self, subject: Subject) -> Asking:
        where = "malware"
        if subject.kind in ADDRESSES:
            where = "ipr"
        elif subject.kind in {Kind.DOMAIN.value, Kind.URL.value}:
            where = "url"
        reply = yield _ask(f"/{where}/{quote_path(subject.value)}")
        if reply.status == 404:
            return ABSENT
        return {"ipr": _read_address, "url": _read_url, "malware": _read_file}[where](reply, subject)

    def test(self) -> Asking:
        reply = yield _ask("/ipr/1.1.1.1")
        if reply.status == 200:
            reply.read(_Address)
        return Answer(summary="The key and the password are good")


def _ask(path: str) -> ProviderRequest:
    return ProviderRequest(path=path, headers={"Accept": "application/json"}, expects=(200, 404))


def _name_score(score: float | None) -> Word | None:
    if score is None:
        return None
    if score >= _MALICIOUS:
        return Word.MALICIOUS
    return Word.SUSPICIOUS if score >= _SUSPICIOUS else Word.UNKNOWN


def _tell_score(maker: Maker, score: float | None, why: str, seen_at: int | None, link: str) -> None:
    if score is None:
        return
    maker.evidence(
        "score",
        f"X-Force gives it a risk of {score:g} of 10{f' ({why})' if why else ''}"
        f"{f', last changed on {write_day(seen_at)}' if seen_at else ''}.",
        weigh_score(score),
        seen_at=seen_at,
        half_life_days=_HALF_LIFE_DAYS,
        reference=link,
    )


def _read_address(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Address)
    check_value(subject, said.ip)
    maker = Maker(Provider.name, subject)
    link = f"https://exchange.xforce.ibmcloud.com/ip/{quote_path(subject.value)}"
    times = [at for each in said.history or () if (at := read_time(each.created)) is not None]
    categories = [f"{name} {share:g} %" for name, share in (said.cats or {}).items()]
    _tell_score(maker, said.score, ", ".join(categories), max(times, default=None), link)
    maker.fact("categories", categories)
    maker.fact("reason", said.reason)
    maker.place(said.geo.countrycode if said.geo else None)
    for at in (min(times), max(times)) if times else ():
        maker.moment(at / 1e6, "X-Force: its record changed")
    return _finish(maker, said.score, categories, link=link, reply=reply)


def _read_url(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Url).result
    maker = Maker(Provider.name, subject)
    link = f"https://exchange.xforce.ibmcloud.com/url/{quote_path(subject.value)}"
    categories = [name for name, is_so in (said.cats or {}).items() if is_so]
    _tell_score(maker, said.score, ", ".join(categories), None, link)
    maker.fact("categories", categories)
    return _finish(maker, said.score, categories, link=link, reply=reply)


def _finish(
    maker: Maker, score: float | None, names: list[str], *, link: str, reply: ProviderReply
) -> Answer:
    said = "no risk given" if score is None else f"risk {score:g} of 10"
    raw: Any = read_raw(reply)
    return maker.answer(stated=_name_score(score), summary=", ".join([said, *names[:4]]), link=link, raw=raw)


def _read_file(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_File).malware
    origins = said.origins or _Origins()
    external = origins.external or _External()
    families = [*(said.family or ()), *(external.family or ())]
    maker = Maker(Provider.name, subject)
    link = f"https://exchange.xforce.ibmcloud.com/malware/{quote_path(subject.value)}"
    risk = (said.risk or "").lower()
    if risk in _RISKS:
        coverage = external.coverage
        maker.evidence(
            "risk",
            f"X-Force rates the file's risk {risk}"
            f"{f', and {coverage} percent of scanners detect it' if coverage is not None else ''}.",
            _RISKS[risk],
            reference=link,
        )
    maker.fact("families", families)
    maker.fact("type", external.malware_type)
    maker.fact("media type", said.mimetype)
    maker.moment(said.created, "X-Force: added")
    maker.moment(external.first_seen, "X-Force: first seen")
    maker.moment(external.last_seen, "X-Force: last seen")
    for servers, relation in (
        (origins.controllers, "communicates-with"),
        (origins.downloads, "downloads-from"),
    ):
        for row in (servers and servers.rows) or ():
            maker.pivot(row.ip, Kind.IPV4, Kind.IPV6, relation=relation)
            maker.pivot(row.domain, Kind.DOMAIN, Kind.IPV4, relation=relation)
    return maker.answer(
        stated={"high": Word.MALICIOUS, "medium": Word.SUSPICIOUS}.get(risk),
        summary=f"risk {risk or 'not given'}{f', {families[0]}' if families else ''}",
        link=link,
        raw=read_raw(reply),
    )
