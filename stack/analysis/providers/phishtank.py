"""PhishTank: whether people have verified that a URL is a phishing page.

Format: https://phishtank.org/api_info.php (`checkurl`, by POST). Status 509 is one call too many.
"""

from typing import ClassVar

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, Answer, Word
from stack.analysis.base import (
    HOUR_S,
    AskedTooOften,
    Asking,
    MalformedAnswer,
    NotLetIn,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, check_value, clean_text, read_raw, read_time
from stack.analysis.subjects import Subject
from stack.core.plugin_options import Credential, Place
from stack.stix.observables.kinds import Kind

_VERIFIED = 4.5
"""Several people looked at the page; a page that was taken over may be clean again, hence the half-life."""
_Text = str | None
_Flag = bool | str | None


class _Meta(msgspec.Struct):
    status: str = ""


class _Results(msgspec.Struct):
    url: _Text = None
    in_database: _Flag = None
    phish_id: _Text | int = None
    phish_detail_page: _Text = None
    verified: _Flag = None
    verified_at: _Text = None
    valid: _Flag = None


class _Check(msgspec.Struct):
    meta: _Meta
    results: _Results = msgspec.field(default_factory=_Results)
    errortext: _Text = None


class Provider(ProviderPlugin):
    """Phishing pages, as the community reported and verified them."""

    name = "phishtank"
    title = "PhishTank"
    page = "https://phishtank.org/api_info.php"
    terms = "Free, for commercial use too; an application key raises the limit."
    url = "https://checkurl.phishtank.com"
    kinds = frozenset({Kind.URL.value})
    credentials = (Credential("key", "Application key", Place.FIELD, "app_key", is_needed=False),)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(50, HOUR_S),)
    is_metered = False

    def ask(self, subject: Subject) -> Asking:
        reply = yield _ask(subject.value)
        return _read_check(reply, subject)

    def test(self) -> Asking:
        reply = yield _ask("https://example.com/")
        _read_results(reply)
        return Answer(summary="It answers")


def _ask(url: str) -> ProviderRequest:
    return ProviderRequest(
        path="/checkurl/",
        method="POST",
        form={"url": url, "format": "json"},
        headers={"User-Agent": "phishtank/stack"},
        expects=(200, 509),
    )


def _is_yes(flag: bool | str | None) -> bool:
    return flag is True or (isinstance(flag, str) and flag.lower() in {"y", "yes", "true"})


def _read_results(reply: ProviderReply) -> _Results:
    if reply.status == 509:
        raise AskedTooOften("PhishTank allows no more calls for now", retry_after_s=HOUR_S)
    said = reply.read(_Check)
    if said.meta.status != "success":
        text = clean_text(said.errortext or said.meta.status or "no reason", most=120)
        if "app_key" in text.lower() or "application key" in text.lower():
            raise NotLetIn(f"PhishTank says: {text}")
        raise MalformedAnswer(f"PhishTank says: {text}")
    return said.results


def _read_check(reply: ProviderReply, subject: Subject) -> Answer:
    said = _read_results(reply)
    if not _is_yes(said.in_database):
        return ABSENT
    check_value(subject, said.url)
    maker = Maker(Provider.name, subject)
    link = said.phish_detail_page or ""
    is_verified, is_valid = _is_yes(said.verified), _is_yes(said.valid)
    seen_at = read_time(said.verified_at)
    if is_verified and is_valid:
        text, weight, stated = "People verified that it is a phishing page.", _VERIFIED, Word.MALICIOUS
    elif is_verified:
        text, weight, stated = (
            "People looked at it and say that it is no phishing page.",
            -MODEST,
            Word.BENIGN,
        )
    else:
        text, weight, stated = "Somebody reported it as phishing; nobody verified that yet.", SLIGHT, None
    maker.evidence("listed", text, weight, seen_at=seen_at, half_life_days=60, reference=link)
    maker.fact("number", said.phish_id)
    maker.moment(said.verified_at, "PhishTank: verified")
    summary = (
        ("verified phish" if is_valid else "verified, no phish") if is_verified else "reported, not verified"
    )
    return maker.answer(stated=stated, summary=summary, link=link, raw=read_raw(reply))
