"""Pulsedive: risk of addresses, domains and URLs, with threats, feeds and what its scans saw.

Format: https://docs.pulsedive.com/api/indicator/overview (`info.php?indicator=`); risks: model/indicators.
"""

from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import (
    DAY_S,
    Asking,
    MalformedAnswer,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, check_value, clean_text, count, read_raw, read_time, write_day
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Place
from stack.stix.observables.kinds import Kind

_Text = str | None
_WEIGHTS = {
    "critical": STRONG,
    "high": STRONG,
    "medium": MODEST,
    "low": SLIGHT / 2,
    "none": -SLIGHT,
    "unknown": 0.0,
}
_WORDS = {
    "critical": Word.MALICIOUS,
    "high": Word.MALICIOUS,
    "medium": Word.SUSPICIOUS,
    "none": Word.BENIGN,
}


class _Factor(msgspec.Struct):
    description: _Text = None
    risk: _Text = None


class _Threat(msgspec.Struct):
    name: _Text = None
    category: _Text = None
    risk: _Text = None


class _Feed(msgspec.Struct):
    name: _Text = None
    organization: _Text = None


class _Indicator(msgspec.Struct):
    indicator: str
    iid: int | None = None
    risk: _Text = None
    retired: _Text | int = None
    stamp_added: _Text = None
    stamp_seen: _Text = None
    umbrella_rank: _Text | int = None
    riskfactors: list[_Factor] | None = None
    threats: list[_Threat] | None = None
    feeds: list[_Feed] | None = None


class _Fault(msgspec.Struct):
    error: _Text = None


class Provider(ProviderPlugin):
    """Risk, and the threats and feeds that a value belongs to."""

    name = "pulsedive"
    title = "Pulsedive"
    page = "https://docs.pulsedive.com/api/indicator/overview"
    terms = "The free plan is for individuals, with few look-ups a day; commercial use needs a paid plan."
    url = "https://pulsedive.com/api"
    kinds = ADDRESSES | {Kind.DOMAIN.value, Kind.URL.value}
    credentials = (Credential("key", "API key", Place.PARAMETER, "key"),)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(1, 1), Rate(50, DAY_S), Rate(500, 30 * DAY_S))

    def ask(self, subject: Subject) -> Asking:
        reply = yield ProviderRequest(
            path="/info.php", params={"indicator": subject.value}, expects=(200, 404)
        )
        if reply.status == 404:
            return ABSENT
        if fault := reply.read(_Fault).error:
            if "not found" in fault.lower():
                return ABSENT
            raise MalformedAnswer(f"Pulsedive says: {clean_text(fault, most=120)}")
        return _read_indicator(reply, subject)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/info.php", params={"indicator": "pulsedive.com"})
        reply.read(_Indicator)
        return Answer(summary="The key is good")


def _read_indicator(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Indicator)
    check_value(subject, said.indicator)
    maker = Maker(Provider.name, subject)
    link = f"https://pulsedive.com/indicator/?iid={said.iid}" if said.iid else "https://pulsedive.com/"
    risk = said.risk or "unknown"
    seen_at = read_time(said.stamp_seen)
    reasons = [
        factor.description or "" for factor in said.riskfactors or () if factor.risk not in (None, "none")
    ]
    why = "; ".join(reasons[:3])
    if risk in _WEIGHTS:
        maker.evidence(
            "risk",
            f"Pulsedive rates its risk {risk}{f' ({why})' if why else ''}"
            f"{f', last seen on {write_day(seen_at)}' if seen_at else ''}.",
            _WEIGHTS[risk],
            seen_at=seen_at,
            half_life_days=90,
            reference=link,
        )
    threats = [threat.name or "" for threat in said.threats or ()]
    if threats:
        maker.evidence(
            "threats", f"Pulsedive links it to {', '.join(threats[:5])}.", MODEST, group="pulsedive.risk"
        )
    maker.fact("threats", threats)
    maker.fact("feeds", [f"{feed.name} ({feed.organization})" for feed in said.feeds or ()])
    maker.fact("risk factors", reasons)
    maker.fact("retired", said.retired or None)
    maker.fact("rank at Umbrella", said.umbrella_rank or None)
    maker.moment(said.stamp_added, "Pulsedive: added")
    maker.moment(said.stamp_seen, "Pulsedive: last seen")
    return maker.answer(
        stated=_WORDS.get(risk, Word.UNKNOWN),
        summary=f"risk {risk}, {count(len(said.feeds or ()), 'feed')}, {count(len(threats), 'threat')}",
        link=link,
        raw=read_raw(reply),
    )
