"""The sign that a restore was cut while things changed places: nothing starts beside it."""

from pathlib import Path
from typing import Final

from stack.core.errors import Unavailable

MARKER: Final = "restore.unfinished"


def refuse_unfinished(data: Path) -> None:
    """`Unavailable` where the data folder is half of one installation and half of another."""
    if (data / MARKER).exists():
        raise Unavailable(
            f"{data}: a restore was cut short while it put things in place",
            remedy="Run “stack restore … --replace” again. Nothing starts before it has ended.",
        )
