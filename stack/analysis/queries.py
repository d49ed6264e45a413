"""Reads of analyses: those of the own organisation, as far as the principal is cleared for them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict
from uuid import UUID

import msgspec
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from stack.accounts.principal import Permission, Principal
from stack.analysis.answers import Answer, Word
from stack.analysis.clearance import list_clearances
from stack.analysis.models import (
    ENDED_BEFORE,
    UNANSWERED,
    Analysis,
    AnalysisAnswer,
    AnalysisState,
    AnswerState,
)
from stack.analysis.reading import digest_subject
from stack.analysis.records import AnalysisDetail, AnalysisPage, AnalysisRow, AnswerRow, Opinion, PivotRow
from stack.analysis.registry import list_analyzers, list_provider_plugins
from stack.analysis.verdicts import Verdict, weigh_evidence
from stack.core.clock import now_us
from stack.core.errors import BadInput, NotFound
from stack.jobs.models import Job, JobState
from stack.stix.observables.candidates import candidates

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

_ENDED_BADLY = {
    JobState.FAILED: AnalysisState.FAILED,
    JobState.DEAD: AnalysisState.FAILED,
    JobState.CANCELLED: AnalysisState.CANCELLED,
}
_GOING_ON = (AnalysisState.WAITING, AnalysisState.RUNNING)
_MOST = 200


class _Counts(TypedDict):
    """What is counted beside the columns."""

    plugins: int
    answered: int


def list_analyses(
    principal: Principal,
    *,
    kind: str = "",
    word: str = "",
    text: str = "",
    batch: str = "",
    after: str | None = None,
    limit: int = 50,
) -> AnalysisPage:
    """The newest first, those of a batch in its order; `after` is the `next` of the page before.

    `text` is part of a value or of a file's name.
    """
    rows = _visible(principal)
    chosen = {"kind": kind, "word": word, "batch": batch}
    rows = rows.filter(**{name: value for name, value in chosen.items() if value})
    if text:
        rows = rows.filter(Q(value__icontains=text) | Q(name__icontains=text))
    total = rows.count()
    place = _read_place(after)
    if batch:
        rows = rows.filter(pk__gt=place).order_by("pk") if place else rows.order_by("pk")
    else:
        rows = rows.filter(pk__lt=place).order_by("-pk") if place else rows.order_by("-pk")
    limit = max(1, min(limit, _MOST if not batch else 1_000))
    page = list(_with_counts(rows)[: limit + 1])
    has_more = len(page) > limit
    found = page[:limit]
    return AnalysisPage(_describe_all(found), str(found[-1].pk) if has_more else None, total)


def get_analysis(principal: Principal, uid: str) -> AnalysisDetail | None:
    """An analysis in all its parts as they are now; None for one that there is not, or not for this one."""
    row = _find(principal, uid)
    if row is None:
        return None
    [shown] = _describe_all([row])
    answers = tuple(describe_answer(each) for each in row.answers.order_by("is_provider", "plugin"))
    if shown.state not in _GOING_ON:
        answers = tuple(map(_as_ended, answers))
    spoken = [(each.title, each.answer) for each in answers if each.answer is not None]
    return AnalysisDetail(
        row=shown,
        verdict=weigh_answers(answers, now=row.ended_at or now_us()),
        answers=answers,
        pivots=_gather_pivots(spoken),
        moments=tuple(
            sorted(
                ((title, moment) for title, answer in spoken for moment in answer.moments),
                key=lambda each: each[1].at,
            )
        ),
        places=tuple((title, place) for title, answer in spoken for place in answer.places),
        opinions=tuple(
            Opinion(title, answer.stated, answer.summary) for title, answer in spoken if answer.stated
        ),
        stix_ids=tuple(row.stix_ids),
    )


def find_verdicts(principal: Principal, values: Sequence[str]) -> dict[str, AnalysisRow]:
    """The newest analysis of each value that has ended well, however the value is written."""
    principal.require(Permission.READ)
    digests = {
        digest_subject(each.kind, each.value): value
        for value in dict.fromkeys(values)
        for each in candidates(value)
    }
    rows = _visible(principal).filter(digest__in=list(digests), state=AnalysisState.DONE)
    newer = rows.filter(digest=OuterRef("digest"), pk__gt=OuterRef("pk"))
    found = _describe_all(_with_counts(rows.filter(~Exists(newer))))
    return {digests[digest_subject(row.kind, row.value)]: row for row in found}


def expect_analysis(principal: Principal, uid: str, *, lock: bool = False) -> Analysis:
    """The row itself. NotFound for one that there is not, or not for this principal."""
    rows = _visible(principal)
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(uid=uid).first() if _is_uid(uid) else None
    if found is None:
        raise NotFound(f"There is no analysis {uid[:36]}")
    return found


def describe_analysis(row: Analysis) -> AnalysisRow:
    """The row as it is now; whoever has it in hand may see it."""
    rows = Analysis.objects.filter(pk=row.pk).select_related("user")
    return _describe_all(_with_counts(rows))[0]


def describe_answer(row: AnalysisAnswer) -> AnswerRow:
    return AnswerRow(
        plugin=row.plugin,
        title=name_plugin(row.plugin),
        is_provider=row.is_provider,
        state=AnswerState(row.state),
        message=row.message,
        answer=msgspec.json.decode(row.answer, type=Answer) if row.answer else None,
        is_kept=row.is_kept,
        asked_at=row.asked_at,
        ended_at=row.ended_at,
    )


def _as_ended(row: AnswerRow) -> AnswerRow:
    """An answer of an analysis that has ended, also where nobody was there to write it down."""
    if row.state not in UNANSWERED:
        return row
    return replace(row, state=AnswerState.INTERRUPTED, message=ENDED_BEFORE)


def weigh_answers(answers: Iterable[AnswerRow], *, now: int) -> Verdict:
    """The verdict of what has been answered, asked for at `now` (microseconds since the epoch)."""
    return weigh_evidence(
        [(row.title, item) for row in answers if row.answer is not None for item in row.answer.evidence],
        now=now,
    )


def name_plugin(name: str) -> str:
    """Its title; "adapter (account)" for one of several accounts of an adapter."""
    plugin, _, account = name.partition(":")
    known = list_analyzers().get(plugin) or list_provider_plugins().get(plugin)
    title = known.title if known else plugin
    return f"{title} ({account})" if account else title


def _visible(principal: Principal) -> QuerySet[Analysis]:
    principal.require(Permission.READ)
    return Analysis.objects.filter(
        organisation_id=principal.organisation_id, clearance_id__in=list_clearances(principal)
    ).select_related("user")


def _find(principal: Principal, uid: str) -> "WithAnnotations[Analysis, _Counts] | None":
    return _with_counts(_visible(principal)).filter(uid=uid).first() if _is_uid(uid) else None


def _with_counts(rows: QuerySet[Analysis]) -> "QuerySet[WithAnnotations[Analysis, _Counts]]":
    return rows.annotate(
        plugins=Count("answers"), answered=Count("answers", filter=~Q(answers__state__in=UNANSWERED))
    )


def _describe_all(rows: "Iterable[WithAnnotations[Analysis, _Counts]]") -> list[AnalysisRow]:
    listed = list(rows)
    going_on = {row.job_id for row in listed if row.state in _GOING_ON}
    # A job that ended without the analysis having heard of it, such as one that failed every attempt.
    ended = dict(Job.objects.filter(pk__in=going_on, state__in=list(_ENDED_BADLY)).values_list("pk", "state"))
    return [_describe(row, ended.get(row.job_id)) for row in listed]


def _describe(row: "WithAnnotations[Analysis, _Counts]", ended: str | None) -> AnalysisRow:
    state = _ENDED_BADLY[JobState(ended)] if ended else AnalysisState(row.state)
    return AnalysisRow(
        uid=str(row.uid),
        kind=row.kind,
        value=row.value,
        name=row.name,
        size=row.size,
        tlp=row.tlp,
        state=state,
        word=Word(row.word),
        score=row.score,
        confidence=row.confidence / 100,
        summary=row.summary,
        trigger=row.trigger,
        by=row.user.username if row.user else "",
        batch=row.batch,
        job_id=row.job_id,
        created_at=row.created_at,
        ended_at=row.ended_at,
        plugins=row.plugins,
        answered=row.answered,
    )


def _gather_pivots(spoken: Sequence[tuple[str, Answer]]) -> tuple[PivotRow, ...]:
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for title, answer in spoken:
        for pivot in (*answer.pivots, *(each for item in answer.evidence for each in item.pivots)):
            found.setdefault((pivot.relation, pivot.kind, pivot.value), {})[title] = None
    return tuple(
        PivotRow(kind, value, relation, tuple(titles)) for (relation, kind, value), titles in found.items()
    )


def _read_place(after: str | None) -> int:
    if not after:
        return 0
    if not after.isdecimal() or len(after) > 18:
        raise BadInput("after: expected the `next` of a page")
    return int(after)


def _is_uid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
