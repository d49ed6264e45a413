"""Where servers and what they were downloaded from lie."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOWNLOADS = ROOT / "build" / "services" / "downloads"


def state_folder() -> Path:
    """The folder of state, logs and data: `build/services`, or `STACK_SERVICES` for a set of one's own.

    Downloads are shared by all sets.
    """
    return Path(os.environ.get("STACK_SERVICES") or ROOT / "build" / "services").resolve()
