"""Whether BRIN or partitions serve the change log better than the B-tree of its key (PostgreSQL).

The same rows in each layout: appended in batches, read on from a cursor as the indexer does, asked for their
end.
"""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from benchmarks.figures import Figure

_ROWS = int(os.environ.get("STACK_BENCH_OBJECTS") or 1_000_000)
_BATCH = 2_000
_PARTITION = 250_000
_ROUNDS = 50
_COLUMNS = "sequence bigint NOT NULL, object_id bigint NOT NULL, kind smallint NOT NULL, at bigint NOT NULL"
_LAYOUTS = {
    "B-tree": ("", "CREATE UNIQUE INDEX ON {table} (sequence)"),
    "BRIN": ("", "CREATE INDEX ON {table} USING brin (sequence) WITH (pages_per_range = 16, autosummarize)"),
    "partitions of B-trees": ("PARTITION BY RANGE (sequence)", "CREATE UNIQUE INDEX ON {table} (sequence)"),
}


def run() -> list[Figure]:
    """Per layout: rows appended a second, a page from a cursor, the end of the log, bytes of index a row."""
    address = os.environ.get("STACK_TEST_POSTGRES")
    if not address:
        print("  skipped: no PostgreSQL (STACK_TEST_POSTGRES)")
        return []
    figures: list[Figure] = []
    with psycopg.connect(address, autocommit=True) as connection:
        for number, (name, (partitioned, index)) in enumerate(_LAYOUTS.items()):
            with _table(connection, f"bench_change_{number}", partitioned, index) as table:
                figures += _measure(connection, table, name)
    return figures


@contextmanager
def _table(connection: psycopg.Connection, table: str, partitioned: str, index: str) -> Iterator[str]:
    def run_sql(sql: str) -> None:
        connection.execute(sql.encode())

    run_sql(f"DROP TABLE IF EXISTS {table}")
    run_sql(f"CREATE TABLE {table} ({_COLUMNS}) {partitioned}")
    if partitioned:
        for first in range(0, _ROWS + 1, _PARTITION):
            run_sql(
                f"CREATE TABLE {table}_{first} PARTITION OF {table} "
                f"FOR VALUES FROM ({first}) TO ({first + _PARTITION})"
            )
    run_sql(index.format(table=table))
    try:
        yield table
    finally:
        run_sql(f"DROP TABLE {table}")


def _measure(connection: psycopg.Connection, table: str, name: str) -> list[Figure]:
    began = time.perf_counter()
    for first in range(1, _ROWS + 1, _BATCH):
        lines = "".join(f"{each}\t{each}\t1\t1700000000000000\n" for each in range(first, first + _BATCH))
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
            copy.write(lines)
    appended = _ROWS / (time.perf_counter() - began)
    connection.execute(f"VACUUM ANALYZE {table}".encode())
    page = _time(
        connection,
        f"SELECT * FROM {table} WHERE sequence > {_ROWS // 2} ORDER BY sequence LIMIT {_BATCH}",
    )
    end = _time(connection, f"SELECT MAX(sequence) FROM {table}")
    row = connection.execute(
        "SELECT pg_indexes_size(%s::regclass) + COALESCE((SELECT SUM(pg_indexes_size(relid)) "
        "FROM pg_partition_tree(%s::regclass) WHERE isleaf), 0)",
        [table, table],
    ).fetchone()
    size = float(row[0] or 0) if row else 0.0
    label = f"change log, {_ROWS:,} rows, {name}"
    return [
        Figure(f"{label}: appended", appended, "rows/s", "", None, None),
        Figure(f"{label}: {_BATCH:,} from a cursor", page, "ms", "", None, None),
        Figure(f"{label}: its end", end, "ms", "", None, None),
        Figure(f"{label}: index", size / _ROWS, "bytes a row", "", None, None),
    ]


def _time(connection: psycopg.Connection, sql: str) -> float:
    times = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        connection.execute(sql.encode()).fetchall()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3
