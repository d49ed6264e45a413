"""Processes for the tests of Celery: worker, beat, runner, and a driver that tests talk to in JSON lines.

All know the kinds of job below and are in a hurry: leases, slices and sweeps take a second or two.
"""

import json
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from typing import Any

import django


def hurry() -> None:
    from django.conf import settings

    settings.JOBS = replace(settings.JOBS, lease_s=2, slice_s=1, wake_again_s=1)


def register_kinds() -> None:
    from stack.jobs.base import register_job
    from stack.jobs.context import JobContext
    from stack.jobs.leases import in_transaction
    from stack.jobs.queues import Queue
    from stack.jobs.records import RecordError

    def count_up(context: JobContext) -> None:
        """Writes one row a step with its checkpoint; whatever happens, each number must be there once."""
        for number in range(int(context.checkpoint.get("next", 0)), int(context.arguments["steps"])):
            with in_transaction():
                context.add_errors([RecordError(number, "row", "test", "counted")])
                context.report(done=number + 1, checkpoint={"next": number + 1}, durable=True)
            context.show_progress()
            time.sleep(float(context.arguments.get("pause", 0.05)))

    register_job("count", queue=Queue.INGEST)(count_up)
    register_job("short", queue=Queue.INTERACTIVE)(count_up)

    @register_job("poison")
    def kill_worker(context: JobContext) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @register_job("hang")
    def hang(context: JobContext) -> None:
        time.sleep(60)


def prepare() -> None:
    from django.core.management import call_command

    from stack.vault.operations import unlock_vault

    call_command("migrate", verbosity=0)
    unlock_vault()


class Driver:
    """What a test may ask: one method, named by the first word of a line, with keyword arguments."""

    def __init__(self) -> None:
        from stack.accounts.models import Organisation
        from stack.accounts.roles import Role
        from tests.people import make_principal

        self._principals = {
            name: make_principal(
                f"user-of-{name}", Organisation.objects.create(name=name), role=Role.PLATFORM_ADMIN
            )
            for name in "abc"
        }

    def enqueue(self, kind: str, *, who: str = "a", count: int = 1, **arguments: Any) -> list[int]:
        from stack.jobs.operations import enqueue

        who_ = self._principals[who]
        return [enqueue(who_, kind=kind, arguments=arguments).id for _ in range(count)]

    def jobs(self, ids: list[int]) -> list[dict[str, Any]]:
        from stack.jobs.models import Job

        rows = Job.objects.filter(pk__in=ids).order_by("id")
        shown = ("id", "state", "attempts", "done", "error", "worker", "created_at", "started_at")
        return [{name: getattr(row, name) for name in shown} for row in rows]

    def counted(self, job: int) -> list[int]:
        from stack.jobs.models import JobError

        return list(JobError.objects.filter(job_id=job).order_by("id").values_list("position", flat=True))

    def reasons(self, job: int) -> list[str]:
        from stack.jobs.models import JobAttempt

        return list(JobAttempt.objects.filter(job_id=job).order_by("id").values_list("reason", flat=True))

    def cancel(self, job: int, *, who: str = "a") -> str:
        from stack.jobs.operations import cancel

        return str(cancel(self._principals[who], job).state)

    def run(self) -> None:
        for line in sys.stdin:
            name, arguments = json.loads(line)
            sys.stdout.write(json.dumps(getattr(self, name)(**arguments)) + "\n")
            sys.stdout.flush()


def main(role: str, *rest: str) -> None:
    django.setup()
    hurry()
    register_kinds()
    match role:
        case "prepare":
            prepare()
        case "driver":
            Driver().run()
        case "worker":
            from stack.config import worker_process

            worker_process._WARM_STOP_S = 2.0
            sys.argv = ["worker", *rest]
            worker_process.main()
        case "beat":
            from stack.config import beat_process

            beat_process._SWEEP_EVERY_S = 0.5
            beat_process.main()
        case "runner":
            from stack.jobs.runner import run_forever

            stop = threading.Event()
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            run_forever(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
