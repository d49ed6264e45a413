"""The job `analysis`, and what follows the change log for rules of automatic analysis."""

import threading

import orjson
from django.conf import settings

from stack.analysis.clearance import restrict
from stack.analysis.keeping import keep_results
from stack.analysis.models import Analysis, AnalysisState
from stack.analysis.operations import KIND
from stack.analysis.resolving.opening import open_resolver
from stack.analysis.rules.following import follow_changes
from stack.analysis.running import begin_analysis, end_analysis, run_plugins, show_verdict
from stack.analysis.tools import StoreTools
from stack.jobs.base import register_job, register_loop
from stack.jobs.context import JobCancelled, JobContext
from stack.jobs.leases import in_transaction
from stack.jobs.queues import Queue
from stack.vault.operations import open_sealed


@register_job(KIND, queue=Queue.ANALYSIS)
def run_analysis(context: JobContext) -> None:
    """Arguments: `analysis` (its row id)."""
    row = Analysis.objects.select_related("clearance").filter(pk=context.arguments["analysis"]).first()
    if row is None:
        context.finish({"note": "The analysis was deleted."})
        return
    principal = restrict(context.principal, row.clearance)
    begin_analysis(row)
    total = row.answers.count()

    def tick(answered: int) -> None:
        context.report(phase="asking", done=answered, total=total, may_give_way=False)

    tools = StoreTools(
        principal,
        resolver=open_resolver(row.tlp) if row.may_ask else None,
        brands=tuple(settings.ANALYSIS.brands),
        passwords=_open_passwords(row),
        artifact=row.artifact,
    )
    try:
        run_plugins(principal, row, tools, tick=tick)
    except JobCancelled:
        end_analysis(row, AnalysisState.CANCELLED)
        raise
    show_verdict(row)
    with in_transaction():
        keep_results(principal, row)
        end_analysis(row, AnalysisState.DONE)
        context.finish({"verdict": row.word, "score": row.score})


@register_loop("analysis rules")
def run_rules(stop: threading.Event) -> None:
    follow_changes(stop)


def _open_passwords(row: Analysis) -> tuple[str, ...]:
    if not row.passwords:
        return ()
    text = open_sealed(row.passwords, table=row._meta.db_table, row=str(row.pk), field="passwords")
    return tuple(orjson.loads(text))
