"""Watches that acts are the last that a transaction does, whichever test runs the code.

From an act to the end of its transaction nobody else can record one (PostgreSQL holds a lock), so whoever
then waits for a row of somebody who waits to record would wait for ever.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connections, transaction
from django.db.transaction import Atomic

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|MERGE)\b|.*\bFOR (NO KEY )?UPDATE\b", re.I | re.S)
_LOG = re.compile(r'\s*INSERT INTO "?audit_entry\b', re.I)


class OutOfOrder(AssertionError):
    """A statement that takes a lock came after an act of the same transaction."""


@contextmanager
def acts_come_last() -> Iterator[None]:
    """Raises `OutOfOrder` at the statement that comes too late, on the connections of this thread."""
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(_Watch()))
        yield


@contextmanager
def undone(alias: str = "default") -> Iterator[None]:
    """What the block writes never was; the transactions in it are watched each by itself."""
    block = transaction.atomic(using=alias)
    block._from_testcase = True  # type: ignore[attr-defined]  # as Django marks the blocks of its own tests
    with block:
        yield
        transaction.set_rollback(True, using=alias)


def is_of_test(block: Atomic) -> bool:
    """Whether a test opened the block around what it runs, so that it is no transaction of the code."""
    return bool(getattr(block, "_from_testcase", False))


class _Watch:
    """Of one connection: `recorded_in` is the transaction in which the last act was recorded."""

    recorded_in: Atomic | None = None

    def __call__(
        self, execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        blocks = context["connection"].atomic_blocks
        outermost = next((block for block in blocks if not is_of_test(block)), None)
        if outermost is not None and _LOG.match(sql):
            self.recorded_in = outermost
        elif outermost is not None and outermost is self.recorded_in and _WRITES.match(sql):
            raise OutOfOrder(f"after an act, in its transaction: {sql[:200]}")
        return execute(sql, parameters, many, context)
