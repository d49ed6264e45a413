"""AbuseIPDB: what operators of servers have reported of an address.

Format: API v2, https://docs.abuseipdb.com/#check-endpoint.
"""

from math import log
from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, STRONG, Answer, Word
from stack.analysis.base import DAY_S, Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, check_value, count, quote_path, read_raw, read_time, write_day
from stack.analysis.subjects import ADDRESSES, Subject
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_Text = str | None


class _Data(msgspec.Struct, rename="camel"):
    ip_address: str
    abuse_confidence_score: int
    total_reports: int = 0
    num_distinct_users: int = 0
    is_whitelisted: bool | None = None
    is_public: bool | None = None
    is_tor: bool | None = None
    country_code: _Text = None
    usage_type: _Text = None
    isp: _Text = None
    domain: _Text = None
    hostnames: list[str] | None = None
    last_reported_at: _Text = None


class _Check(msgspec.Struct):
    data: _Data


def weigh_reports(score: int, people: int) -> float:
    """The weight of a confidence of abuse (percent) that rests on the reports of so many people.

    A confidence of 100 by many is 3.5: such addresses attack, but are often shared or taken over, and a
    report is one click. One reporter counts for less than half of ten.
    """
    if score <= 0 or people <= 0:
        return 0.0
    return 3.5 * (score / 100) * min(1.0, log(1 + people) / log(11))


class Provider(ProviderPlugin):
    """Reports of attacks from an address, with a confidence of abuse."""

    name = "abuseipdb"
    title = "AbuseIPDB"
    page = "https://docs.abuseipdb.com/"
    terms = "Free with an account for 1,000 checks a day; name AbuseIPDB where results are shown to others."
    url = "https://api.abuseipdb.com/api/v2"
    kinds = ADDRESSES
    credentials = (Credential("key", "API key", Place.HEADER, "Key"),)
    options = (
        Option("days", "Reports of how many days", "90", values=("7", "30", "60", "90", "180", "365")),
    )
    rates: ClassVar[tuple[Rate, ...]] = (Rate(1000, DAY_S),)

    def ask(self, subject: Subject) -> Asking:
        reply = yield ProviderRequest(
            path="/check",
            params={"ipAddress": subject.value, "maxAgeInDays": self.choices.get("days") or "90"},
            headers={"Accept": "application/json"},
        )
        return _read_check(reply, subject)

    def test(self) -> Asking:
        reply = yield ProviderRequest(
            path="/check", params={"ipAddress": "127.0.0.1"}, headers={"Accept": "application/json"}
        )
        reply.read(_Check)
        return Answer(summary="The key is good")


def _read_check(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Check).data
    check_value(subject, said.ip_address)
    if not said.total_reports and not said.is_whitelisted:
        return ABSENT
    maker = Maker(Provider.name, subject)
    link = f"https://www.abuseipdb.com/check/{quote_path(subject.value)}"
    seen_at = read_time(said.last_reported_at)
    if said.total_reports:
        last = f", the last on {write_day(seen_at)}" if seen_at else ""
        maker.evidence(
            "reports",
            f"{count(said.num_distinct_users, 'person', many='people')} reported it "
            f"{count(said.total_reports, 'time')}{last}; "
            f"the confidence of abuse is {said.abuse_confidence_score} percent.",
            weigh_reports(said.abuse_confidence_score, said.num_distinct_users),
            seen_at=seen_at,
            half_life_days=30,
            reference=link,
        )
        maker.moment(said.last_reported_at, "AbuseIPDB: last reported")
    if said.is_whitelisted:
        maker.evidence("whitelisted", "AbuseIPDB keeps it on its list of benign services.", -STRONG)
    maker.fact("usage", said.usage_type)
    maker.fact("ISP", said.isp)
    maker.fact("domain of the ISP", said.domain, kind=Kind.DOMAIN)
    maker.fact("Tor", said.is_tor)
    maker.pivots(said.hostnames, Kind.DOMAIN, relation="resolves-to")
    maker.place(said.country_code)
    return maker.answer(
        stated=_name_score(said),
        summary=f"confidence of abuse {said.abuse_confidence_score} percent, "
        f"{count(said.total_reports, 'report')}",
        link=link,
        raw=read_raw(reply),
    )


def _name_score(said: _Data) -> Word:
    if said.is_whitelisted:
        return Word.BENIGN
    if said.abuse_confidence_score >= 75:
        return Word.MALICIOUS
    return Word.SUSPICIOUS if said.abuse_confidence_score >= 25 else Word.UNKNOWN
