"""Analyses that have ended, without a process for them."""

from collections.abc import Callable

import msgspec

from stack.accounts.models import User
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import principal_of_user
from stack.analysis.accepting import start_file_analysis
from stack.analysis.answers import STRONG, Answer, Evidence, Fact, Pivot, Word
from stack.analysis.models import Analysis, AnalysisAnswer, AnalysisState, AnswerState
from stack.analysis.operations import Wish, start_analysis
from stack.analysis.records import AnalysisRow
from stack.analysis.rules.operations import create_rule
from stack.core.clock import now_us
from stack.jobs.models import Job, JobState

WISH = Wish(plugins=("store",), may_ask=False)


def furnish_analysis(writer: Principal) -> dict[str, int | str]:
    """The ids by which REST knows an analysis of a file, and a rule."""
    rule = create_rule(writer, name="Domains", kinds=["domain"])
    return {"analysis_id": make_file_analysis(writer), "analysis_rule_id": rule.id}


def make_analysis(principal: Principal, value: str) -> str:
    """The id of one that says that the value is suspicious, and names it in all that it says."""
    row = start_analysis(principal, value=value, wish=WISH)
    return end_analysis(
        row,
        Answer(
            stated=Word.SUSPICIOUS,
            summary=f"{value} is known",
            evidence=(Evidence("store.known", f"A source states {value}.", STRONG, is_private=True),),
            facts=(Fact("Value", value),),
            pivots=(Pivot("domain", f"www.{value}"),),
            raw={"value": value},
        ),
    )


def make_file_analysis(principal: Principal) -> str:
    row = start_file_analysis(principal, chunks=[b"MZ is how it begins"], filename="a.exe", wish=WISH)
    return end_analysis(row, Answer(raw={"size": 19}))


def end_analysis(row: AnalysisRow, answer: Answer) -> str:
    now = now_us()
    Job.objects.filter(pk=row.job_id).update(state=JobState.DONE, started_at=now, finished_at=now)
    Analysis.objects.filter(uid=row.uid).update(
        state=AnalysisState.DONE,
        word=Word.SUSPICIOUS,
        score=55,
        confidence=57,
        summary=answer.summary,
        ended_at=now,
    )
    AnalysisAnswer.objects.filter(analysis__uid=row.uid).update(
        state=AnswerState.FOUND, answer=msgspec.json.encode(answer).decode(), asked_at=now, ended_at=now
    )
    return row.uid


def own_analysis(make: Callable[[Principal], str], person: User) -> dict[str, str]:
    """One of the person's own; of those who may not analyse, none is needed to be refused."""
    principal = principal_of_user(person)
    return {"analysis_id": make(principal)} if Permission.ANALYZE in principal.permissions else {}
