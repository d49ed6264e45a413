"""MetaDefender Cloud: what the engines of OPSWAT say of a file, and lists of addresses, domains and URLs.

Format: API v4, https://www.opswat.com/docs/mdcloud/metadefender-cloud-api-v4 (hash lookup, ip-domain).
"""

from math import log
from typing import ClassVar, Final

import msgspec

from stack.analysis.answers import ABSENT, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import DAY_S, MINUTE_S, Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, check_value, name_hash, quote_path, read_raw
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Place
from stack.stix.observables.kinds import Kind

_PARTS: Final = {"ipv4": "ip", "ipv6": "ip", "domain": "domain", "url": "url"}
_BLOCKED: Final = 1
_ERRING_SHARE: Final = 0.02
"""About one engine in fifty errs on what is clean: a single one of them says little."""


class _Scan(msgspec.Struct):
    threat_found: str | None = None


class _Results(msgspec.Struct):
    total_avs: int
    total_detected_avs: int = 0
    scan_all_result_a: str | None = None
    start_time: str | None = None
    scan_details: dict[str, _Scan] | None = None


class _File(msgspec.Struct):
    sha256: str | None = None
    sha1: str | None = None
    md5: str | None = None
    display_name: str | None = None
    file_type_description: str | None = None
    file_size: int | None = None


class _Hash(msgspec.Struct):
    scan_results: _Results
    file_info: _File = msgspec.field(default_factory=_File)
    threat_name: str | None = None
    malware_family: str | None = None


class _Source(msgspec.Struct):
    provider: str | None = None
    assessment: str | None = None
    status: int | None = None
    detect_time: str | None = None


class _Lookup(msgspec.Struct):
    detected_by: int = 0
    sources: list[_Source] | None = None


class _Country(msgspec.Struct):
    code: str | None = None
    name: str | None = None


class _Geo(msgspec.Struct):
    country: _Country | None = None


class _Listed(msgspec.Struct):
    lookup_results: _Lookup
    address: str | None = None
    geo_info: _Geo | None = None


class _Key(msgspec.Struct):
    limit_prevention: int | None = None
    limit_reputation: int | None = None


class Provider(ProviderPlugin):
    """Results of many engines for files, and of many lists for hosts and URLs."""

    name = "metadefender"
    title = "MetaDefender Cloud"
    page = "https://www.opswat.com/docs/mdcloud/metadefender-cloud-api-v4"
    terms = "The free key is for personal and not for commercial use."
    url = "https://api.metadefender.com/v4"
    kinds = ADDRESSES | {Kind.DOMAIN.value, Kind.URL.value, "md5", "sha1", "sha256"}
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("key", "API key", Place.HEADER, field="apikey"),
    )
    rates = (Rate(10, MINUTE_S), Rate(1000, DAY_S))

    def ask(self, subject: Subject) -> Asking:
        part = _PARTS.get(subject.kind, "hash")
        path = f"/{part}/{quote_path(subject.value)}"
        reply = yield ProviderRequest(path=path, expects=(200, 404))
        if reply.status == 404:
            return ABSENT
        return _read_hash(subject, reply) if part == "hash" else _read_listed(subject, reply)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/apikey", is_metered=False)
        most = reply.read(_Key).limit_reputation
        return Answer(summary=f"The key may look up {most:,} values a day" if most else "The key is good")


def _read_hash(subject: Subject, reply: ProviderReply) -> Answer:
    found = reply.read(_Hash)
    results, file = found.scan_results, found.file_info
    check_value(subject, {"md5": file.md5, "sha1": file.sha1, "sha256": file.sha256}.get(subject.kind))
    detected, total = results.total_detected_avs, results.total_avs
    if total <= 0:
        return ABSENT
    maker = Maker("metadefender", subject)
    seen_at = maker.moment(results.start_time, "Scanned by MetaDefender")
    maker.evidence(
        "engines", f"{detected} of {total} engines detect the file.", _weigh(detected, total), seen_at=seen_at
    )
    names = sorted({scan.threat_found for scan in (results.scan_details or {}).values() if scan.threat_found})
    maker.fact("Detected as", names)
    maker.fact("Threat", found.threat_name)
    maker.fact("Family", found.malware_family)
    maker.fact("Name", file.display_name, kind=Kind.FILE_NAME)
    maker.fact("Type", file.file_type_description)
    for value in (file.sha256, file.sha1, file.md5):
        kind = name_hash(value or "")
        if kind is not None:
            maker.pivot(value, kind, relation="same-file")
    return maker.answer(
        summary=f"{detected} of {total} engines",
        stated=_judge(detected, total),
        link=f"https://metadefender.com/results/hash/{quote_path(subject.value)}",
        raw=read_raw(reply),
    )


def _weigh(detected: int, total: int) -> float:
    """How much likelier so many detections are of malware than of engines that err, within ±4."""
    share = (min(detected, total) + 0.1) / (total + 1)
    if not detected:
        return -SLIGHT if total < 10 else -1.0
    return round(max(-1.0, min(4.0, log(share / _ERRING_SHARE))), 2)


def _judge(detected: int, total: int) -> Word | None:
    if not detected:
        return None
    return Word.MALICIOUS if detected >= 3 and detected * 5 >= total else Word.SUSPICIOUS


def _read_listed(subject: Subject, reply: ProviderReply) -> Answer:
    found = reply.read(_Listed)
    check_value(subject, found.address)
    maker = Maker("metadefender", subject)
    sources = found.lookup_results.sources or []
    bad = [source for source in sources if source.status == _BLOCKED]
    known = [source for source in sources if source.assessment or source.status in (0, _BLOCKED)]
    if not known:
        return ABSENT
    times = [maker.moment(each.detect_time, f"Listed by {each.provider or 'a list'}") for each in bad]
    weight = min(STRONG * 1.2, 1.2 + 0.7 * (len(bad) - 1)) if bad else -0.2
    seen_at = max((each for each in times if each), default=None)
    maker.evidence(
        "lists", f"{len(bad)} of {len(sources)} lists have it.", weight, seen_at=seen_at, half_life_days=90
    )
    for source in known:
        maker.fact(source.provider or "A list", source.assessment, section="Lists")
    if found.geo_info and found.geo_info.country:
        maker.place(found.geo_info.country.code, label=found.geo_info.country.name)
        maker.fact("Country", found.geo_info.country.code)
    stated = None if not bad else Word.MALICIOUS if len(bad) > 1 else Word.SUSPICIOUS
    return maker.answer(summary=f"{len(bad)} of {len(sources)} lists", stated=stated, raw=read_raw(reply))
