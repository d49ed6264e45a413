"""What an analysis found, as STIX in the store: a statement of the organisation's source “Analyses of …”.

A file gets a `malware-analysis` (STIX 2.1, section 4.9), any other value a `note`; both name what was seen
and who said it. What was observed together is an `observed-data`, how it hangs together are relationships.
Nothing of it rests on what the store holds: that may be seen by fewer people than what is written here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import orjson

from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import name_own_organisation
from stack.analysis.answers import Answer, Pivot
from stack.analysis.describing import ANALYSES
from stack.analysis.models import Analysis
from stack.analysis.queries import describe_answer
from stack.analysis.subjects import FILES
from stack.analysis.verdicts import Verdict, weigh_evidence
from stack.core.clock import now_us
from stack.ingest.base import Record
from stack.ingest.preparing import prepare_records
from stack.ingest.stix_values import make_observable, make_own_id
from stack.stix.markings import TlpLevel, tlp_marking_id
from stack.stix.observables.kinds import Kind, Observable
from stack.stix.timestamps import format_instant
from stack.store.operations import ensure_source, write_statements
from stack.store.queries import find_objects
from stack.store.records import Handling, Statement

_MOST_PIVOTS: Final = 50
_MOST_LINES: Final = 30


def keep_results(principal: Principal, analysis: Analysis) -> None:
    """States what was found, in the caller's transaction; what an earlier run stated gets a newer version."""
    answers = [
        (row.title, row.answer)
        for row in map(describe_answer, analysis.answers.exclude(answer=""))
        if row.answer is not None and row.answer.is_found
    ]
    public = [(title, item) for title, answer in answers for item in answer.evidence if not item.is_private]
    if not public and not any(answer.pivots for _, answer in answers):
        return
    verdict = weigh_evidence(public, now=now_us())
    objects = list(_make_objects(analysis, verdict, answers))
    # A relationship is stated once, however often it is seen: its `created` is that of the first time.
    related = [obj["id"] for obj in objects if obj["type"] == "relationship"]
    before = find_objects(principal, related) if related else {}
    statements = _state([obj for obj in objects if obj["id"] not in before])
    writer = replace(principal, permissions=principal.permissions | {Permission.INGEST})
    name = name_own_organisation(principal) or f"organisation {principal.organisation_id}"
    source = ensure_source(writer, name=f"Analyses of {name}"[:200], kind=ANALYSES, reliability=1)
    marking = tlp_marking_id(TlpLevel(analysis.tlp))
    write_statements(
        writer,
        statements=statements,
        source_id=source.id,
        handling=Handling(markings=(marking,) if analysis.tlp else ()),
    )
    analysis.stix_ids = [obj["id"] for obj in objects]
    analysis.save(update_fields=["stix_ids"])


def _make_objects(
    analysis: Analysis, verdict: Verdict, answers: Sequence[tuple[str, Answer]]
) -> Iterator[dict[str, Any]]:
    kind = Kind.SHA256 if analysis.kind in FILES else Kind(analysis.kind)
    subject = make_observable(Observable(kind, analysis.value))
    if subject is None:
        return
    yield subject
    others: list[str] = []
    for pivot in islice(_list_pivots(answers), _MOST_PIVOTS):
        other = make_observable(Observable(Kind(pivot.kind), pivot.value))
        if other is None or other["id"] == subject["id"] or other["id"] in others:
            continue
        others.append(other["id"])
        yield other
        yield _relate(analysis, subject["id"], other["id"], pivot.relation)
    times = _times(analysis)
    if analysis.kind in FILES:
        yield _describe_file(analysis, verdict, subject["id"], others) | times
    else:
        yield _describe_value(analysis, verdict, subject["id"]) | times
    if others:
        seen = format_instant(analysis.created_at // 1000 * 1000)
        yield {
            "type": "observed-data",
            "spec_version": "2.1",
            "id": make_own_id("observed-data", str(analysis.uid)),
            **times,
            "first_observed": seen,
            "last_observed": seen,
            "number_observed": 1,
            "object_refs": [subject["id"], *others],
        }


def _list_pivots(answers: Sequence[tuple[str, Answer]]) -> Iterator[Pivot]:
    known = set(Kind)
    for _, answer in answers:
        public = (each for item in answer.evidence if not item.is_private for each in item.pivots)
        for pivot in (*answer.pivots, *public):
            if pivot.kind in known:
                yield pivot


def _relate(analysis: Analysis, subject_id: str, other_id: str, relation: str) -> dict[str, Any]:
    is_resolution = relation == "resolves-to" and analysis.kind == Kind.DOMAIN
    is_address = other_id.startswith(("ipv4-addr", "ipv6-addr", "domain-name"))
    return {
        "type": "relationship",
        "spec_version": "2.1",
        "id": make_own_id("relationship", str(analysis.organisation_id), subject_id, relation, other_id),
        **_times(analysis),
        # Between observables STIX has few relationships of its own (section 4.13): the rest are related-to.
        "relationship_type": "resolves-to" if is_resolution and is_address else "related-to",
        **({} if is_resolution and is_address else {"description": relation}),
        "source_ref": subject_id,
        "target_ref": other_id,
    }


def _describe_file(
    analysis: Analysis, verdict: Verdict, subject_id: str, others: Sequence[str]
) -> dict[str, Any]:
    return {
        "type": "malware-analysis",
        "spec_version": "2.1",
        "id": make_own_id("malware-analysis", str(analysis.uid)),
        "product": "stack",
        "result_name": f"{verdict.score} of 100, confidence {verdict.confidence:.2f}",
        "result": verdict.word.value,
        "analysis_ended": format_instant(now_us() // 1000 * 1000),
        "sample_ref": subject_id,
        **({"analysis_sco_refs": list(others)} if others else {}),
        "external_references": [{"source_name": "stack-analysis", "external_id": str(analysis.uid)}],
    }


def _describe_value(analysis: Analysis, verdict: Verdict, subject_id: str) -> dict[str, Any]:
    lines = [
        f"{each.counted:+.1f}  {each.evidence.statement} ({each.source})"
        for each in verdict.weighed[:_MOST_LINES]
    ]
    return {
        "type": "note",
        "spec_version": "2.1",
        "id": make_own_id("note", str(analysis.uid)),
        "abstract": f"Analysis: {verdict.word.value}, {verdict.score} of 100",
        "content": "\n".join(lines) or "Nothing that was seen says anything.",
        "external_references": [{"source_name": "stack-analysis", "external_id": str(analysis.uid)}],
        "object_refs": [subject_id],
    }


def _times(analysis: Analysis) -> dict[str, str]:
    return {
        "created": format_instant(analysis.created_at // 1000 * 1000),
        "modified": format_instant(max(now_us(), analysis.created_at) // 1000 * 1000),
    }


def _state(objects: Sequence[dict[str, Any]]) -> list[Statement]:
    """The objects by the way that everything takes that comes in; what cannot be stated is left out."""
    records = [Record(number, orjson.dumps(obj)) for number, obj in enumerate(objects)]
    return list(prepare_records(records).statements)
