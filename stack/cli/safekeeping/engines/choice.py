"""The engine of a place. PostgreSQL's driver is imported only for a database that needs it."""

from collections.abc import Iterator
from contextlib import contextmanager

from stack.cli.safekeeping.engines.base import Loader, Snapshot
from stack.cli.safekeeping.places import Place
from stack.core.errors import Unavailable


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


@contextmanager
def explaining_faults(place: Place) -> Iterator[None]:
    """What a database says while it is filled, in words: no room, a lost connection, a value it refuses."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith(("sqlite3", "psycopg", "django.db")):
            raise
        raise Unavailable(
            f"{place.title} could not be filled: {error}",
            remedy="Nothing was put in place. See to its server and the room on its disk; begin again.",
        ) from error
