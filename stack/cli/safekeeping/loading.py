"""Fills an empty database with the rows of another, and proves that they are the same."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing

from stack.cli.safekeeping.engines.base import Snapshot
from stack.cli.safekeeping.engines.choice import open_loader, open_snapshot
from stack.cli.safekeeping.lines import TableDigest
from stack.cli.safekeeping.places import ALIAS, Place
from stack.cli.safekeeping.tables import Applied, Table, check_known, find_leaves, find_uncovered
from stack.cli.safekeeping.unfit import Fitting
from stack.core.errors import Conflict

# Search works out anew where its index stands.
_DERIVED = ("search_indexcursor",)
# Django fills these by itself when it migrates.
_FILLED = ("django_content_type", "auth_permission", "django_migrations")


def apply_migrations(applied: Collection[Applied]) -> None:
    """Makes the tables of these migrations in the database that this process works on."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections[ALIAS])
    check_known(applied, known=executor.loader.graph.nodes)
    executor.migrate(find_leaves(applied, executor.loader.graph))
    connections[ALIAS].close()


def finish_migrations() -> None:
    """Applies what this Stack brings beyond them, and leaves search to begin anew."""
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", interactive=False, verbosity=0)
    with connections[ALIAS].cursor() as cursor:
        for table in _DERIVED:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
    connections[ALIAS].close()


def load_rows(
    place: Place,
    tables: Sequence[Table],
    *,
    pieces: Iterable[tuple[Table, bytes]],
    sequences: Mapping[str, int],
    fitting: Fitting | None,
) -> dict[str, TableDigest]:
    """Writes all pieces; gives back the digest of each table as it was written."""
    digests = {table.name: TableDigest(table) for table in tables}
    with closing(open_loader(place)) as loader:
        loader.begin(tables)
        for table, lines in pieces:
            fitted = lines if fitting is None else fitting.fit(table, lines)
            digests[table.name].add(fitted)
            loader.write(table, fitted)
        loader.end(tables, sequences)
    return digests


def compare_rows(place: Place, tables: Sequence[Table], expected: Mapping[str, TableDigest]) -> None:
    """Reads all of it back; `Conflict` names the first table whose rows are not those that were written."""
    with closing(open_snapshot(place)) as snapshot:
        for table in tables:
            found, wanted = read_digest(snapshot, table), expected[table.name]
            if (found.rows, found.values_sha256) != (wanted.rows, wanted.values_sha256):
                raise Conflict(
                    f"{table.name}: of {wanted.rows:,} rows written, other {found.rows:,} were read back",
                    remedy="Nothing was put in place. The disk or the database is at fault: try another.",
                )


def read_digest(snapshot: Snapshot, table: Table) -> TableDigest:
    digest = TableDigest(table)
    for lines in snapshot.stream(table):
        digest.add(lines)
    return digest


def find_rows(place: Place) -> str:
    """The first table that holds rows of an installation; empty where there are none, or no database yet."""
    if place.is_sqlite and not place.path.exists():
        return ""
    with closing(open_snapshot(place)) as snapshot:
        for name in sorted(snapshot.list_columns()):
            if name not in _FILLED and snapshot.read(f'SELECT 1 FROM "{name}" LIMIT 1'):  # noqa: S608
                return name
    return ""


def check_columns(snapshot: Snapshot, tables: Sequence[Table]) -> None:
    """Nothing of the database may be left out without a word."""
    found = snapshot.list_columns()
    strange = find_uncovered(found, tables)
    for table in tables:
        known = {column.name for column in table.columns}
        strange += [f"{table.name}.{name}" for name in sorted(found.get(table.name, set()) - known)]
        if missing := known - found.get(table.name, set()):
            raise Conflict(f"{table.name} lacks {', '.join(sorted(missing))}: its migrations say otherwise")
    if strange:
        raise Conflict(
            f"This database has what this Stack does not know: {', '.join(strange[:5])}",
            remedy="Keep other tables in a schema or database of their own; use the Stack that made these.",
        )
