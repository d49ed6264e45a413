"""A process of `benchmarks.jobs`: `prepare`, `runner`, `worker CONCURRENCY PREFETCH`, or `drive`."""

import os
import sys
import time

import django


def _register() -> None:
    from stack.jobs.base import register_job
    from stack.jobs.context import JobContext
    from stack.jobs.queues import Queue

    @register_job("bench-nothing", queue=Queue.INTERACTIVE)
    def do_nothing(context: JobContext) -> None:
        context.finish({})


def _prepare() -> None:
    from django.core.management import call_command

    from stack.accounts.operations import ensure_first_organisation

    call_command("migrate", verbosity=0)
    ensure_first_organisation()


def _drive(flood: int, single: int, pause_s: float) -> None:
    """Prints the jobs a second of a flood, then how long each of a few single ones waited, in ms."""
    from stack.accounts.queries import local_principal
    from stack.jobs.models import Job
    from stack.jobs.operations import enqueue

    principal = local_principal()

    def put() -> int:
        return enqueue(principal, kind="bench-nothing", arguments={}).id

    def wait_for(ids: list[int]) -> None:
        while Job.objects.filter(pk__in=ids).exclude(state="done").exists():
            time.sleep(0.02)

    wait_for([put() for _ in range(4)])
    ids = [put() for _ in range(flood)]
    wait_for(ids)
    rows = Job.objects.filter(pk__in=ids)
    first = min(row.started_at or 0 for row in rows)
    last = max(row.finished_at or 0 for row in rows)
    print(flood / ((last - first) / 1e6))
    singles = []
    for _ in range(single):
        singles.append(put())
        time.sleep(pause_s)
    wait_for(singles)
    for row in Job.objects.filter(pk__in=singles):
        print(((row.started_at or 0) - row.created_at) / 1e3)


def main(role: str, *rest: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stack.config.settings")
    django.setup()
    _register()
    if role == "prepare":
        _prepare()
    elif role == "drive":
        _drive(int(rest[0]), int(rest[1]), float(rest[2]))
    elif role == "runner":
        from stack.config import runner_process

        sys.argv = ["runner", "--work", "jobs"]
        runner_process.main()
    else:
        from stack.config import worker_process
        from stack.jobs.broker import app

        app.conf.worker_prefetch_multiplier = int(rest[1])
        sys.argv = ["worker", "--concurrency", rest[0]]
        worker_process.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
