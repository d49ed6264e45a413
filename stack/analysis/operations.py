"""Writes of analyses: starting, asking again, deleting."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

import orjson

from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.analysis.asking.queries import plan_asking
from stack.analysis.asking.records import PlannedAsk
from stack.analysis.clearance import ensure_clearance
from stack.analysis.models import UNANSWERED, Analysis, AnalysisAnswer, AnalysisState, AnswerState
from stack.analysis.queries import describe_analysis, expect_analysis
from stack.analysis.reading import check_level, digest_subject, read_subject, read_subjects
from stack.analysis.records import AnalysisRow, Preview
from stack.analysis.registry import list_analyzers, list_provider_plugins
from stack.analysis.sniffing import find_file_kind
from stack.analysis.subjects import Subject
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, FieldError, NotFound
from stack.jobs.operations import enqueue
from stack.jobs.queues import Priority
from stack.store.artifacts.operations import assign_artifact, release_artifact
from stack.store.artifacts.records import ArtifactRef
from stack.vault.operations import seal

KIND = "analysis"
MOST_VALUES = 1_000
_MOST_PASSWORDS = 20
_WHY_NOT = {"tlp": AnswerState.REFUSED, "quota": AnswerState.LIMITED, "breaker": AnswerState.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How to analyse: `plugins` by name, or all; `may_ask` services; `passwords` for what is encrypted."""

    plugins: Sequence[str] | None = None
    may_ask: bool = True
    passwords: Sequence[str] = field(default=(), repr=False)
    trigger: str = "person"
    rule_id: int | None = None
    batch: str = ""


def start_analysis(
    principal: Principal,
    *,
    value: str = "",
    kind: str = "",
    artifact: ArtifactRef | None = None,
    filename: str = "",
    tlp: int | None = None,
    wish: Wish = Wish(),
) -> AnalysisRow:
    """Queues the analysis of a value, or of a file that was kept as an artifact.

    A file becomes the analysis's own and goes with it. BadInput for what cannot be analysed, and for a
    plug-in that there is not.
    """
    principal.require(Permission.ANALYZE)
    if (artifact is None) == (not value.strip()):
        raise BadInput("value: expected a value or a file, and not both")
    if artifact is None:
        subject = read_subject(principal, value, kind=kind, tlp=tlp)
    else:
        subject = Subject(
            kind=find_file_kind(artifact.name, filename),
            value=artifact.sha256,
            tlp=max(check_level(tlp), read_subject(principal, artifact.sha256).tlp),
            name=_clean_name(filename),
            size=artifact.size,
        )
    _check_wish(wish)
    with writing():
        return _start(principal, subject, wish, artifact=artifact.name if artifact else "")


def start_batch(
    principal: Principal,
    *,
    values: Sequence[str],
    kind: str = "",
    tlp: int | None = None,
    wish: Wish = Wish(),
) -> list[AnalysisRow]:
    """Queues one analysis for each value, in their order; with BadInput, which names each fault, none."""
    principal.require(Permission.ANALYZE)
    if not 0 < len(values) <= MOST_VALUES:
        raise BadInput(
            f"values: expected 1 to {MOST_VALUES:,} values, got {len(values):,}", remedy="Split the list."
        )
    subjects = read_subjects(principal, values, kind=kind, tlp=tlp)
    _check_wish(wish)
    wish = replace(wish, batch=str(uuid4()))
    with writing():
        return [_start(principal, subject, wish) for subject in subjects]


def start_subject(principal: Principal, subject: Subject, *, wish: Wish) -> AnalysisRow:
    """Queues the analysis of a subject that was read already."""
    principal.require(Permission.ANALYZE)
    with writing():
        return _start(principal, subject, wish)


def preview_analysis(
    principal: Principal,
    *,
    value: str,
    kind: str = "",
    tlp: int | None = None,
    plugins: Sequence[str] | None = None,
) -> Preview:
    """What would be computed, and what would be sent to whom; nothing is sent."""
    principal.require(Permission.ANALYZE)
    subject = read_subject(principal, value, kind=kind, tlp=tlp)
    return Preview(
        subject=subject,
        analyzers=tuple(list_analyzers()[name].title for name in _list_engines(subject, plugins)),
        planned=tuple(plan_asking(principal, subject, names=plugins)),
    )


def ask_again(principal: Principal, uid: str, plugin: str) -> AnalysisRow:
    """Asks one plug-in anew, past what was kept; the other answers stay. Conflict while it goes on."""
    principal.require(Permission.ANALYZE)
    with writing():
        row = expect_analysis(principal, uid, lock=True)
        if not describe_analysis(row).is_finished:
            raise Conflict("The analysis still goes on", remedy="Wait until it has ended, or cancel its job.")
        changed = row.answers.filter(plugin=plugin).update(
            state=AnswerState.WAITING,
            message="",
            answer="",
            is_kept=False,
            is_asked_anew=True,
            asked_at=now_us(),
            ended_at=None,
        )
        if not changed:
            raise NotFound(f"{plugin} has no part in this analysis")
        row.state, row.ended_at = AnalysisState.WAITING, None
        row.job_id = _enqueue(principal, row)
        row.save(update_fields=["state", "ended_at", "job_id"])
        _record("analysis.ask-again", principal, row, {"plugin": plugin})
    return describe_analysis(row)


def delete_analysis(principal: Principal, uid: str) -> None:
    """Forgets an analysis and its file; what it stated in the store stays. Conflict while it goes on."""
    principal.require(Permission.ANALYZE)
    with writing():
        row = expect_analysis(principal, uid, lock=True)
        if row.user_id != principal.user_id:
            principal.require(Permission.MANAGE_JOBS)
        if row.answers.filter(state__in=UNANSWERED).exists() and not describe_analysis(row).is_finished:
            raise Conflict("The analysis still goes on", remedy="Cancel its job first.")
        _record("analysis.delete", principal, row, {})
        if row.artifact:
            release_artifact(row.artifact)
        row.delete()


def _start(principal: Principal, subject: Subject, wish: Wish, *, artifact: str = "") -> AnalysisRow:
    row = Analysis(
        uid=uuid4(),
        organisation_id=principal.organisation_id,
        user_id=principal.user_id,
        kind=subject.kind,
        value=subject.value,
        digest=digest_subject(subject.kind, subject.value),
        name=subject.name,
        size=subject.size,
        artifact=artifact,
        tlp=subject.tlp,
        may_ask=wish.may_ask,
        trigger=wish.trigger,
        rule_id=wish.rule_id,
        batch=wish.batch,
        clearance=ensure_clearance(principal),
        created_at=now_us(),
    )
    row.save()
    if wish.passwords:
        row.passwords = seal(
            orjson.dumps(list(wish.passwords)), table=row._meta.db_table, row=str(row.pk), field="passwords"
        )
    AnalysisAnswer.objects.bulk_create(_plan_answers(principal, row, subject, wish))
    row.job_id = _enqueue(principal, row)
    row.save(update_fields=["passwords", "job_id"])
    if artifact:
        assign_artifact(artifact, job_id=row.job_id, for_good=True)
    # Not the value: more people read the log than may see what it is known from.
    _record("analysis.start", principal, row, {"kind": row.kind, "may_ask": row.may_ask})
    return describe_analysis(row)


def _enqueue(principal: Principal, row: Analysis) -> int:
    return enqueue(
        principal,
        kind=KIND,
        # Not what it is about: more people see the job than the analysis.
        arguments={"analysis": row.pk},
        unit="answers",
        priority=Priority.LOW if row.batch or row.trigger == "rule" else Priority.NORMAL,
    ).id


def _plan_answers(principal: Principal, row: Analysis, subject: Subject, wish: Wish) -> list[AnalysisAnswer]:
    answers = [
        AnalysisAnswer(analysis=row, plugin=name, is_provider=False)
        for name in _list_engines(subject, wish.plugins)
    ]
    planned = plan_asking(principal, subject, names=wish.plugins) if wish.may_ask else []
    # Without an account there is nothing to tell, unless somebody asked for this very service.
    wanted = [each for each in planned if each.why_not not in ("no-account", "off") or wish.plugins]
    return answers + [_plan_answer(row, each) for each in wanted]


def _plan_answer(row: Analysis, planned: PlannedAsk) -> AnalysisAnswer:
    answer = AnalysisAnswer(analysis=row, plugin=planned.provider, is_provider=True)
    if not planned.is_possible:
        answer.state = _WHY_NOT.get(planned.why_not, AnswerState.SKIPPED)
        answer.message, answer.ended_at = planned.message[:500], now_us()
    return answer


def _list_engines(subject: Subject, names: Sequence[str] | None) -> list[str]:
    return [
        name
        for name, plugin in list_analyzers().items()
        if subject.kind in plugin.kinds and (names is None or name in names)
    ]


def _check_wish(wish: Wish) -> None:
    known = list_analyzers().keys() | list_provider_plugins().keys()
    faults = tuple(
        FieldError("plugins", f"there is none called {name} (there are: {', '.join(sorted(known))})")
        for name in wish.plugins or ()
        if name.partition(":")[0] not in known
    )
    if len(wish.passwords) > _MOST_PASSWORDS:
        faults += (FieldError("passwords", f"expected at most {_MOST_PASSWORDS}"),)
    if faults:
        raise BadInput("; ".join(f"{fault.field}: {fault.message}" for fault in faults), errors=faults)


def _clean_name(filename: str) -> str:
    name = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(each for each in name if each.isprintable())[:255] or "file"


def _record(name: str, principal: Principal, row: Analysis, after: dict[str, object]) -> None:
    record_act(Act(name, principal, object_kind="analysis", object_id=str(row.uid), after=after))
