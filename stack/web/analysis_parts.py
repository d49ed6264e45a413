"""An analysis as its page shows it: parts that are drawn, compared and replaced one by one while it runs.

A browser says which parts it has and how they were; only those that are otherwise now are sent to it.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from stack.accounts.principal import Permission, Principal
from stack.analysis.answers import Fact, Word
from stack.analysis.models import AnswerState
from stack.analysis.records import AnalysisDetail, AnswerRow, PivotRow
from stack.analysis.subjects import SUBJECT_KINDS
from stack.analysis.verdicts import Weighed
from stack.stix.observables.kinds import Kind
from stack.store.queries import get_object
from stack.web.analyses_shown import describe_row, name_kind
from stack.web.countries import find_country
from stack.web.links import object_url
from stack.web.naming import defang_within, show_names

_ANSWERS: Final = {
    AnswerState.WAITING: ("waiting", "", "clock"),
    AnswerState.RUNNING: ("asking", "accent", "refresh-cw"),
    AnswerState.FOUND: ("answered", "good", "circle-check"),
    AnswerState.ABSENT: ("knows nothing of it", "", "circle-dashed"),
    AnswerState.REFUSED: ("refused", "warn", "ban"),
    AnswerState.LIMITED: ("limited", "warn", "clock"),
    AnswerState.UNAUTHORISED: ("credential refused", "bad", "key"),
    AnswerState.FAILED: ("failed", "bad", "octagon-x"),
    AnswerState.INTERRUPTED: ("interrupted", "warn", "triangle-alert"),
    AnswerState.SKIPPED: ("not asked", "", "minus"),
}
_WIDTH = 100
# Half of the bar is this weight; what counts more fills it.
_FULL = 5.0
_FACTS_SHOWN = 400
_PIVOTS_SHOWN = 50
_EVIDENCE_SHOWN = 60
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the page: the template that draws it, with what; `digest` changes when that does."""

    key: str
    template: str
    context: dict[str, Any]
    digest: str


def describe_parts(principal: Principal, detail: AnalysisDetail) -> list[Part]:
    """All parts in the order of the page; one that has nothing to show is there and empty."""
    may = Permission.ANALYZE in principal.permissions
    head = describe_row(detail.row) | {
        "verdict": detail.verdict,
        "progress": f"{detail.row.answered:,} of {detail.row.plugins:,} have answered",
        "percent": _percent(detail),
        "confidence": round(100 * detail.verdict.confidence),
        "has_conflict": detail.verdict.has_conflict,
        "disagreement": _describe_opinions(detail) if detail.has_disagreement else None,
        "may_analyze": may,
        "may_export": Permission.EXPORT in principal.permissions,
        "is_finished": detail.row.is_finished,
    }
    sources = [_describe_source(detail, answer, may=may) for answer in detail.answers]
    return [
        _make("verdict", head, (detail.row, detail.verdict, detail.opinions)),
        _make("evidence", _describe_evidence(detail), detail.verdict),
        *(
            Part(
                f"source-{_slug(each['answer'].plugin)}",
                "pages/analysis_source.html",
                each,
                _digest((_mark(each["answer"]), each["may_ask_again"])),
            )
            for each in sources
        ),
        _make("facts", {"sections": _describe_facts(detail)}, [_mark(each) for each in detail.answers]),
        _make("pivots", _describe_pivots(detail, may=may), detail.pivots),
        _make("timeline", {"events": _describe_moments(detail)}, detail.moments),
        _make("places", _describe_places(detail), detail.places),
        _make("objects", {"objects": _describe_objects(principal, detail), **head}, detail.stix_ids),
    ]


def read_seen(text: str) -> dict[str, str]:
    """What the browser has: `verdict:1f2e…,evidence:…` as digests by key."""
    pairs = (pair.rpartition(":") for pair in text.split(",")[:200])
    return {key: digest for key, _, digest in pairs if key}


def write_seen(parts: list[Part]) -> str:
    return ",".join(f"{part.key}:{part.digest}" for part in parts)


def _make(key: str, context: dict[str, Any], shown: object) -> Part:
    return Part(key, f"pages/analysis_{key}.html", context, _digest(shown))


def _digest(shown: object) -> str:
    return hashlib.sha256(msgspec.json.encode(shown)).hexdigest()[:12]


def _mark(row: AnswerRow) -> tuple[object, ...]:
    """What changes whenever the answer does; the answer itself may be large."""
    return (row.plugin, row.state, row.message, row.is_kept, row.asked_at, row.ended_at)


def _slug(plugin: str) -> str:
    """The name of a plug-in as part of an id of HTML."""
    readable = "".join(each if each.isascii() and each.isalnum() else "-" for each in plugin)[:40]
    return readable if readable == plugin else f"{readable}-{hashlib.sha256(plugin.encode()).hexdigest()[:8]}"


def _percent(detail: AnalysisDetail) -> int:
    """How many have answered; never all of it while it runs."""
    row = detail.row
    return min(99, 100 * row.answered // row.plugins) if row.plugins else 0


def _describe_opinions(detail: AnalysisDetail) -> list[dict[str, Any]]:
    grouped: dict[Word, list[str]] = {}
    for each in detail.opinions:
        grouped.setdefault(each.word, []).append(each.title)
    order = (Word.MALICIOUS, Word.SUSPICIOUS, Word.BENIGN)
    return [{"word": word.value, "titles": grouped[word]} for word in order if word in grouped]


def _describe_evidence(detail: AnalysisDetail) -> dict[str, Any]:
    weighed = detail.verdict.weighed
    counted = [each for each in weighed if each.counted]
    told = [each for each in weighed if not each.counted]
    return {
        "counted": [_describe_weighed(each) for each in counted[:_EVIDENCE_SHOWN]],
        "more": max(0, len(counted) - _EVIDENCE_SHOWN),
        "told": [_describe_weighed(each) for each in told[:_EVIDENCE_SHOWN]],
        "is_finished": detail.row.is_finished,
        "balance": _describe_balance(detail),
    }


def _describe_balance(detail: AnalysisDetail) -> str:
    speaking_for, against = detail.verdict.for_weight, detail.verdict.against_weight
    first = f"{_sign(speaking_for)} for malicious" if speaking_for else "nothing for malicious"
    second = f"{_sign(-against)} against" if against else "nothing against"
    return f"{first}, {second}, in log-odds"


def _describe_weighed(each: Weighed) -> dict[str, Any]:
    evidence = each.evidence
    width = round(min(1.0, abs(each.counted) / _FULL) * _WIDTH, 1)
    is_less = abs(abs(each.counted) - abs(evidence.weight)) >= 0.005
    return {
        "weighed": each,
        "statement": defang_within(evidence.statement),
        "seen_at": evidence.seen_at,
        "counted": _sign(each.counted),
        "weight": _sign(evidence.weight) if is_less else "",
        "why": each.why,
        "is_private": evidence.is_private,
        "is_for": each.counted > 0,
        "x": _WIDTH if each.counted > 0 else _WIDTH - width,
        "width": width,
    }


def _sign(number: float) -> str:
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{abs(number):.2f}"


def _describe_source(detail: AnalysisDetail, row: AnswerRow, *, may: bool) -> dict[str, Any]:
    state, tone, icon = _ANSWERS[row.state]
    answer = row.answer
    return {
        "answer": row,
        "state": state,
        "tone": tone,
        "icon": icon,
        "said": defang_within(answer.summary) if answer else "",
        "stated": answer.stated.value if answer and answer.stated else "",
        "took": _describe_length(row.took_ms),
        "link": answer.link if answer else "",
        "has_raw": answer is not None and answer.raw is not None,
        "raw_url": f"/analyses/{detail.row.uid}/raw/{row.plugin}",
        "ask_url": f"/analyses/{detail.row.uid}/ask",
        "may_ask_again": may and detail.row.is_finished,
    }


def _describe_length(took_ms: int | None) -> str:
    if took_ms is None:
        return ""
    return f"{took_ms} ms" if took_ms < 1000 else f"{took_ms / 1000:.1f} s"


def _describe_facts(detail: AnalysisDetail) -> list[dict[str, Any]]:
    """Facts under their headings; a heading "a.zip > b.doc" is a part of a file, shown as deep as it lies."""
    sections: dict[tuple[str, str], list[dict[str, Any]]] = {}
    shown = 0
    for row in detail.answers:
        for fact in row.answer.facts if row.answer else ():
            shown += 1
            if shown <= _FACTS_SHOWN:
                sections.setdefault((row.title, fact.section), []).append(_describe_fact(fact))
    described = []
    for (source, title), facts in sections.items():
        path = [each.strip() for each in title.split(" > ")]
        described.append(
            {
                "title": path[-1] or "In short",
                "depth": min(_DEEPEST, len(path) - 1),
                "source": source,
                "facts": facts,
            }
        )
    if shown > _FACTS_SHOWN:
        described.append(
            {
                "title": f"Showing {_FACTS_SHOWN} of {shown:,}: the JSON has all",
                "depth": 0,
                "source": "",
                "facts": [],
            }
        )
    return described


def _describe_fact(fact: Fact) -> dict[str, Any]:
    is_value = fact.kind in set(Kind)
    return {
        "name": fact.name,
        "value": fact.value if is_value else defang_within(fact.value),
        "kind": fact.kind,
    }


def _describe_pivots(detail: AnalysisDetail, *, may: bool) -> dict[str, Any]:
    groups: dict[str, list[PivotRow]] = {}
    for each in detail.pivots:
        groups.setdefault(each.relation, []).append(each)
    return {
        "groups": [
            {
                "relation": relation.replace("-", " "),
                "pivots": [_describe_pivot(each) for each in rows[:_PIVOTS_SHOWN]],
                "count": len(rows),
                "more": max(0, len(rows) - _PIVOTS_SHOWN),
                "values": "\n".join(each.value for each in rows if each.kind in SUBJECT_KINDS),
            }
            for relation, rows in groups.items()
        ],
        "total": len(detail.pivots),
        "may_analyze": may,
        "tlp": describe_row(detail.row)["tlp"],
    }


def _describe_pivot(each: PivotRow) -> dict[str, Any]:
    return {
        "pivot": each,
        "kind": name_kind(each.kind),
        "is_value": each.kind in set(Kind),
        "is_subject": each.kind in SUBJECT_KINDS and each.kind in set(Kind),
        "sources": ", ".join(each.sources),
    }


def _describe_moments(detail: AnalysisDetail) -> list[dict[str, Any]]:
    return [
        {"icon": "clock", "title": defang_within(each.text), "at": each.at, "note": source}
        for source, each in reversed(detail.moments)
    ]


def _describe_places(detail: AnalysisDetail) -> dict[str, Any]:
    """Points of a map of half degrees from 180° W and 84° N, and the same places as a table."""
    rows: dict[tuple[str, str], list[str]] = {}
    points: dict[tuple[float, float], str] = {}
    for source, place in detail.places:
        country = find_country(place.country)
        name = country.name if country else place.country
        titles = rows.setdefault((name, place.label), [])
        if source not in titles:
            titles.append(source)
        latitude, longitude = place.latitude, place.longitude
        if country and (latitude is None or longitude is None):
            latitude, longitude = float(country.latitude), float(country.longitude)
        if latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180:
            at = (round(2 * (longitude + 180), 1), round(2 * (84 - max(-60.0, min(84.0, latitude))), 1))
            points.setdefault(at, f"{name}{', ' + place.label if place.label else ''}")
    return {
        "points": [{"x": x, "y": y, "title": title} for (x, y), title in points.items()],
        "places": [
            {"country": name, "label": label, "sources": ", ".join(titles)}
            for (name, label), titles in rows.items()
        ],
    }


def _describe_objects(principal: Principal, detail: AnalysisDetail) -> list[dict[str, Any]]:
    found = [row for stix_id in detail.stix_ids if (row := get_object(principal, stix_id)) is not None]
    names = show_names(principal, found)
    return [
        {
            "row": row,
            "url": object_url(row.stix_id),
            "relations": f"{object_url(row.stix_id)}/relations",
            "shown": names[row.id],
        }
        for row in found
    ]
