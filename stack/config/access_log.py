"""Where the access log goes: `STACK_ACCESS_LOG` is `off`, `stderr` or the path of a file."""

import sys
from pathlib import Path
from typing import Any

from stack.config.environment import SettingError


def configure_access_log(where: str) -> dict[str, Any]:
    """A handler for Django's LOGGING; a file may be rotated by moving it away."""
    if where == "off":
        return {"class": "logging.NullHandler"}
    if where == "stderr":
        return {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "bare"}
    path = Path(where).expanduser()
    if not path.is_absolute() or not path.parent.is_dir():
        raise SettingError("STACK_ACCESS_LOG", f"expected off, stderr or a path in a folder, got {where!r}")
    return {
        "class": "logging.handlers.WatchedFileHandler",
        "filename": str(path),
        "formatter": "bare",
        "encoding": "utf-8",
        # Made when the first request comes, so that a command line does not leave an empty file.
        "delay": True,
    }
