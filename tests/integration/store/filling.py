"""Thousands of rows that nobody asks for, so that a plan which reads them all is the slow one."""

from stack.store.database import Database

ROWS = 20_000
_FIRST = 1_000_000

# What the databases say differently: a table of numbers, bytes that differ by number.
_WORDS = {
    "postgresql": {
        "numbers": f"generate_series(1, {ROWS}) AS n(i)",
        "uuid": "decode(md5(i::text), 'hex')",
        "digest": "sha256(i::text::bytea)",
        "no": "FALSE",
    },
    "sqlite": {
        "numbers": f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) "
        "SELECT i FROM n) AS n",
        "uuid": "randomblob(16)",
        "digest": "randomblob(32)",
        "no": "0",
    },
}
_FILLINGS = (
    "INSERT INTO store_object (id, uuid, type, head, name, created, modified, revoked, audience_id, rivals) "
    "SELECT {first} + i, {uuid}, 'x-kind-' || (i % 40), {first} + i, 'name', i, i, {no}, {audience}, 0 "
    "FROM {numbers}",
    "INSERT INTO store_version (id, object_id, source_id, sha256, modified, audience_id, first_received, "
    "last_received, times_received, redacted) "
    "SELECT {first} + i, {first} + i, {source} + 1 + i % 9, {digest}, i, {audience}, i, i, 1, 0 "
    "FROM {numbers}",
    "INSERT INTO store_text (id, body) SELECT {first} + i, '{{}}' FROM {numbers}",
    "INSERT INTO store_key (value, kind, object_id, role) "
    "SELECT CASE i % 20 WHEN 0 THEN '10.' || i || '/24' ELSE 'value' || i END, "
    "CASE i % 20 WHEN 0 THEN 3 ELSE 1 END, {first} + i, 1 FROM {numbers}",
    "INSERT INTO store_edge (from_id, kind_id, to_id, via_id) "
    "SELECT {first} + i, 1, {first} + (i * 7) % {rows} + 1, {first} + i FROM {numbers}",
    "INSERT INTO store_change (sequence, object_id, kind, at) "
    "SELECT {first} + i, {first} + i, 1, i FROM {numbers}",
    "INSERT INTO store_rival (face_id, audience_id) SELECT {first} + i, {audience} FROM {numbers}",
)


def fill_tables(database: Database) -> None:
    """Rows in each of the hot tables, and figures about them for the planner."""
    words = _WORDS[database.connection.vendor]
    [(audience,)] = database.read("SELECT MAX(id) FROM store_audience")
    [(source,)] = database.read("SELECT MAX(id) FROM store_source")
    with database.connection.cursor() as cursor:
        for sql in _FILLINGS:
            cursor.execute(sql.format(first=_FIRST, rows=ROWS, audience=audience, source=source, **words))
        cursor.execute("ANALYZE")
