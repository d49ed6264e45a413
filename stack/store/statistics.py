"""Keeps PostgreSQL's statistics up with tables that grow from nothing to a million rows in minutes.

Its own autovacuum looks once a minute. Until then a join over a table that it knows nothing of is planned
as if there were a few rows, and takes half a minute over 20,000 (measured).
"""

import threading

from django.db import close_old_connections

from stack.store.database import Database, write_database

# Texts are found by their id only, and a sample of them would be megabytes.
_TABLES = (
    "store_object",
    "store_version",
    "store_key",
    "store_edge",
    "store_rival",
    "store_change",
    "store_entry",
)
_GROWN = 0.5
_FEW_ROWS = 1_000
_EVERY_S = 2.0

_STALE = """
SELECT s.relname FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
WHERE s.relname = ANY(%s) AND s.schemaname = current_schema()
  AND s.n_mod_since_analyze > %s + %s * GREATEST(c.reltuples, 0)
"""


def keep_statistics(stop: threading.Event) -> None:
    """Looks every two seconds, until `stop` is set. SQLite plans the same without."""
    database = write_database()
    if database.connection.vendor != "postgresql":
        stop.wait()
    while not stop.wait(_EVERY_S):
        refresh_statistics(database)
        close_old_connections()


def refresh_statistics(database: Database) -> list[str]:
    """Samples the tables that have changed by half since they were sampled last; gives back their names."""
    with database.connection.cursor() as cursor:
        cursor.execute(_STALE, [list(_TABLES), _FEW_ROWS, _GROWN])
        stale = sorted(name for (name,) in cursor.fetchall())
        for name in stale:
            cursor.execute(f"ANALYZE {name}")
    return stale
