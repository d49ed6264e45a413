"""FileScan.io: the verdicts of its emulating sandbox on files, and on hosts and URLs found in them.

Format: https://www.filescan.io/api/docs (reputation), and
https://www.opswat.com/docs/filescan/metadefender-sandbox-api-reference. Another instance has another address.
"""

from typing import ClassVar, Final

import msgspec

from stack.analysis.answers import ABSENT, MODEST, STRONG, Answer, Word
from stack.analysis.base import DAY_S, MINUTE_S, Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, check_value, count, quote_path, read_raw, read_time
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_PARTS: Final = {"ipv4": "ip", "ipv6": "ip", "domain": "domain", "url": "url"}
_WORDS: Final = {
    "malicious": (Word.MALICIOUS, STRONG),
    "likely_malicious": (Word.SUSPICIOUS, (MODEST + STRONG) / 2),
    "suspicious": (Word.SUSPICIOUS, MODEST),
    "benign": (Word.BENIGN, -MODEST),
    "no_threat": (None, -0.4),
}
_UNKNOWN: Final = frozenset({"", "unknown"})
_REPORTS_SHOWN: Final = 10


class _Report(msgspec.Struct):
    verdict: str | None = None
    report_id: str | None = None
    report_date: str | None = None


class _Engines(msgspec.Struct):
    detected_av_engines: int | None = None
    total_av_engines: int | None = None
    scan_time: str | None = None


class _Reputation(msgspec.Struct):
    overall_verdict: str
    filescan_reports: list[_Report] | None = None
    mdcloud: _Engines | None = None
    sha256: str | None = None
    ioc_value: str | None = None


class _User(msgspec.Struct):
    name: str | None = None


class Provider(ProviderPlugin):
    """Verdicts of a sandbox that emulates files and follows what they load."""

    name = "filescan"
    title = "FileScan.io"
    page = "https://www.filescan.io/api/docs"
    terms = "The community service is for non-commercial use, and its reports are public."
    url = "https://www.filescan.io"
    kinds = ADDRESSES | {Kind.DOMAIN.value, Kind.URL.value, "sha256"}
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("key", "API key", Place.HEADER, field="X-Api-Key"),
    )
    options: ClassVar[tuple[Option, ...]] = (Option("url", "Address of another instance"),)
    rates = (Rate(10, MINUTE_S), Rate(500, DAY_S))

    def ask(self, subject: Subject) -> Asking:
        name = "sha256" if subject.kind == "sha256" else "ioc_value"
        path = f"/api/reputation/{_PARTS.get(subject.kind, 'hash')}"
        reply = yield ProviderRequest(path=path, params={name: subject.value}, expects=(200, 404))
        return ABSENT if reply.status == 404 else self._read(subject, reply)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/api/users/me", is_metered=False)
        name = reply.read(_User).name
        return Answer(summary=f"The key is that of {name}" if name else "The key is good")

    def _read(self, subject: Subject, reply: ProviderReply) -> Answer:
        found = reply.read(_Reputation)
        check_value(subject, found.sha256 or found.ioc_value)
        reports = found.filescan_reports or []
        verdict = found.overall_verdict.lower()
        if verdict in _UNKNOWN and not reports:
            return ABSENT
        maker = Maker("filescan", subject)
        word, weight = _WORDS.get(verdict, (None, 0.0))
        times = [
            maker.moment(report.report_date, f"A report with the verdict “{report.verdict or 'unknown'}”")
            for report in reports[:_REPORTS_SHOWN]
        ]
        seen_at = max((each for each in times if each), default=None)
        what = "the file" if subject.kind == "sha256" else "files that have it"
        shown = verdict.replace("_", " ")
        statement = f"It says “{shown}” of it, from {count(len(reports), 'report')} on {what}."
        half_life = 0.0 if subject.kind == "sha256" else 180.0
        maker.evidence("verdict", statement, weight, seen_at=seen_at, half_life_days=half_life)
        self._tell_engines(maker, found.mdcloud)
        return maker.answer(
            summary=shown,
            stated=word,
            link=f"https://www.filescan.io/search-result?query={quote_path(subject.value)}",
            raw=read_raw(reply),
        )

    @staticmethod
    def _tell_engines(maker: Maker, engines: _Engines | None) -> None:
        """Those of MetaDefender, which is asked by itself: told, and not weighed a second time."""
        if engines is None or not engines.total_av_engines:
            return
        detected = engines.detected_av_engines or 0
        statement = f"{detected} of {engines.total_av_engines} engines of MetaDefender detect it."
        maker.evidence("engines", statement, 0.0, seen_at=read_time(engines.scan_time))
