"""What `stack doctor` looks at: one function a check, none of which changes anything."""

import os
import platform
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from stack import __version__
from stack.core.errors import StackError

_OLDEST_PYTHON: Final = (3, 11)
_OLDEST_SQLITE: Final = (3, 38)
_LOW_DISK_BYTES: Final = 1_000_000_000


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `remedy` is empty when nothing needs to be done."""

    check: str
    state: State
    detail: str
    remedy: str = ""


def diagnose_local() -> Iterator[Finding]:
    """The checks of this machine; each relies on those before. Needs `start_django`."""
    from django.conf import settings

    yield Finding("version", State.OK, f"Stack {__version__}")
    yield _check_python()
    yield _check_sqlite()
    folder: Path = settings.DATA
    if not folder.is_dir():
        remedy = "“stack init” creates it, or set STACK_DATA to where it is."
        yield Finding("data folder", State.FAILED, f"{folder} does not exist", remedy)
        return
    yield _check_folder(folder)
    yield _check_disk(folder)
    yield _check_key(folder / "secret.key")
    database = _guard("database", _check_database)
    yield database
    if database.state is not State.FAILED:
        yield _guard("vault", _check_vault)
        if settings.PRODUCTION:
            yield from _check_production()
        yield _guard("search index", _check_index)
    yield _guard("server", _check_server)


def _guard(check: str, ask: Callable[[], Finding]) -> Finding:
    """A check that breaks has found something too."""
    try:
        return ask()
    except StackError as error:
        return Finding(check, State.FAILED, error.detail, error.remedy)
    except Exception as error:
        return Finding(check, State.FAILED, f"{type(error).__name__}: {error}")


def _check_python() -> Finding:
    version = platform.python_version()
    if sys.version_info[:2] >= _OLDEST_PYTHON:
        return Finding("python", State.OK, version)
    return Finding("python", State.FAILED, version, "Install Python 3.11 to 3.13 and run “make setup” again.")


def _check_sqlite() -> Finding:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info >= _OLDEST_SQLITE:
        return Finding("sqlite", State.OK, version)
    return Finding("sqlite", State.FAILED, version, "Use a Python that is built with SQLite 3.38 or newer.")


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


def _check_vault() -> Finding:
    from stack.vault.queries import read_lock

    lock = read_lock()
    if not lock.is_open:
        return Finding("vault", State.FAILED, lock.problem, lock.remedy)
    if lock.warning:
        return Finding("vault", State.WARNING, lock.warning, lock.remedy)
    return Finding("vault", State.OK, f"open with the key from {lock.source}")


def _check_production() -> Iterator[Finding]:
    from stack.cli.weaknesses import find_weaknesses

    found = list(find_weaknesses())
    for weakness in found:
        yield Finding("production", State.WARNING, weakness.detail, weakness.remedy)
    if not found:
        yield Finding("production", State.OK, "nothing weak was found")


def _check_database() -> Finding:
    from django.db import connection

    from stack.cli.initialise import list_pending_migrations

    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return Finding("database", State.FAILED, "there is none yet", "“stack init” creates it.")
    pending = list_pending_migrations()
    if pending:
        detail = f"{len(pending)} migrations are missing, the first is {pending[0]}"
        return Finding("database", State.FAILED, detail, "“stack init” applies them.")
    return Finding("database", State.OK, f"{connection.vendor}, up to date")


def _check_index() -> Finding:
    from stack.search.choice import choose_backend
    from stack.search.copying import read_cursor
    from stack.store.queries import last_change

    behind = last_change() - read_cursor(choose_backend().cursor_name())
    if behind > 0:
        remedy = "A running server catches up by itself; so does the next “stack search”."
        return Finding("search index", State.WARNING, f"{behind:,} changes behind the store", remedy)
    if behind < 0:
        detail = "ahead of the store: the database was put back from an older copy"
        return Finding("search index", State.FAILED, detail, "“stack search rebuild” builds it again.")
    return Finding("search index", State.OK, "up to date")


def _check_server() -> Finding:
    from django.conf import settings

    from stack.cli.supervision.lock import find_serving, is_alive

    serving = find_serving(settings.DATA)
    if serving is None:
        return Finding("server", State.OK, "not running; “stack serve” starts it")
    dead = [role for role, pid in serving.children.items() if not is_alive(pid)]
    where = f"process {serving.pid} at {serving.address}"
    if dead:
        detail = f"{where}, but its {' and '.join(dead)} process is down"
        return Finding(
            "server", State.FAILED, detail, "The server's output says why; it tries again by itself."
        )
    children = ", ".join(f"{role} {pid}" for role, pid in serving.children.items())
    return Finding("server", State.OK, f"{where} ({children})")


def diagnose_remote(address: str, token: str) -> Iterator[Finding]:
    """Whether the server answers and knows the key."""
    from stack.cli.backend.http import Client

    yield Finding("version", State.OK, f"Stack {__version__} here")

    def ask() -> Finding:
        client = Client(address, token)
        return Finding("server", State.OK, f"Stack {client.get('/version')['version']} at {client.address}")

    yield _guard("server", ask)
