"""The runner process, as `stack serve` starts it: `python -m stack.config.runner_process --parent …`.

Works the queue of jobs and, beside it, the background loops (the search index's among them).
"""

import argparse
import os
import signal
import threading

from stack.config.leash import watch_parent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", required=True, type=int)
    arguments = parser.parse_args()
    watch_parent(arguments.parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stack.config.settings")
    import django

    django.setup()
    from stack.jobs.runner import run_forever

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Another thread sets it: the event's lock may be held by the very code that a signal interrupts.
        signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
    run_forever(stop)


if __name__ == "__main__":
    main()
