"""An example to copy: a service that has a score for addresses and domains.

Its format is invented; here stands where the vendor documents theirs.
"""

from typing import ClassVar, Final
from urllib.parse import quote

import msgspec

from stack.analysis.answers import ABSENT, MODEST, STRONG, Answer, Evidence, Fact, Word
from stack.analysis.base import Asking, ProviderPlugin, ProviderRequest, Rate
from stack.analysis.subjects import Subject
from stack.core.plugin_options import Credential, Place
from stack.stix.observables.kinds import Kind

_SUSPICIOUS: Final = 30
_MALICIOUS: Final = 80


class _Reputation(msgspec.Struct):
    """The members that are used; others are ignored. What may be missing has a default."""

    score: int
    reports: int = 0
    country: str = ""


class _Reply(msgspec.Struct):
    data: _Reputation


class _Quota(msgspec.Struct):
    left: int = 0


class Provider(ProviderPlugin):
    """Scores of the example service."""

    name = "example"
    title = "Example"
    page = "https://docs.example/api"
    terms = "Free for anybody; answers may be shared."
    url = "https://api.example/v1"
    kinds = frozenset({Kind.IPV4.value, Kind.DOMAIN.value})
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("key", "API key", Place.HEADER, field="Authorization", prefix="Bearer "),
    )
    rates = (Rate(4, 60), Rate(500, 86_400))

    def ask(self, subject: Subject) -> Asking:
        # What stands in a path is quoted; 404 is no fault here, so it is expected.
        reply = yield ProviderRequest(path=f"/reputation/{quote(subject.value, safe='')}", expects=(200, 404))
        if reply.status == 404:
            return ABSENT
        return _read_answer(reply.read(_Reply).data, raw=reply.read(object))

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/quota", is_metered=False)
        return Answer(summary=f"{reply.read(_Quota).left} calls are left today")


def _read_answer(found: _Reputation, *, raw: object) -> Answer:
    stated = None
    weight = 0.0
    if found.score >= _MALICIOUS:
        stated, weight = Word.MALICIOUS, STRONG
    elif found.score >= _SUSPICIOUS:
        stated, weight = Word.SUSPICIOUS, MODEST
    statement = f"Example gives a score of {found.score} of 100, from {found.reports} reports."
    return Answer(
        stated=stated,
        summary=f"score {found.score} of 100",
        evidence=(Evidence("example.score", statement, weight),),
        facts=(Fact("Country", found.country),) if found.country else (),
        raw=raw,
    )
