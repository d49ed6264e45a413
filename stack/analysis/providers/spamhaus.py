"""Spamhaus: on which block lists an address is, and the reputation of a domain.

Format: Intelligence API, https://docs.spamhaus.com/sia/ (API-Interface: 110-API login, 200-IP, 310-Domains;
data-anatomy). A token that lasts a day is had for the account's name and password.
"""

from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import (
    DAY_S,
    Asking,
    MalformedAnswer,
    NotLetIn,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, check_value, quote_path, read_raw, read_time, write_day
from stack.analysis.names.parts import find_organisation
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Place
from stack.stix.observables.kinds import Kind

_LISTS = {
    "BCL": ("controls a botnet", 4.0),
    "XBL": ("is infected or abused", STRONG),
    "CSS": ("sends spam", STRONG),
    "SBL": ("belongs to spammers or worse", STRONG),
    "DROP": ("belongs to a network of criminals", 4.0),
}
"""What each data set says. Controllers are verified one by one; infected machines are mostly victims."""
_VERY_BAD = 50.0
"""Of scores Spamhaus says: 0 is neutral, and 50 either way very good or bad."""
_BAD_TAGS = frozenset(
    {
        "phish",
        "phishing",
        "malware",
        "botnet",
        "botnetcc",
        "spam",
        "ransomware",
        "adware",
        "scam",
        "cryptocurrency",
    }
)
_Text = str | None


class _Login(msgspec.Struct):
    token: _Text = None
    code: int = 200


class _Listing(msgspec.Struct):
    ipaddress: _Text = None
    dataset: _Text = None
    listed: int | None = None
    seen: int | None = None
    valid_until: int | None = None
    heuristic: _Text = None
    botname: _Text = None
    botname_malpedia: _Text = None
    dstport: int | None = None
    helo: _Text = None
    abused: bool | None = None
    shared: bool | None = None
    asn: _Text = None
    cc: _Text = None
    lat: float | None = None
    lon: float | None = None


class _Listings(msgspec.Struct):
    results: list[_Listing] = []


class _Whois(msgspec.Struct):
    created: int | None = None
    expires: int | None = None
    registrar: _Text = None


class _Domain(msgspec.Struct, rename="kebab"):
    domain: _Text = None
    last_seen: int | None = None
    tags: list[str] | None = None
    abused: bool | None = None
    deactivated_ts: int | None = None
    whois: _Whois | None = None
    score: float | None = None


class Provider(ProviderPlugin):
    """Block lists of addresses, and reputation, tags and registration of domains."""

    name = "spamhaus"
    title = "Spamhaus"
    page = "https://docs.spamhaus.com/sia/"
    terms = "Needs an account of the Intelligence API; the data is for one's own protection, not for resale."
    url = "https://api.spamhaus.org"
    kinds = ADDRESSES | {Kind.DOMAIN.value}
    credentials = (
        Credential("username", "E-mail address of the account", Place.FIELD, "username"),
        Credential("password", "Password of the account", Place.FIELD, "password"),
    )
    rates: ClassVar[tuple[Rate, ...]] = (Rate(1, 1), Rate(1000, DAY_S))

    def ask(self, subject: Subject) -> Asking:
        login = yield _LOGIN
        token = _read_token(login)
        asked = subject.value if subject.kind in ADDRESSES else find_organisation(subject.value)
        path = f"/api/intel/v2/byobject/domain/{quote_path(asked)}"
        if subject.kind in ADDRESSES:
            path = f"/api/intel/v1/byobject/cidr/ALL/listed/live/{quote_path(asked)}"
        reply = yield ProviderRequest(
            path=path, headers={"Authorization": f"Bearer {token}"}, expects=(200, 404)
        )
        if reply.status == 404:
            return ABSENT
        if subject.kind in ADDRESSES:
            return _read_listings(reply, subject)
        return _read_domain(reply, subject, Subject(subject.kind, asked))

    def test(self) -> Asking:
        reply = yield _LOGIN
        _read_token(reply)
        return Answer(summary="The account is good")


_LOGIN = ProviderRequest(
    path="/api/v1/login", method="POST", json={"realm": "intel"}, is_login=True, is_metered=False
)


def _read_token(reply: ProviderReply) -> str:
    said = reply.read(_Login)
    if said.code == 401:
        raise NotLetIn("Spamhaus says that the account's name or password is not good")
    if not said.token or not said.token.isascii() or not said.token.isprintable():
        raise MalformedAnswer("The login gave no token")
    return said.token


def _read_listings(reply: ProviderReply, subject: Subject) -> Answer:
    found = reply.read(_Listings).results
    if not found:
        return ABSENT
    maker = Maker(Provider.name, subject)
    for each in found[:20]:
        # A search for IPv6 finds the /64 around it, so what is listed may be a neighbour.
        if subject.kind == Kind.IPV4.value:
            check_value(subject, each.ipaddress)
        _tell_listing(maker, each, subject.value)
    names = sorted({each.dataset or "unknown" for each in found})
    is_worst = any(_LISTS.get(name, ("", 0.0))[1] > STRONG for name in names)
    return maker.answer(
        stated=Word.MALICIOUS if is_worst else Word.SUSPICIOUS,
        summary=f"listed: {', '.join(names)}",
        link=f"https://check.spamhaus.org/results/?query={quote_path(subject.value)}",
        raw=read_raw(reply),
    )


def _tell_listing(maker: Maker, said: _Listing, asked: str) -> None:
    name = said.dataset or "unknown"
    what, weight = _LISTS.get(name, ("is listed", MODEST))
    bot = said.botname_malpedia or said.botname
    why = ", ".join(filter(None, (said.heuristic, bot)))
    around = "" if said.ipaddress in (None, asked) else ", by its network"
    seen_at = read_time(said.seen or said.listed)
    if said.abused or said.shared:
        weight = min(weight, STRONG)
    maker.evidence(
        f"listed-{name.lower()}" if name in _LISTS else "listed",
        f"It stands on the list {name}{around}: it {what}{f' ({why})' if why else ''}"
        f"{f', seen on {write_day(seen_at)}' if seen_at else ''}.",
        weight,
        seen_at=seen_at,
        half_life_days=14,
        reference="https://check.spamhaus.org/",
    )
    maker.moment(said.listed, f"Spamhaus: listed on {name}")
    maker.fact("bot", bot)
    maker.fact("heuristic", said.heuristic)
    maker.fact("HELO", said.helo)
    maker.fact("port", said.dstport)
    maker.fact("AS", f"AS{said.asn}" if said.asn else None, kind=Kind.ASN)
    maker.place(said.cc, latitude=said.lat, longitude=said.lon)


def weigh_reputation(score: float) -> float:
    """The weight of a score, where 0 is neutral and 50 very good or bad: STRONG at most, MODEST for good."""
    share = max(-1.0, min(1.0, score / _VERY_BAD))
    return -share * STRONG if share < 0 else -share * MODEST


def _read_domain(reply: ProviderReply, subject: Subject, asked: Subject) -> Answer:
    said = reply.read(_Domain)
    check_value(asked, said.domain)
    maker = Maker(Provider.name, subject)
    link = f"https://check.spamhaus.org/results/?query={quote_path(asked.value)}"
    seen_at = read_time(said.last_seen)
    about = "It" if asked.value == subject.value else f"The registered domain {asked.value}"
    if said.score is not None:
        maker.evidence(
            "reputation",
            f"{about} has a reputation of {said.score:g}, where 0 is neutral and -50 very bad"
            f"{f'; last seen on {write_day(seen_at)}' if seen_at else ''}.",
            weigh_reputation(said.score),
            seen_at=seen_at,
            half_life_days=90,
            reference=link,
        )
    bad = sorted(_BAD_TAGS.intersection(said.tags or ()))
    if bad:
        maker.evidence(
            "tags",
            f"{about} is tagged {', '.join(bad)}{', and is itself abused by others' if said.abused else ''}.",
            (MODEST if said.abused else STRONG) + SLIGHT,
            seen_at=seen_at,
            half_life_days=90,
            reference=link,
        )
    maker.fact("tags", said.tags)
    maker.fact("abused by others", said.abused or None)
    if said.whois:
        maker.fact("registrar", said.whois.registrar)
        maker.moment(said.whois.created, "Registered")
    maker.moment(said.deactivated_ts, "Spamhaus: its delegation ended")
    maker.moment(said.last_seen, "Spamhaus: last seen")
    return maker.answer(
        stated=Word.MALICIOUS
        if bad and not said.abused
        else (Word.SUSPICIOUS if (said.score or 0) < 0 else None),
        summary=f"reputation {said.score:g}" if said.score is not None else "known, without a reputation",
        link=link,
        raw=read_raw(reply),
    )
