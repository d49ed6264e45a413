"""One analysis: every plug-in in a thread of its own, each answer written down as it comes.

Nobody waits for anybody: a service that hangs costs its own answer, after its own time. What was answered
before a worker died is not asked again; `asking` sees to it that no call is paid for twice.
"""

import logging
import queue
import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from time import monotonic
from typing import Final

import msgspec
from django.db import connections

from stack.accounts.principal import Principal
from stack.analysis.answers import Answer, Word
from stack.analysis.asking.queries import plan_asking
from stack.analysis.asking.running import ask_provider
from stack.analysis.models import (
    ENDED_BEFORE,
    UNANSWERED,
    Analysis,
    AnalysisAnswer,
    AnalysisState,
    AnswerState,
)
from stack.analysis.queries import describe_answer, name_plugin, weigh_answers
from stack.analysis.registry import list_analyzers, list_provider_plugins
from stack.analysis.subjects import Subject
from stack.analysis.tools import StoreTools
from stack.analysis.verdicts import Verdict
from stack.core.clock import now_us
from stack.core.errors import StackError

_log = logging.getLogger(__name__)
_LOOK_EVERY_S: Final = 0.5
_GRACE_S: Final = 5.0
_MOST_RAW: Final = 512 * 1024
_MOST_ANSWER: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one plug-in."""

    state: AnswerState
    message: str = ""
    answer: Answer | None = None
    is_kept: bool = False
    asked_at: int | None = None


@dataclass(slots=True)
class _Task:
    """A plug-in at work, and when nobody waits for it any more (`monotonic`)."""

    row: AnalysisAnswer
    until: float
    stop: threading.Event
    started_at: int


def run_plugins(
    principal: Principal, analysis: Analysis, tools: StoreTools, *, tick: Callable[[int], None]
) -> None:
    """Has every plug-in answer that has not yet, and shows the verdict so far as answers come in.

    `tick(answered)` is called about twice a second; what it raises ends the waiting, and what was answered
    until then is kept.
    """
    arrived: queue.SimpleQueue[tuple[str, Outcome]] = queue.SimpleQueue()
    rows = list(analysis.answers.all())
    waiting = [row for row in rows if row.state in UNANSWERED]
    analysis.answers.filter(pk__in=[row.pk for row in waiting]).update(state=AnswerState.RUNNING)
    tasks = {row.plugin: _begin(principal, analysis, row, tools, arrived) for row in waiting}
    try:
        while tasks:
            came = _wait(arrived, tasks)
            for name, outcome in came:
                _write_outcome(tasks.pop(name), outcome)
            if came and tasks:
                show_verdict(analysis)
            tick(len(rows) - len(tasks))
    finally:
        for task in tasks.values():
            task.stop.set()


def show_verdict(analysis: Analysis) -> None:
    """Weighs what has been answered so far and writes the verdict down, for whoever watches."""
    answers = [describe_answer(row) for row in analysis.answers.exclude(answer="")]
    verdict = weigh_answers(answers, now=now_us())
    analysis.word, analysis.score = verdict.word, verdict.score
    analysis.confidence = round(100 * verdict.confidence)
    analysis.summary = summarise(verdict)[:500]
    analysis.save(update_fields=["word", "score", "confidence", "summary"])


def summarise(verdict: Verdict) -> str:
    """The verdict's strongest reasons on its own side, in a sentence or two."""
    if not verdict.for_weight and not verdict.against_weight:
        return "Nobody who was asked knows anything about it."
    is_bad = verdict.word in (Word.MALICIOUS, Word.SUSPICIOUS)
    is_clear = is_bad or verdict.word is Word.BENIGN
    told = [
        each.evidence.statement
        for each in verdict.weighed
        if each.counted and (not is_clear or (each.counted > 0) == is_bad)
    ]
    return " ".join(told[:2])


def _begin(
    principal: Principal,
    analysis: Analysis,
    row: AnalysisAnswer,
    tools: StoreTools,
    arrived: "queue.SimpleQueue[tuple[str, Outcome]]",
) -> _Task:
    name = row.plugin.partition(":")[0]
    provider = list_provider_plugins().get(name) if row.is_provider else None
    analyzer = None if row.is_provider else list_analyzers().get(name)
    plugin = provider or analyzer
    stop = threading.Event()
    subject = read_subject_of(analysis)

    def work() -> None:
        try:
            if provider:
                outcome = _ask(principal, row, subject, tools, asker=str(analysis.uid), stop=stop)
            elif analyzer:
                answer = analyzer.analyze(subject, tools.stopped_by(stop))
                outcome = Outcome(AnswerState.FOUND if answer.is_found else AnswerState.ABSENT, answer=answer)
            else:
                outcome = Outcome(AnswerState.SKIPPED, "There is no such plug-in any more")
        except StackError as error:
            outcome = Outcome(AnswerState.FAILED, f"{error.detail} {error.remedy}".strip())
        except Exception:  # one plug-in's fault must not cost the others' answers
            _log.exception("the plug-in %s failed", row.plugin)
            outcome = Outcome(AnswerState.FAILED, "The plug-in failed; the log says how")
        finally:
            connections.close_all()
        arrived.put((row.plugin, outcome))

    context = copy_context()
    threading.Thread(target=context.run, args=(work,), name=f"analysis {row.plugin}", daemon=True).start()
    wall_s = plugin.wall_s if plugin else 0
    return _Task(row, monotonic() + wall_s + _GRACE_S, stop, now_us())


def _ask(
    principal: Principal,
    row: AnalysisAnswer,
    subject: Subject,
    tools: StoreTools,
    *,
    asker: str,
    stop: threading.Event,
) -> Outcome:
    planned = next(iter(plan_asking(principal, subject, names=[row.plugin])), None)
    if planned is None:
        return Outcome(AnswerState.SKIPPED, "There is no account for it any more")
    if not planned.is_possible:
        state = AnswerState.LIMITED if planned.why_not == "quota" else AnswerState.REFUSED
        return Outcome(state, planned.message)
    asked = ask_provider(
        principal,
        planned,
        subject,
        sample=tools.open_sample if subject.is_file else None,
        stop=stop,
        since=(row.asked_at or 0) if row.is_asked_anew else 0,
        asker=asker,
    )
    return Outcome(
        AnswerState(asked.outcome),
        asked.message,
        answer=asked.answer,
        is_kept=asked.is_kept,
        asked_at=asked.asked_at,
    )


def _wait(
    arrived: "queue.SimpleQueue[tuple[str, Outcome]]", tasks: dict[str, _Task]
) -> list[tuple[str, Outcome]]:
    """What has come in meanwhile, after half a second at the latest, and those whose time is over."""
    found: list[tuple[str, Outcome]] = []
    try:
        found.append(arrived.get(timeout=_LOOK_EVERY_S))
        while True:
            found.append(arrived.get_nowait())
    except queue.Empty:
        pass
    found = [each for each in found if each[0] in tasks]
    names = {name for name, _ in found}
    for name, task in tasks.items():
        if monotonic() > task.until and name not in names:
            task.stop.set()
            found.append((name, Outcome(AnswerState.FAILED, "It took too long and was not waited for")))
    return found


def _write_outcome(task: _Task, outcome: Outcome) -> None:
    text, message = _encode(outcome.answer), outcome.message
    if len(text) > _MOST_ANSWER:
        outcome, text = Outcome(AnswerState.FAILED), ""
        message = f"{name_plugin(task.row.plugin)} answered more than can be kept"
    AnalysisAnswer.objects.filter(pk=task.row.pk).update(
        state=outcome.state,
        message=message.replace("\0", "")[:500],
        answer=text,
        is_kept=outcome.is_kept,
        is_asked_anew=False,
        asked_at=outcome.asked_at or task.started_at,
        ended_at=now_us(),
    )


def _encode(answer: Answer | None) -> str:
    if answer is None:
        return ""
    text = msgspec.json.encode(answer)
    if len(text) > _MOST_RAW and answer.raw is not None:
        text = msgspec.json.encode(msgspec.structs.replace(answer, raw=None))
    return text.decode("utf-8", "replace")


def read_subject_of(analysis: Analysis) -> Subject:
    return Subject(
        kind=analysis.kind,
        value=analysis.value,
        tlp=analysis.tlp,
        name=analysis.name,
        size=analysis.size,
    )


def begin_analysis(analysis: Analysis) -> None:
    """Goes on with what is unanswered; a cancelled one that is tried again, also with what was cut off."""
    if analysis.ended_at is not None:
        analysis.answers.filter(state=AnswerState.INTERRUPTED).update(state=AnswerState.WAITING, message="")
    analysis.state, analysis.ended_at = AnalysisState.RUNNING, None
    analysis.save(update_fields=["state", "ended_at"])


def end_analysis(analysis: Analysis, state: AnalysisState) -> None:
    """Writes down how it ended; what is unanswered then stays so, and says it."""
    analysis.answers.filter(state__in=UNANSWERED).update(
        state=AnswerState.INTERRUPTED, message=ENDED_BEFORE, ended_at=now_us()
    )
    analysis.state, analysis.ended_at = state, now_us()
    analysis.save(update_fields=["state", "ended_at"])
