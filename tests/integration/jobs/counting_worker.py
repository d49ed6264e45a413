"""A process for test_runner: makes a data folder with a job in it, or runs the jobs that are there.

The job writes one row a step with its checkpoint; whatever kills it, the rows must be 0 to 59, once each.
"""

import signal
import sys
import threading
import time

import django

STEPS = 60

if __name__ == "__main__":
    django.setup()

    from django.core.management import call_command

    from stack.accounts.operations import ensure_first_organisation
    from stack.accounts.queries import principal_of_user
    from stack.jobs.base import register_job, register_loop
    from stack.jobs.context import JobContext
    from stack.jobs.leases import in_transaction
    from stack.jobs.operations import enqueue
    from stack.jobs.records import RecordError
    from stack.jobs.runner import run_forever

    @register_job("count-up")
    def count_up(context: JobContext) -> None:
        for number in range(int(context.checkpoint.get("next", 0)), STEPS):
            with in_transaction():
                context.add_errors([RecordError(number, "row", "test", "counted")])
                context.report(done=number + 1, checkpoint={"next": number + 1}, durable=True)
            time.sleep(0.02)

    @register_loop("breaks")
    def break_once(stop: threading.Event) -> None:
        raise RuntimeError("this loop must not take the runner down")

    if sys.argv[1] == "prepare":
        call_command("migrate", verbosity=0)
        enqueue(principal_of_user(ensure_first_organisation()), kind="count-up", arguments={})
    else:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        run_forever(stop, lease_us=1_000_000)
