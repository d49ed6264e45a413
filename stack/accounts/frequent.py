"""Queries that every request, or every look for work, asks: written out, and planned once."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def read_frequent(
    connection: BaseDatabaseWrapper, sql: str, parameters: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """All rows of a SELECT with `%s` for each parameter.

    Django writes the values into the text, so that PostgreSQL plans every one anew, which costs it more than
    the answer. The driver's own cursor binds them, and prepares what it has seen a few times.
    """
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found
    # Imported when asked for: the driver costs 100 ms that a command on SQLite need not pay.
    from psycopg import Cursor

    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        return cursor.execute(sql.encode(), parameters).fetchall()
