"""Applies migrations beside a running installation: it waits for the database and for others who migrate,
and never makes readers queue behind a lock that it waits for.

PostgreSQL lets whoever comes later wait behind a statement that itself waits for a lock. So a migration
waits a few seconds only, gives way, and tries again.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, Error, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from stack.core.errors import Unavailable

# Any constant: it names the lock of whoever prepares the database.
_LOCK = 0x57AC0
_LOCK_WAIT_S = 3
_TRIES = 20
_PAUSE_S = 2.0
_POLL_S = 0.5


def wait_for_database(seconds: float) -> None:
    """Returns once the database answers; Unavailable when it has not after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"The database does not answer: {error}", remedy="Start it, or check STACK_DATABASE."
                ) from None
            connection.close()
            time.sleep(_POLL_S)
        else:
            return


@contextmanager
def alone_in_database() -> Iterator[None]:
    """Whoever else prepares the same database, on whichever machine, waits. On SQLite nobody else can.

    Held by a transaction of a connection of its own, which pgbouncer passes on too.
    """
    if connection.vendor != "postgresql":
        yield
        return
    keeper = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        keeper.set_autocommit(False)
        with keeper.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield
    finally:
        with suppress(Error):  # the database may be gone by now, and the lock with it
            keeper.rollback()
        keeper.close()


def apply_migrations() -> None:
    """Each migration is applied whole or not at all; one that could not get its locks is tried again."""
    if connection.vendor != "postgresql":
        call_command("migrate", interactive=False, verbosity=0)
        return
    with _limited_waits(connection):
        for left in reversed(range(_TRIES)):
            try:
                call_command("migrate", interactive=False, verbosity=0)
            except OperationalError as error:
                if "lock timeout" not in str(error) or not left:
                    raise
                time.sleep(_PAUSE_S)
            else:
                return


@contextmanager
def _limited_waits(target: BaseDatabaseWrapper) -> Iterator[None]:
    """Statements may take as long as they need, waiting for locks may not."""
    with target.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(f"SET lock_timeout = '{_LOCK_WAIT_S}s'")
    try:
        yield
    finally:
        if target.is_usable():
            with target.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
                cursor.execute("RESET lock_timeout")
