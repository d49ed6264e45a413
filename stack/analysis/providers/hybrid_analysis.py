"""Hybrid Analysis: what its sandboxes saw files do, and which of them talked to a host.

Format: API v2, https://hybrid-analysis.com/docs/api/v2 (overview, search/hash, search/terms). It lets nobody
in who does not call itself "Falcon Sandbox".
"""

from typing import ClassVar, Final

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, check_value, count, quote_path, read_raw
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Place
from stack.stix.observables.kinds import Kind

_HEADERS: Final = {"User-Agent": "Falcon Sandbox"}
_WORDS: Final = {
    "malicious": (Word.MALICIOUS, STRONG),
    "suspicious": (Word.SUSPICIOUS, MODEST),
    "whitelisted": (Word.BENIGN, -STRONG),
    # The sandbox saw nothing, which much malware takes care of.
    "no specific threat": (None, -SLIGHT),
}
_TERMS: Final = {"ipv4": "host", "ipv6": "host", "domain": "domain", "url": "url"}
_SAMPLES_SHOWN: Final = 20


class _Scanner(msgspec.Struct):
    name: str | None = None
    positives: int | None = None
    total: int | None = None


class _Overview(msgspec.Struct):
    sha256: str
    verdict: str | None = None
    threat_score: int | None = None
    vx_family: str | None = None
    last_file_name: str | None = None
    type: str | None = None
    tags: list[str] | None = None
    analysis_start_time: str | None = None
    scanners: list[_Scanner] | None = None
    related_children_hashes: list[str] | None = None


class _Hashes(msgspec.Struct):
    sha256s: list[str]


class _Sample(msgspec.Struct):
    sha256: str | None = None
    verdict: str | None = None
    vx_family: str | None = None
    submit_name: str | None = None
    analysis_start_time: str | None = None


class _Terms(msgspec.Struct):
    result: list[_Sample]
    count: int | None = None


class _Key(msgspec.Struct):
    auth_level_name: str | None = None


class Provider(ProviderPlugin):
    """Verdicts of sandboxes on files, and the files that talked to hosts."""

    name = "hybrid-analysis"
    title = "Hybrid Analysis"
    page = "https://hybrid-analysis.com/docs/api/v2"
    terms = "A free key is for research and not for commercial use; what is asked stays with the service."
    url = "https://hybrid-analysis.com/api/v2"
    kinds = ADDRESSES | {Kind.DOMAIN.value, Kind.URL.value, "md5", "sha1", "sha256"}
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("key", "API key", Place.HEADER, field="api-key"),
    )
    rates = (Rate(200, 60), Rate(2000, 3600))

    def ask(self, subject: Subject) -> Asking:
        if subject.kind in _TERMS:
            reply = yield ProviderRequest(
                path="/search/terms",
                method="POST",
                headers=_HEADERS,
                form={_TERMS[subject.kind]: subject.value},
            )
            return _read_samples(subject, reply)
        sha256 = subject.value
        if subject.kind != "sha256":
            found = yield ProviderRequest(
                path="/search/hash", headers=_HEADERS, params={"hash": subject.value}, expects=(200, 404)
            )
            hashes = found.read(_Hashes).sha256s if found.status == 200 else []
            if not hashes:
                return ABSENT
            sha256 = hashes[0]
        reply = yield ProviderRequest(
            path=f"/overview/{quote_path(sha256)}", headers=_HEADERS, expects=(200, 404)
        )
        if reply.status == 404:
            return ABSENT
        return _read_overview(subject, reply)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/key/current", headers=_HEADERS, is_metered=False)
        return Answer(summary=f"The key is good for: {reply.read(_Key).auth_level_name or 'searching'}")


def _read_overview(subject: Subject, reply: ProviderReply) -> Answer:
    found = reply.read(_Overview)
    if subject.kind == "sha256":
        check_value(subject, found.sha256)
    maker = Maker("hybrid-analysis", subject)
    seen_at = maker.moment(found.analysis_start_time, "First analysed by Hybrid Analysis")
    verdict = (found.verdict or "").lower()
    word, weight = _WORDS.get(verdict, (None, 0.0))
    score = "" if found.threat_score is None else f" with a threat score of {found.threat_score} of 100"
    maker.evidence(
        "verdict", f"Its sandboxes call the file “{verdict or 'unknown'}”{score}.", weight, seen_at=seen_at
    )
    for scanner in found.scanners or []:
        if scanner.positives is not None and scanner.total:
            shown = f"{scanner.positives} of {scanner.total}"
            maker.fact(scanner.name or "Scanner", f"{shown} engines", section="Scanners")
    maker.fact("Family", found.vx_family)
    maker.fact("Name", found.last_file_name, kind=Kind.FILE_NAME)
    maker.fact("Type", found.type)
    maker.fact("Tags", found.tags)
    if subject.kind != "sha256":
        maker.pivot(found.sha256, Kind.SHA256, relation="same-file")
    maker.pivots(found.related_children_hashes, Kind.SHA256, relation="contains")
    return maker.answer(
        summary=f"{verdict or 'no verdict'}{score}",
        stated=word,
        link=f"https://hybrid-analysis.com/sample/{quote_path(found.sha256)}",
        raw=read_raw(reply),
    )


def _read_samples(subject: Subject, reply: ProviderReply) -> Answer:
    found = reply.read(_Terms)
    if not found.result:
        return ABSENT
    maker = Maker("hybrid-analysis", subject)
    bad = [sample for sample in found.result if (sample.verdict or "").lower() == "malicious"]
    for sample in found.result[:_SAMPLES_SHOWN]:
        maker.pivot(sample.sha256, Kind.SHA256, relation="contacted-by")
    total = len(found.result)
    times = [
        maker.moment(sample.analysis_start_time, f"Contacted by {sample.submit_name or 'a file'}")
        for sample in bad
    ]
    # Malware talks to what everybody talks to as well, so this says little unless most who come are bad.
    weight = 0.0 if not bad else MODEST if len(bad) * 2 > total and len(bad) > 1 else SLIGHT
    statement = f"Of {count(total, 'analysed file')} that talked to it, {len(bad)} called malicious."
    maker.evidence(
        "contacted",
        statement,
        weight,
        seen_at=max((each for each in times if each), default=None),
        half_life_days=180,
    )
    maker.fact("Families", sorted({sample.vx_family for sample in bad if sample.vx_family}))
    return maker.answer(summary=f"{len(bad)} of {total} files are malicious", raw=read_raw(reply))
