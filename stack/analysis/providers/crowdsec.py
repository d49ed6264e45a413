"""CrowdSec CTI: attacks by an address, as the agents of its community saw them.

Format: CTI API v2, https://docs.crowdsec.net/u/cti_api/intro (`/smoke/{ip}`).
"""

from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import DAY_S, Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, check_value, count, quote_path, read_raw, read_time, write_day
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Place
from stack.stix.observables.kinds import Kind

_Text = str | None
_WORDS = {
    "malicious": Word.MALICIOUS,
    "suspicious": Word.SUSPICIOUS,
    "safe": Word.BENIGN,
    "benign": Word.BENIGN,
}
_WEIGHTS = {"malicious": STRONG, "suspicious": MODEST, "known": SLIGHT, "safe": -STRONG, "benign": -STRONG}
_CONFIDENCE = {"low": 0.5, "medium": 0.8, "high": 1.0}
"""How sure CrowdSec is of its reputation, which rests on how many trusted agents agree."""


class _Labelled(msgspec.Struct):
    name: _Text = None
    label: _Text = None


class _Location(msgspec.Struct):
    country: _Text = None
    city: _Text = None
    latitude: float | None = None
    longitude: float | None = None


class _History(msgspec.Struct):
    first_seen: _Text = None
    last_seen: _Text = None


class _Classes(msgspec.Struct):
    false_positives: list[_Labelled] = []
    classifications: list[_Labelled] = []


class _Scores(msgspec.Struct):
    total: int | None = None


class _Overall(msgspec.Struct):
    overall: _Scores | None = None


class _Smoke(msgspec.Struct):
    ip: str
    reputation: _Text = None
    confidence: _Text = None
    background_noise: _Text = None
    as_name: _Text = None
    as_num: int | None = None
    ip_range: _Text = None
    reverse_dns: _Text = None
    location: _Location | None = None
    behaviors: list[_Labelled] | None = None
    attack_details: list[_Labelled] | None = None
    mitre_techniques: list[_Labelled] | None = None
    cves: list[str] | None = None
    history: _History | None = None
    classifications: _Classes | None = None
    references: list[_Labelled] | None = None
    scores: _Overall | None = None


class Provider(ProviderPlugin):
    """Reputation, behaviour and attacks of an address."""

    name = "crowdsec"
    title = "CrowdSec CTI"
    page = "https://docs.crowdsec.net/u/cti_api/intro"
    terms = "Free with an account for a few dozen look-ups a week; see the licence of the plan for sharing."
    url = "https://cti.api.crowdsec.net/v2"
    kinds = ADDRESSES
    credentials = (Credential("key", "CTI API key", Place.HEADER, "x-api-key"),)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(40, 7 * DAY_S),)

    def ask(self, subject: Subject) -> Asking:
        reply = yield ProviderRequest(path=f"/smoke/{quote_path(subject.value)}", expects=(200, 404))
        return ABSENT if reply.status == 404 else _read_smoke(reply, subject)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/smoke/1.1.1.1", expects=(200, 404))
        if reply.status == 200:
            reply.read(_Smoke)
        return Answer(summary="The key is good")


def _read_smoke(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Smoke)
    check_value(subject, said.ip)
    maker = Maker(Provider.name, subject)
    link = f"https://app.crowdsec.net/cti/{quote_path(subject.value)}"
    history = said.history or _History()
    seen_at = read_time(history.last_seen)
    reputation = said.reputation or "unknown"
    sure = said.confidence or "not given"
    score = said.scores.overall.total if said.scores and said.scores.overall else None
    if reputation in _WEIGHTS:
        maker.evidence(
            "reputation",
            f"CrowdSec calls it {reputation}, with {sure} confidence"
            f"{f' and a score of {score} of 5' if score is not None else ''}"
            f"{f', last seen on {write_day(seen_at)}' if seen_at else ''}.",
            _WEIGHTS[reputation] * _CONFIDENCE.get(sure, 0.8),
            seen_at=seen_at,
            half_life_days=30,
            reference=link,
        )
    classes = said.classifications or _Classes()
    if classes.false_positives:
        names = ", ".join(_list_labels(classes.false_positives))
        maker.evidence(
            "false-positive",
            f"CrowdSec knows it to be reported in error: {names}.",
            -STRONG,
            group="crowdsec.reputation",
        )
    maker.moment(history.first_seen, "CrowdSec: first seen")
    maker.moment(history.last_seen, "CrowdSec: last seen")
    _tell_facts(maker, said, classes)
    return maker.answer(
        stated=_WORDS.get(reputation, Word.UNKNOWN),
        summary=f"{reputation}, {count(len(said.behaviors or ()), 'sort')} of behaviour",
        link=link,
        raw=read_raw(reply),
    )


def _tell_facts(maker: Maker, said: _Smoke, classes: _Classes) -> None:
    maker.fact("behaviour", _list_labels(said.behaviors))
    maker.fact("attacks", _list_labels(said.attack_details))
    maker.fact("techniques", [each.name for each in said.mitre_techniques or ()])
    maker.fact("classes", _list_labels(classes.classifications))
    maker.fact("on lists", _list_labels(said.references))
    maker.fact("background noise", said.background_noise)
    maker.fact("AS", f"AS{said.as_num}" if said.as_num else None, kind=Kind.ASN)
    maker.fact("AS owner", said.as_name)
    maker.fact("network", said.ip_range, kind=Kind.CIDR)
    maker.pivots(said.cves, Kind.CVE, relation="exploits")
    maker.pivot(said.reverse_dns, Kind.DOMAIN, relation="resolves-to")
    if where := said.location:
        maker.place(where.country, label=where.city, latitude=where.latitude, longitude=where.longitude)


def _list_labels(items: list[_Labelled] | None) -> list[str]:
    return [each.label or each.name or "" for each in items or ()]
