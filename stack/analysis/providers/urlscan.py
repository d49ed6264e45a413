"""urlscan.io: scans of pages that others ran, on a value.

Format: search API, https://docs.urlscan.io/apis/urlscan-openapi/search (`/api/v1/search/?q=`): results have
page, task and, where somebody judged, verdicts. Nothing is submitted.
"""

from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import (
    DAY_S,
    HOUR_S,
    MINUTE_S,
    Asking,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, count, quote_path, read_raw, read_time, write_day
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Place
from stack.stix.observables.kinds import Kind

_Text = str | None
_MOST = "50"


class _Page(msgspec.Struct):
    url: _Text = None
    domain: _Text = None
    ip: _Text = None
    asn: _Text = None
    asnname: _Text = None
    country: _Text = None
    server: _Text = None
    title: _Text = None
    status: _Text | int = None


class _Task(msgspec.Struct):
    uuid: _Text = None
    time: _Text = None
    url: _Text = None
    tags: list[str] | None = None


class _Verdicts(msgspec.Struct):
    malicious: bool | None = None
    score: float | None = None


class _Result(msgspec.Struct):
    id: _Text = msgspec.field(default=None, name="_id")
    page: _Page = msgspec.field(default_factory=_Page)
    task: _Task = msgspec.field(default_factory=_Task)
    verdicts: _Verdicts | None = None
    screenshot: _Text = None


class _Search(msgspec.Struct):
    results: list[_Result]
    total: int = 0


class _Limit(msgspec.Struct):
    remaining: int = 0


class _Day(msgspec.Struct):
    day: _Limit = msgspec.field(default_factory=_Limit)


class _Limits(msgspec.Struct):
    search: _Day = msgspec.field(default_factory=_Day)


class _Quotas(msgspec.Struct):
    limits: _Limits


class Provider(ProviderPlugin):
    """Public scans of pages at a domain, address or URL, or that loaded a file."""

    name = "urlscan"
    title = "urlscan.io"
    page = "https://docs.urlscan.io/apis/urlscan-openapi/search"
    terms = "Searches are free with an account within daily limits; commercial use needs a plan."
    url = "https://urlscan.io"
    kinds = ADDRESSES | {Kind.DOMAIN.value, Kind.URL.value, Kind.SHA256.value}
    credentials = (Credential("key", "API key", Place.HEADER, "API-Key"),)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(120, MINUTE_S), Rate(1000, HOUR_S), Rate(1000, DAY_S))

    def ask(self, subject: Subject) -> Asking:
        reply = yield ProviderRequest(
            path="/api/v1/search/", params={"q": write_query(subject), "size": _MOST}
        )
        return _read_results(reply, subject)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/user/quotas/", is_metered=False)
        said = reply.read(_Quotas)
        return Answer(summary=f"The key is good: {said.limits.search.day.remaining} searches left today")


def write_query(subject: Subject) -> str:
    """The search for a value, in the language of Elasticsearch query strings; quotes keep it one term."""
    quoted = '"' + subject.value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if subject.kind in ADDRESSES:
        return f"page.ip:{quoted}"
    field = {Kind.DOMAIN.value: "page.domain", Kind.URL.value: "page.url"}.get(subject.kind, "hash")
    return f"{field}:{quoted}"


def _read_results(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Search)
    scans = [each for each in said.results if _is_about(each, subject)]
    if not scans:
        return ABSENT
    maker = Maker(Provider.name, subject)
    judged = [each for each in scans if each.verdicts and each.verdicts.malicious]
    if judged:
        _tell_judged(maker, judged, scans, subject)
    for each in scans:
        _tell_scan(maker, each)
    times = [at for each in scans if (at := read_time(each.task.time)) is not None]
    if times:
        maker.moment(min(times) / 1e6, "urlscan.io: first of these scans")
        maker.moment(max(times) / 1e6, "urlscan.io: last scanned")
    maker.fact("tags", sorted({tag for each in scans for tag in each.task.tags or ()}))
    is_page = subject.kind in {Kind.DOMAIN.value, Kind.URL.value}
    return maker.answer(
        stated=Word.MALICIOUS if judged and is_page else None,
        summary=f"{count(max(said.total, len(scans)), 'scan')}, {len(judged)} malicious",
        link=f"https://urlscan.io/search/#{quote_path(write_query(subject))}",
        raw=read_raw(reply),
    )


def _is_about(scan: _Result, subject: Subject) -> bool:
    """Whether a scan is of the value, and not of a name below it, which may be somebody else's.

    One that loaded a file does not tell its hash here, and a URL may have led elsewhere.
    """
    if subject.kind in ADDRESSES:
        return scan.page.ip == subject.value
    if subject.kind == Kind.DOMAIN.value:
        return (scan.page.domain or "").lower() == subject.value
    return True


def weigh_scans(judged: int, scans: int, *, kind: str) -> float:
    """The weight of so many scans that were judged malicious, of a domain or URL, an address, or a file.

    An address may serve many sites. A file that bad pages load is mostly a library that good ones load too.
    """
    if not judged:
        return 0.0
    share = min(1.0, 2 * judged / scans)
    return {Kind.DOMAIN.value: STRONG, Kind.URL.value: STRONG, Kind.SHA256.value: SLIGHT}.get(
        kind, MODEST
    ) * max(0.5, share)


def _tell_judged(maker: Maker, judged: list[_Result], scans: list[_Result], subject: Subject) -> None:
    newest = max((at for each in judged if (at := read_time(each.task.time)) is not None), default=None)
    maker.evidence(
        "malicious",
        f"{len(judged)} of {count(len(scans), 'scan')} were judged malicious"
        f"{f', the newest on {write_day(newest)}' if newest else ''}.",
        weigh_scans(len(judged), len(scans), kind=subject.kind),
        seen_at=newest,
        half_life_days=90,
        reference=_link_scan(judged[0]),
    )


def _link_scan(scan: _Result) -> str:
    return f"https://urlscan.io/result/{quote_path(scan.task.uuid or scan.id or '')}/"


def _tell_scan(maker: Maker, scan: _Result) -> None:
    page = scan.page
    maker.pivot(page.url, Kind.URL, relation="contains")
    maker.pivot(page.domain, Kind.DOMAIN, Kind.IPV4, Kind.IPV6, relation="served-by")
    maker.pivot(page.ip, Kind.IPV4, Kind.IPV6, relation="served-by")
    maker.fact("title", page.title, section="pages")
    maker.fact("server", page.server, section="pages")
    maker.fact("AS", page.asn, kind=Kind.ASN)
    maker.fact("AS owner", page.asnname)
    maker.place(page.country)
