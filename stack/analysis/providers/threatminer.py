"""ThreatMiner: resolutions of the past, and the reports that name a value.

Format: https://www.threatminer.org/api.php (`domain.php`, `host.php`, `sample.php`; `rt` says what is asked).
"""

from typing import ClassVar, TypeVar

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, Answer, Word
from stack.analysis.base import (
    DAY_S,
    MINUTE_S,
    Asking,
    MalformedAnswer,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, check_value, clean_text, count, quote_path, read_raw
from stack.analysis.subjects import HASHES, Subject
from stack.stix.observables.kinds import Kind

_RESOLUTIONS, _REPORTS = "2", "6"
_METADATA, _DETECTIONS = "1", "6"
_Text = str | None
_T = TypeVar("_T")


class _Status(msgspec.Struct):
    status_code: str
    status_message: _Text = None


class _Resolution(msgspec.Struct):
    ip: _Text = None
    domain: _Text = None
    first_seen: _Text = None
    last_seen: _Text = None


class _Resolutions(msgspec.Struct):
    results: list[_Resolution]


class _Report(msgspec.Struct):
    filename: _Text = None
    year: _Text = None
    url: _Text = msgspec.field(default=None, name="URL")


class _Reports(msgspec.Struct):
    results: list[_Report]


class _Sample(msgspec.Struct):
    md5: _Text = None
    sha1: _Text = None
    sha256: _Text = None
    ssdeep: _Text = None
    imphash: _Text = None
    file_type: _Text = None
    file_name: _Text = None
    file_size: _Text = None
    architecture: _Text = None
    date_analysed: _Text = None


class _Samples(msgspec.Struct):
    results: list[_Sample]


class _Detection(msgspec.Struct):
    av: _Text = None
    detection: _Text = None


class _Scan(msgspec.Struct):
    av_detections: list[_Detection] | None = None


class _Scans(msgspec.Struct):
    results: list[_Scan]


class Provider(ProviderPlugin):
    """Passive DNS, reports of campaigns, and files of some years ago."""

    name = "threatminer"
    title = "ThreatMiner"
    page = "https://www.threatminer.org/api.php"
    terms = "Free without an account, ten calls a minute; its data is hardly added to any more."
    url = "https://api.threatminer.org/v2"
    kinds = (HASHES - {Kind.SHA512.value}) | {Kind.IPV4.value, Kind.DOMAIN.value}
    rates: ClassVar[tuple[Rate, ...]] = (Rate(10, MINUTE_S),)
    keeps_s = 7 * DAY_S
    keeps_absent_s = DAY_S
    is_metered = False

    def ask(self, subject: Subject) -> Asking:
        if subject.kind in HASHES:
            return (yield from _ask_sample(subject))
        return (yield from _ask_host(subject))

    def test(self) -> Asking:
        reply = yield _ask("domain", "example.com", _REPORTS)
        reply.read(_Status)
        return Answer(summary="It answers")


def _ask(page: str, value: str, what: str) -> ProviderRequest:
    return ProviderRequest(path=f"/{page}.php", params={"q": value, "rt": what}, expects=(200, 404))


def _read(reply: ProviderReply, shape: type[_T]) -> _T | None:
    """What was found; None for nothing, which is status 404 in the body and most often 200 outside."""
    if reply.status == 404:
        return None
    status = reply.read(_Status)
    if status.status_code == "404":
        return None
    if status.status_code != "200":
        raise MalformedAnswer(f"ThreatMiner says {clean_text(status.status_message or '', most=80)}")
    return reply.read(shape)


def _ask_host(subject: Subject) -> Asking:
    page = "domain" if subject.kind == Kind.DOMAIN.value else "host"
    dns = yield _ask(page, subject.value, _RESOLUTIONS)
    resolutions = found.results if (found := _read(dns, _Resolutions)) else []
    tagging = yield _ask(page, subject.value, _REPORTS)
    reports = said.results if (said := _read(tagging, _Reports)) else []
    if not (resolutions or reports):
        return ABSENT
    maker = Maker(Provider.name, subject)
    for each in resolutions[:100]:
        other = each.ip if page == "domain" else each.domain
        maker.pivot(other, Kind.IPV4, Kind.IPV6, Kind.DOMAIN, relation="resolves-to")
    for each in resolutions[:20]:
        maker.moment(each.last_seen, f"ThreatMiner: last resolved to {each.ip or each.domain}")
    _tell_reports(maker, reports)
    return maker.answer(
        stated=Word.SUSPICIOUS if reports else None,
        summary=f"{count(len(resolutions), 'resolution')}, {count(len(reports), 'report')}",
        link=f"https://www.threatminer.org/{page}.php?q={quote_path(subject.value)}",
        raw={"resolutions": read_raw(dns), "reports": read_raw(tagging)},
    )


def _tell_reports(maker: Maker, reports: list[_Report]) -> None:
    if not reports:
        return
    years = sorted({each.year for each in reports if each.year})
    span = f", of {' to '.join(dict.fromkeys((years[0], years[-1])))}" if years else ""
    # A report names victims and harmless services too.
    maker.evidence(
        "reports",
        f"It is named by {count(len(reports), 'published report')}{span}.",
        min(MODEST, SLIGHT + 0.2 * (len(reports) - 1)),
    )
    for each in reports[:30]:
        maker.fact(each.filename or "report", each.url or each.year or "", section="reports")


def _ask_sample(subject: Subject) -> Asking:
    about = yield _ask("sample", subject.value, _METADATA)
    found = _read(about, _Samples)
    if not found or not found.results:
        return ABSENT
    said = found.results[0]
    check_value(
        subject, {Kind.MD5.value: said.md5, Kind.SHA1.value: said.sha1}.get(subject.kind, said.sha256)
    )
    scanned = yield _ask("sample", subject.value, _DETECTIONS)
    scans = each.results if (each := _read(scanned, _Scans)) else []
    detections = [named for scan in scans for named in scan.av_detections or () if named.detection]
    maker = Maker(Provider.name, subject)
    if detections:
        maker.evidence(
            "detections",
            f"{count(len(detections), 'scanner')} detected it, one as {detections[0].detection}.",
            min(3.0, SLIGHT + 0.2 * len(detections)),
        )
    _tell_sample(maker, said, detections)
    return maker.answer(
        stated=Word.MALICIOUS if len(detections) > 9 else (Word.SUSPICIOUS if detections else None),
        summary=f"a known file, {count(len(detections), 'detection')}",
        link=f"https://www.threatminer.org/sample.php?q={quote_path(subject.value)}",
        raw={"metadata": read_raw(about), "detections": read_raw(scanned)},
    )


def _tell_sample(maker: Maker, said: _Sample, detections: list[_Detection]) -> None:
    maker.fact("name", said.file_name)
    maker.fact("type", said.file_type)
    maker.fact("size", said.file_size)
    maker.fact("architecture", said.architecture)
    maker.fact("detections", [f"{each.av}: {each.detection}" for each in detections])
    maker.fact("imphash", said.imphash, section="hashes")
    for value, kind in (
        (said.md5, Kind.MD5),
        (said.sha1, Kind.SHA1),
        (said.sha256, Kind.SHA256),
        (said.ssdeep, Kind.SSDEEP),
    ):
        maker.fact(str(kind), value, section="hashes", kind=kind)
    maker.moment(said.date_analysed, "ThreatMiner: analysed")
