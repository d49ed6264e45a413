"""Becomes one of Stack's long-lived processes, so that signals reach it and its exit code is seen."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from django.conf import settings

from stack.core.errors import BadInput


def become_process(module: str, options: Sequence[str] = ()) -> NoReturn:
    """Replaces this process by `python -m module`."""
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: modules are not looked for in the folder in which Stack happens to be started.
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, *options])  # noqa: S606 - no shell


def refuse_remote() -> None:
    """These commands serve an installation; they do not talk to one."""
    if os.environ.get("STACK_URL"):
        raise BadInput("STACK_URL is set: the commands talk to that server", remedy="Unset it to serve here.")


def require_celery() -> None:
    if settings.JOBS.runner != "celery":
        raise BadInput(
            "Celery does not run the jobs of this installation",
            remedy="Set STACK_JOBS=celery and STACK_REDIS, or use “stack runner”, which runs them itself.",
        )
