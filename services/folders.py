"""Where servers and what they were downloaded from lie."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOWNLOADS = ROOT / "build" / "services" / "downloads"


def state_folder() -> Path:
    """The folder of state, logs and data: `build/services`, or `STACK_SERVICES` for a set of one's own.

    Downloads are shared by all sets.
    """
    return Path(os.environ.get("STACK_SERVICES") or ROOT / "build" / "services").resolve()


@contextlib.contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """One command, and one thread of it, at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
