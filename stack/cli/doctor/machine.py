"""This machine: interpreter, data folder, disk, secret key."""

import os
import platform
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stack.cli.doctor.base import Finding, State

_OLDEST_PYTHON: Final = (3, 11)
_OLDEST_SQLITE: Final = (3, 38)
_LOW_DISK_BYTES: Final = 1_000_000_000


def diagnose_interpreter() -> Iterator[Finding]:
    version = platform.python_version()
    if sys.version_info[:2] >= _OLDEST_PYTHON:
        yield Finding("python", State.OK, version)
    else:
        remedy = "Install Python 3.11 to 3.13 and run “make setup” again."
        yield Finding("python", State.FAILED, version, remedy)
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info >= _OLDEST_SQLITE:
        yield Finding("sqlite", State.OK, version)
    else:
        remedy = "Use a Python that is built with SQLite 3.38 or newer."
        yield Finding("sqlite", State.FAILED, version, remedy)


def diagnose_folder(folder: Path) -> Iterator[Finding]:
    """Needs the folder to be there."""
    yield _check_folder(folder)
    yield _check_disk(folder)
    yield _check_key(folder / "secret.key")


def _check_folder(folder: Path) -> Finding:
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding("data folder", State.FAILED, f"{folder} cannot be written", "Run Stack as its owner.")
    if mode & 0o077:
        detail = f"{folder} is open to other users (mode {mode:04o})"
        return Finding("data folder", State.WARNING, detail, f"chmod 700 {folder}")
    return Finding("data folder", State.OK, str(folder))


def _check_disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1e9:,.1f} GB free"
    if free < _LOW_DISK_BYTES:
        return Finding("disk", State.WARNING, detail, "Make room: a million objects need about 1.4 GB.")
    return Finding("disk", State.OK, detail)


def _check_key(path: Path) -> Finding:
    if os.environ.get("STACK_SECRET_KEY") or os.environ.get("STACK_SECRET_KEY_FILE"):
        return Finding("secret key", State.OK, "from the environment")
    if not path.exists():
        return Finding("secret key", State.FAILED, f"{path} is missing", "“stack init” creates it.")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding("secret key", State.WARNING, f"{path} has mode {mode:04o}", f"chmod 600 {path}")
    return Finding("secret key", State.OK, str(path))
