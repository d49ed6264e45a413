"""A runner process: `python -m stack.config.runner_process --work jobs|loops|both`.

`stack serve` has two: one works the queue of jobs; the other runs the background loops, of which the search
index's is the busiest. `stack runner` is one, of the loops alone where Celery runs the jobs.
"""

import argparse
import os
import signal
import threading

from stack.config.leash import watch_parent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int)
    parser.add_argument("--work", required=True, choices=("jobs", "loops", "both"))
    arguments = parser.parse_args()
    if arguments.parent is not None:
        watch_parent(arguments.parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stack.config.settings")
    import django

    django.setup()
    from stack.accounts.sign_in.session_sweep import sweep_sessions
    from stack.audit.operations import keep_checkpoints
    from stack.config.instrumentation import instrument_process
    from stack.config.unlocking import unlock_or_exit
    from stack.jobs.base import register_loop
    from stack.jobs.runner import run_forever

    unlock_or_exit()
    instrument_process("indexer" if arguments.work == "loops" else "runner")
    # Jobs stand above the audit log and accounts, which therefore cannot name their loops themselves.
    register_loop("audit checkpoints")(keep_checkpoints)
    register_loop("sessions")(sweep_sessions)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Another thread sets it: the event's lock may be held by the very code that a signal interrupts.
        signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
    run_forever(stop, jobs=arguments.work != "loops", loops=arguments.work != "jobs")


if __name__ == "__main__":
    main()
