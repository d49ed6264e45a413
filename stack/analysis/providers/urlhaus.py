"""URLhaus: addresses of the web that spread malware, their hosts, and the files found there.

Format: https://urlhaus-api.abuse.ch/ (`/v1/url/`, `/v1/host/`, `/v1/payload/`).
"""

from math import log
from typing import ClassVar

import msgspec

from stack.analysis.abuse_ch import KEY, TERMS, is_found
from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import DAY_S, Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, check_value, count, read_raw, read_time, write_day
from stack.analysis.subjects import Subject
from stack.stix.observables.kinds import Kind

_Text = str | None


class _Payload(msgspec.Struct):
    filename: _Text = None
    file_type: _Text = None
    response_sha256: _Text = None
    signature: _Text = None


class _Entry(msgspec.Struct):
    """One URL, on a page of its own or in a list; what a list does not have is None."""

    url: str
    url_status: _Text = None
    urlhaus_reference: _Text = None
    host: _Text = None
    date_added: _Text = None
    firstseen: _Text = None
    last_online: _Text = None
    lastseen: _Text = None
    threat: _Text = None
    reporter: _Text = None
    tags: list[str] | None = None
    blacklists: dict[str, str] | None = None
    payloads: list[_Payload] | None = None


class _Host(msgspec.Struct):
    urls: list[_Entry]
    host: _Text = None
    urlhaus_reference: _Text = None
    firstseen: _Text = None
    url_count: int | None = None
    blacklists: dict[str, str] | None = None


class _File(msgspec.Struct):
    sha256_hash: _Text = None
    md5_hash: _Text = None
    file_type: _Text = None
    file_size: int | None = None
    signature: _Text = None
    firstseen: _Text = None
    lastseen: _Text = None
    url_count: int | None = None
    imphash: _Text = None
    urls: list[_Entry] | None = None


def weigh_host(online: int, listed: int, *, is_address: bool, is_abused: bool) -> float:
    """The weight of a host with so many listed URLs, of which some still spread malware.

    The largest hosts of the list are file-sharing sites and clouds, so that even hundreds stay at STRONG;
    a site that others abuse, by its block lists, counts for half. What is all offline has been cleaned. Who
    serves malware by an address alone, without a name, serves little else.
    """
    weight = min(STRONG, MODEST + 0.4 * log(online)) if online else (SLIGHT if listed else 0.0)
    if is_address and online:
        weight += 1.0
    return weight / 2 if is_abused else weight


class Provider(ProviderPlugin):
    """Whether a URL spreads malware now, what its host spread, or where a file was spread."""

    name = "urlhaus"
    title = "URLhaus"
    page = "https://urlhaus-api.abuse.ch/"
    terms = TERMS
    url = "https://urlhaus-api.abuse.ch"
    kinds = frozenset({Kind.IPV4, Kind.DOMAIN, Kind.URL, Kind.MD5, Kind.SHA256})
    credentials = (KEY,)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(2000, DAY_S),)
    is_metered = False

    def ask(self, subject: Subject) -> Asking:
        if subject.kind == Kind.URL.value:
            where, form = "url", {"url": subject.value}
        elif subject.kind in {Kind.MD5.value, Kind.SHA256.value}:
            where, form = "payload", {f"{subject.kind}_hash": subject.value}
        else:
            where, form = "host", {"host": subject.value}
        reply = yield ProviderRequest(path=f"/v1/{where}/", method="POST", form=form)
        if not is_found(reply):
            return ABSENT
        return {"url": _read_url, "payload": _read_file, "host": _read_host}[where](reply, subject)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/v1/host/", method="POST", form={"host": "example.com"})
        is_found(reply)
        return Answer(summary="The Auth-Key is good")


def _is_abused(blacklists: dict[str, str] | None) -> bool:
    return any("abused_legit" in said for said in (blacklists or {}).values())


def _read_url(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Entry)
    check_value(subject, said.url)
    maker = Maker(Provider.name, subject)
    is_online = said.url_status == "online"
    link = said.urlhaus_reference or "https://urlhaus.abuse.ch/"
    seen_at = read_time(said.last_online) or read_time(said.date_added)
    maker.evidence(
        "url",
        f"It {'spreads' if is_online else 'has spread'} malware ({said.threat or 'not classed'}); it is "
        f"{said.url_status or 'unknown'}{f', as of {write_day(seen_at)}' if seen_at else ''}.",
        4.5 if is_online else STRONG + 0.5,
        seen_at=seen_at,
        half_life_days=180,
        reference=link,
    )
    maker.moment(said.date_added, "URLhaus: added")
    maker.moment(said.last_online, "URLhaus: last online")
    maker.fact("status", said.url_status)
    maker.fact("threat", said.threat)
    maker.fact("reporter", said.reporter)
    maker.fact("tags", said.tags)
    for name, listed in (said.blacklists or {}).items():
        maker.fact(name, listed, section="block lists")
    maker.pivot(said.host, Kind.IPV4, Kind.IPV6, Kind.DOMAIN, relation="served-by")
    payloads = said.payloads or []
    maker.fact("families", sorted({each.signature for each in payloads if each.signature}))
    maker.pivots([each.response_sha256 for each in payloads], Kind.SHA256, relation="downloads")
    return maker.answer(
        stated=Word.MALICIOUS,
        summary=f"{said.threat or 'malware'}, {said.url_status or 'status unknown'}",
        link=link,
        raw=read_raw(reply),
    )


def _read_host(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Host)
    check_value(subject, said.host)
    if not said.urls:
        return ABSENT
    maker = Maker(Provider.name, subject)
    online = sum(each.url_status == "online" for each in said.urls)
    listed = said.url_count or len(said.urls)
    newest = max((at for each in said.urls if (at := read_time(each.date_added)) is not None), default=None)
    is_abused = _is_abused(said.blacklists)
    link = said.urlhaus_reference or "https://urlhaus.abuse.ch/"
    maker.evidence(
        "host",
        f"{count(listed, 'URL')} at it spread malware; of the newest {len(said.urls)}, {online} still do"
        f"{'; block lists call it a site that others abuse' if is_abused else ''}.",
        weigh_host(online, listed, is_address=subject.kind == Kind.IPV4.value, is_abused=is_abused),
        seen_at=reply.received_at if online else newest,
        half_life_days=60,
        reference=link,
    )
    maker.moment(said.firstseen, "URLhaus: first seen")
    for name, word in (said.blacklists or {}).items():
        maker.fact(name, word, section="block lists")
    _tell_urls(maker, said.urls)
    return maker.answer(
        stated=Word.MALICIOUS if online and not is_abused else Word.SUSPICIOUS,
        summary=f"{count(listed, 'URL')} listed, {online} online",
        link=link,
        raw=read_raw(reply),
    )


def _read_file(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_File)
    check_value(subject, said.md5_hash if subject.kind == Kind.MD5.value else said.sha256_hash)
    maker = Maker(Provider.name, subject)
    urls = said.urls or []
    maker.evidence(
        "payload",
        f"It was spread from {count(said.url_count or len(urls), 'URL')}"
        f"{f', and is {said.signature}' if said.signature else ''}.",
        4.5 if said.signature else STRONG,
        group="abuse-ch.sample",
    )
    maker.moment(said.firstseen, "URLhaus: first seen")
    maker.moment(said.lastseen, "URLhaus: last seen")
    maker.fact("family", said.signature)
    maker.fact("type", said.file_type)
    maker.fact("size", said.file_size)
    maker.fact("sha256", said.sha256_hash, section="hashes", kind=Kind.SHA256)
    maker.fact("md5", said.md5_hash, section="hashes", kind=Kind.MD5)
    maker.fact("imphash", said.imphash, section="hashes")
    _tell_urls(maker, urls)
    return maker.answer(
        stated=Word.MALICIOUS,
        summary=f"spread from {count(said.url_count or len(urls), 'URL')}, "
        f"{said.signature or 'no family named'}",
        link=f"https://urlhaus.abuse.ch/browse.php?search={subject.value}",
        raw=read_raw(reply),
    )


def _tell_urls(maker: Maker, urls: list[_Entry]) -> None:
    for each in urls[:100]:
        maker.pivot(each.url, Kind.URL, relation="spread-by")
    maker.fact("threats", sorted({each.threat for each in urls if each.threat}))
    maker.fact("tags", sorted({tag for each in urls for tag in each.tags or ()}))
