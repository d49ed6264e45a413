"""OpenCTI: the observables and indicators of one's own platform that have a value.

Format: GraphQL of version 6, https://docs.opencti.io/latest/reference/api/ and reference/filters/.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import (
    HOUR_S,
    MINUTE_S,
    Asking,
    MalformedAnswer,
    NotLetIn,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, clean_text, count, keep_private, quote_path, read_raw, read_time
from stack.analysis.subjects import ADDRESSES, HASHES, Subject
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_MOST: Final = 20
_KEYS: Final = {
    "md5": "hashes.MD5",
    "sha1": "hashes.SHA-1",
    "sha256": "hashes.SHA-256",
    "sha512": "hashes.SHA-512",
}
_REFUSALS: Final = frozenset({"AUTH_REQUIRED", "FORBIDDEN_ACCESS", "OTP_REQUIRED", "AUTH_FAILURE"})
_INDICATOR: Final = """
  id name pattern_type revoked valid_from valid_until x_opencti_score x_opencti_detection
  created_by: createdBy { name } labels: objectLabel { value }
"""
_QUERY: Final = f"""
query Look($observables: FilterGroup, $indicators: FilterGroup, $first: Int) {{
  observables: stixCyberObservables(first: $first, filters: $observables) {{ edges {{ node {{
    id entity_type observable_value x_opencti_score created_at updated_at
    created_by: createdBy {{ name }} labels: objectLabel {{ value }}
    indicators(first: $first) {{ edges {{ node {{ {_INDICATOR} }} }} }}
  }} }} }}
  indicators(first: $first, filters: $indicators) {{ edges {{ node {{ {_INDICATOR} }} }} }}
}}
"""
_TEST: Final = "query Who { me { name } about { version } }"


class _Name(msgspec.Struct):
    name: str | None = None


class _Label(msgspec.Struct):
    value: str | None = None


class _Indicator(msgspec.Struct):
    id: str
    name: str | None = None
    revoked: bool | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    x_opencti_score: int | None = None
    x_opencti_detection: bool | None = None
    created_by: _Name | None = None
    labels: list[_Label] | None = None


class _IndicatorEdge(msgspec.Struct):
    node: _Indicator


class _Indicators(msgspec.Struct):
    edges: list[_IndicatorEdge]


class _Observable(msgspec.Struct):
    id: str
    entity_type: str | None = None
    x_opencti_score: int | None = None
    created_at: str | None = None
    updated_at: str | None = None
    created_by: _Name | None = None
    labels: list[_Label] | None = None
    indicators: _Indicators | None = None


class _ObservableEdge(msgspec.Struct):
    node: _Observable


class _Observables(msgspec.Struct):
    edges: list[_ObservableEdge]


class _Found(msgspec.Struct):
    observables: _Observables
    indicators: _Indicators


class _Code(msgspec.Struct):
    code: str | None = None


class _Error(msgspec.Struct):
    message: str = ""
    name: str | None = None
    extensions: _Code | None = None


class _Reply(msgspec.Struct):
    data: _Found | None = None
    errors: list[_Error] | None = None


class _About(msgspec.Struct):
    version: str | None = None


class _Who(msgspec.Struct):
    me: _Name | None = None
    about: _About | None = None


class _WhoReply(msgspec.Struct):
    data: _Who | None = None
    errors: list[_Error] | None = None


class Provider(ProviderPlugin):
    """What your own OpenCTI knows of a value."""

    name = "opencti"
    title = "OpenCTI"
    page = "https://docs.opencti.io/latest/reference/api/"
    terms = "Your own platform: what it says is under the markings that stand there."
    kinds = ADDRESSES | HASHES | {Kind.DOMAIN.value, Kind.URL.value, Kind.EMAIL.value}
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("token", "API token", Place.HEADER, field="Authorization", prefix="Bearer "),
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("url", "Address, such as https://opencti.example", is_needed=True),
    )
    rates = (Rate(120, MINUTE_S),)
    tlp = "amber+strict"
    keeps_s = HOUR_S
    keeps_absent_s = HOUR_S // 4
    is_metered = False

    def ask(self, subject: Subject) -> Asking:
        variables = {
            "first": _MOST,
            "observables": _filter(_KEYS.get(subject.kind, "value"), subject.value),
            "indicators": _filter("name", subject.value),
        }
        wanted = {"query": _QUERY, "variables": variables}
        reply = yield ProviderRequest(path="/graphql", method="POST", json=wanted)
        said = reply.read(_Reply)
        _check_errors(said.errors)
        if said.data is None:
            raise MalformedAnswer("it gives neither data nor an error")
        observables = [edge.node for edge in said.data.observables.edges]
        indicators = _list_indicators(said.data)
        if not observables and not indicators:
            return ABSENT
        address = self.choices.get("url", "").rstrip("/")
        return _read_found(subject, observables, indicators, reply, address=address)

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/graphql", method="POST", json={"query": _TEST}, is_metered=False)
        said = reply.read(_WhoReply)
        _check_errors(said.errors)
        if said.data is None or said.data.me is None:
            raise NotLetIn("the token is nobody's")
        version = said.data.about.version if said.data.about else None
        return Answer(summary=f"OpenCTI {version or ''} knows the token as {said.data.me.name or 'a user'}")


def _filter(key: str, value: str) -> dict[str, object]:
    found = {"key": [key], "values": [value], "operator": "eq", "mode": "or"}
    return {"mode": "and", "filters": [found], "filterGroups": []}


def _check_errors(errors: Sequence[_Error] | None) -> None:
    """GraphQL says what is wrong in a body of status 200."""
    if not errors:
        return
    first = errors[0]
    code = (first.extensions.code if first.extensions else None) or first.name or ""
    message = clean_text(first.message, most=120)
    if code in _REFUSALS:
        raise NotLetIn(message)
    raise MalformedAnswer(f"it says “{message}”")


def _list_indicators(found: _Found) -> list[_Indicator]:
    """Each once: those of the observables, and those of the value's name."""
    edges = [*found.indicators.edges]
    for edge in found.observables.edges:
        edges += edge.node.indicators.edges if edge.node.indicators else []
    return list({edge.node.id: edge.node for edge in edges}.values())


def _read_found(
    subject: Subject,
    observables: Sequence[_Observable],
    indicators: Sequence[_Indicator],
    reply: ProviderReply,
    *,
    address: str,
) -> Answer:
    maker = Maker("opencti", subject)
    stated = _weigh_indicators(maker, indicators, received_at=reply.received_at)
    scores = [each.x_opencti_score for each in observables if each.x_opencti_score is not None]
    if observables:
        highest = max(scores, default=None)
        # 50 is what every observable gets that nobody gave a score.
        weight = SLIGHT if highest is None or highest <= 50 else MODEST if highest < 80 else MODEST * 1.5
        shown = "without a score" if highest is None else f"with a score of {highest} of 100"
        maker.evidence("observable", f"OpenCTI has it as an observable, {shown}.", weight, group="opencti")
    for each in observables:
        maker.moment(each.created_at, "Came into OpenCTI")
        maker.fact("Created by", each.created_by.name if each.created_by else None)
    labels = [label for each in observables for label in each.labels or []]
    labels += [label for each in indicators for label in each.labels or []]
    maker.fact("Labels", sorted({label.value for label in labels if label.value}))
    summary = f"{count(len(observables), 'observable')}, {count(len(indicators), 'indicator')}"
    first = observables[0].id if observables else ""
    link = f"{address}/dashboard/observations/observables/{quote_path(first)}" if first else ""
    return keep_private(maker.answer(summary=summary, stated=stated, link=link, raw=read_raw(reply)))


def _weigh_indicators(maker: Maker, indicators: Sequence[_Indicator], *, received_at: int) -> Word | None:
    valid = [each for each in indicators if not each.revoked and _is_valid(each, received_at)]
    if not valid:
        if indicators:
            maker.evidence(
                "past-indicator", f"{count(len(indicators), 'indicator')} of it no longer holds.", 0.0
            )
        return None
    best = max(valid, key=lambda each: each.x_opencti_score or 0)
    score = best.x_opencti_score
    # A score of 50 is a coin's toss, and what nobody gave a score says that somebody wrote a pattern.
    weight = MODEST if score is None else min(STRONG * 1.4, max(0.0, STRONG * score / 75))
    shown = "no score" if score is None else f"a score of {score} of 100"
    holds = "holds" if len(valid) == 1 else "hold"
    statement = f"{count(len(valid), 'indicator')} for it {holds}, the strongest with {shown}."
    maker.evidence(
        "indicator",
        statement,
        weight,
        group="opencti",
        seen_at=read_time(best.valid_from),
        half_life_days=365,
    )
    if score is None or score < 50:
        return None
    return Word.MALICIOUS if score >= 75 else Word.SUSPICIOUS


def _is_valid(indicator: _Indicator, now: int) -> bool:
    until = read_time(indicator.valid_until)
    return until is None or until > now
