"""Which database a test uses: the router that lets one test body run on SQLite and on PostgreSQL."""

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

CHOSEN: ContextVar[str] = ContextVar("chosen_database", default="default")


class ChosenDatabase:
    def db_for_read(self, model: Any, **hints: Any) -> str:
        return CHOSEN.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return CHOSEN.get()

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool:
        return True


def wait_for_tables(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Lets threads of a test share the database in memory, where each table is one thread's at a time. In a
    file, as every installation has it, writers queue and readers read."""
    if connection.vendor == "sqlite" and _run_again not in connection.execute_wrappers:
        connection.execute_wrappers.append(_run_again)


def _has_plugins() -> bool:
    """Whether an analysis is at work. Other threads, such as health checks, are told at once, as ever."""
    return any(thread.name.startswith("analysis ") for thread in threading.enumerate())


def _run_again(
    execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: dict[str, Any]
) -> Any:
    end = time.monotonic() + 10
    while True:
        try:
            return execute(sql, parameters, many, context)
        except OperationalError as error:
            if "table is locked" not in str(error) or time.monotonic() > end or not _has_plugins():
                raise
            time.sleep(0.005)
