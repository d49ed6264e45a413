"""What a backup asks of a database, and what a restore does to one; each engine says it in its own words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from stack.cli.safekeeping.tables import Applied, Table

# Rows travel in pieces of about this size, so memory does not grow with a table.
PIECE_BYTES = 4_194_304


class Snapshot(Protocol):
    """One moment of a database, for as long as it is open, whatever is written meanwhile."""

    def list_columns(self) -> dict[str, set[str]]:
        """The names of all tables, with those of their columns."""

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a small SELECT."""

    def read_sequences(self, tables: Sequence[Table]) -> dict[str, int]:
        """The highest id that each table's numbering has given out."""

    def stream(self, table: Table) -> Iterator[bytes]:
        """The rows as `lines.py` describes them, by primary key, in pieces of whole lines."""

    def close(self) -> None: ...


class Loader(Protocol):
    """Fills a database that has its tables and no rows. Nothing else is connected to it."""

    def begin(self, tables: Sequence[Table]) -> None:
        """Takes away what slows the loading or refuses it: indices, constraints, triggers."""

    def write(self, table: Table, lines: bytes) -> None: ...

    def end(self, tables: Sequence[Table], sequences: Mapping[str, int]) -> None:
        """Puts back what `begin` took, which checks the rows, and sets the numberings."""

    def close(self) -> None: ...


def read_applied(snapshot: Snapshot) -> list[Applied]:
    rows = snapshot.read("SELECT app, name FROM django_migrations ORDER BY app, name")
    return [(str(app), str(name)) for app, name in rows]


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
