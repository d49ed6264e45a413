"""Analyses as JSON has them, for REST, the command line and downloads: the members that docs/api.md names."""

from typing import Any
from uuid import uuid4

from stack.accounts.principal import Principal
from stack.analysis.answers import Evidence, Fact, Pivot
from stack.analysis.asking.records import PlannedAsk
from stack.analysis.records import AnalysisDetail, AnalysisRow, AnswerRow, Preview
from stack.analysis.verdicts import Weighed
from stack.stix.markings import TlpLevel
from stack.stix.timestamps import format_instant
from stack.store.queries import get_text

Document = dict[str, Any]


def write_row(row: AnalysisRow) -> Document:
    """One analysis of a list: `value`, `kind`, `verdict`, `score` and `confidence` come first."""
    return {
        "value": row.value,
        "kind": row.kind,
        "verdict": row.word.value,
        "score": row.score,
        "confidence": row.confidence,
        "summary": row.summary,
        "id": row.uid,
        "name": row.name,
        "size": row.size,
        "tlp": TlpLevel(row.tlp).label,
        "state": str(row.state.value),
        "trigger": row.trigger,
        "by": row.by,
        "batch": row.batch,
        "job_id": row.job_id,
        "created_at": format_instant(row.created_at),
        "ended_at": _write_time(row.ended_at),
        "plugins": row.plugins,
        "answered": row.answered,
    }


def write_analysis(detail: AnalysisDetail, *, with_raw: bool = False) -> Document:
    """The analysis with its evidence, strongest first, and what each source said."""
    row, verdict = write_row(detail.row), detail.verdict
    evidence = [write_evidence(each) for each in verdict.weighed]
    # In the order that readers want: what it is, how it is judged, why; then all the rest.
    head = {name: row.pop(name) for name in ("value", "kind", "verdict", "score", "confidence", "summary")}
    return {
        **head,
        "evidence": evidence,
        "log_odds": verdict.log_odds,
        "for_weight": verdict.for_weight,
        "against_weight": verdict.against_weight,
        "has_conflict": verdict.has_conflict,
        "has_disagreement": detail.has_disagreement,
        **row,
        "answers": [write_answer(each, with_raw=with_raw) for each in detail.answers],
        "pivots": [
            {"kind": each.kind, "value": each.value, "relation": each.relation, "sources": list(each.sources)}
            for each in detail.pivots
        ],
        "moments": [
            {"source": source, "at": format_instant(each.at), "text": each.text}
            for source, each in detail.moments
        ],
        "places": [
            {
                "source": source,
                "country": each.country,
                "label": each.label,
                "latitude": each.latitude,
                "longitude": each.longitude,
            }
            for source, each in detail.places
        ],
        "stix_ids": list(detail.stix_ids),
    }


def write_evidence(weighed: Weighed) -> Document:
    """`weight` is what the source gave it, `counted` what is left of it; both in log-odds."""
    evidence: Evidence = weighed.evidence
    return {
        "statement": evidence.statement,
        "weight": evidence.weight,
        "counted": weighed.counted,
        "source": weighed.source,
        "code": evidence.code,
        "why": weighed.why,
        "seen_at": _write_time(evidence.seen_at),
        "half_life_days": evidence.half_life_days,
        "is_private": evidence.is_private,
        "reference": evidence.reference,
        "pivots": [_write_pivot(each) for each in evidence.pivots],
    }


def write_answer(row: AnswerRow, *, with_raw: bool = False) -> Document:
    answer = row.answer
    document: Document = {
        "plugin": row.plugin,
        "title": row.title,
        "is_provider": row.is_provider,
        "state": str(row.state.value),
        "message": row.message,
        "is_kept": row.is_kept,
        "asked_at": _write_time(row.asked_at),
        "ended_at": _write_time(row.ended_at),
        "took_ms": row.took_ms,
        "stated": answer.stated.value if answer and answer.stated else None,
        "summary": answer.summary if answer else "",
        "link": answer.link if answer else "",
        "facts": [_write_fact(each) for each in answer.facts] if answer else [],
    }
    return document | {"raw": answer.raw if answer else None} if with_raw else document


def write_preview(preview: Preview) -> Document:
    """What an analysis would do; no secret is in what would be sent."""
    return {
        "value": preview.subject.value,
        "kind": preview.subject.kind,
        "tlp": TlpLevel(preview.subject.tlp).label,
        "analyzers": list(preview.analyzers),
        "planned": [write_planned(each) for each in preview.planned],
    }


def write_planned(planned: PlannedAsk) -> Document:
    return {
        "provider": planned.provider,
        "title": planned.title,
        "is_possible": planned.is_possible,
        "why_not": planned.why_not,
        "message": planned.message,
        "sends": [
            {"method": each.method, "url": each.url, "body": _write_body(each.body)} for each in planned.sends
        ],
        "is_metered": planned.is_metered,
        "left": planned.left,
    }


def write_bundle(principal: Principal, detail: AnalysisDetail) -> bytes:
    """What was kept of it in the store, each object letter by letter, as far as the principal may see it."""
    texts = [text for stix_id in detail.stix_ids if (text := get_text(principal, stix_id)) is not None]
    # STIX prohibits empty lists.
    objects = b',"objects":[' + b",".join(texts) + b"]" if texts else b""
    return b'{"type":"bundle","id":"bundle--' + str(uuid4()).encode() + b'"' + objects + b"}"


def _write_fact(fact: Fact) -> Document:
    return {"name": fact.name, "value": fact.value, "kind": fact.kind, "section": fact.section}


def _write_pivot(pivot: Pivot) -> Document:
    return {"kind": pivot.kind, "value": pivot.value, "relation": pivot.relation}


def _write_body(body: str | bytes) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else body


def _write_time(at: int | None) -> str | None:
    return None if at is None else format_instant(at)
