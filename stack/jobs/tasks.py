"""The one Celery task. Imported in workers only."""

from stack.jobs.broker import TASK, app
from stack.jobs.queues import Queue
from stack.jobs.work import run_one


def _run_woken(job_id: int, queue: str) -> None:
    """Runs the job of that queue whose turn it is, which need not be the one that the message was sent for: a
    message stands for work that waits, and the order of messages says nothing. Where nothing is due it is
    dropped."""
    run_one(Queue(queue))


run_woken = app.task(name=TASK)(_run_woken)
