"""Celery's beat: `python -m stack.config.beat_process`. It starts what is to be done every few seconds.

What that is does little and reads the database, so it is done here rather than sent to a worker: jobs whose
workers are gone must be found also while all workers are busy, or Redis is away. Any number of these
processes may run; rows that one has locked the others pass over.
"""

import logging
import os
import signal
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from celery.beat import Scheduler, Service
from django.db import close_old_connections, connections

from stack.core.acts import Origin, acting_from

_log = logging.getLogger(__name__)
_SWEEP_EVERY_S = 5.0
_SESSIONS_EVERY_S = 60.0
_LOOK_EVERY_S = 1.0
Errand = Callable[[], object]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stack.config.settings")
    import django

    django.setup()
    from stack.accounts.sign_in.session_sweep import end_sessions_over
    from stack.config.instrumentation import instrument_process
    from stack.config.unlocking import unlock_or_exit
    from stack.jobs.broker import app
    from stack.jobs.presence import note_presence
    from stack.jobs.sweeping import sweep_jobs

    unlock_or_exit()
    instrument_process("beat")
    errands: dict[str, tuple[float, Errand]] = {
        "jobs": (_SWEEP_EVERY_S, sweep_jobs),
        "presence": (_SWEEP_EVERY_S, partial(note_presence, "beat")),
        "sessions": (_SESSIONS_EVERY_S, end_sessions_over),
    }
    app.conf.beat_schedule = {
        name: {"task": name, "schedule": timedelta(seconds=every)} for name, (every, _) in errands.items()
    }
    service = Service(app, max_interval=_LOOK_EVERY_S, scheduler_cls=HereScheduler)
    service.scheduler.errands = {name: errand for name, (_, errand) in errands.items()}
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _raise_exit())
    service.start()


class HereScheduler(Scheduler):  # type: ignore[misc]
    """Runs what is due in this process. It keeps no file: every errand may be done too often."""

    producer = None
    errands: Mapping[str, Errand]

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **_: Any) -> None:
        if advance:
            self.reserve(entry)
        try:
            with acting_from(Origin("runner")):
                self.errands[entry.task]()
        except Exception:  # the database went away: the next round finds it again or says so again
            _log.exception("the errand %r failed and is done again later", entry.task)
            connections.close_all()
        finally:
            close_old_connections()


def _raise_exit() -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
