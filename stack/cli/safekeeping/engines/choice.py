"""The engine of a place. PostgreSQL's driver is imported only for a database that needs it."""

from stack.cli.safekeeping.engines.base import Loader, Snapshot
from stack.cli.safekeeping.places import Place


def open_snapshot(place: Place, *, alone: bool = False) -> Snapshot:
    """`alone` holds for SQLite, whose file can be kept from everybody else."""
    if place.is_sqlite:
        from stack.cli.safekeeping.engines.sqlite import SqliteSnapshot

        return SqliteSnapshot(place.path, alone=alone)
    from stack.cli.safekeeping.engines.postgresql import PostgresSnapshot

    return PostgresSnapshot(place)


def open_loader(place: Place) -> Loader:
    if place.is_sqlite:
        from stack.cli.safekeeping.engines.sqlite import SqliteLoader

        return SqliteLoader(place.path)
    from stack.cli.safekeeping.engines.postgresql import PostgresLoader

    return PostgresLoader(place)
