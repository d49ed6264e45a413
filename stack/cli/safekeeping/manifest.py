"""What an archive says of itself: `manifest.json`, its last part but the signature."""

import msgspec

from stack.cli.safekeeping.tables import Applied, Column, Table

FORMAT = "stack-backup-1"
PURPOSE = "backup"


class TableRecord(msgspec.Struct, frozen=True):
    """A table in the archive: `size` in bytes; the two digests are explained in `lines.TableDigest`."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: int
    size: int
    sha256: str
    values_sha256: str

    @property
    def table(self) -> Table:
        return Table(self.name, self.columns, self.key)


class FileRecord(msgspec.Struct, frozen=True):
    """A file in the archive under `path`; `kind` is `artifact`, `upload` or `checkpoints`."""

    path: str
    kind: str
    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`created_at` is microseconds UTC; `applied` the migrations; `last_change` the end of the change log.

    `key_encryption_id` names the key that opens the vault, and `key_source` says where it came from.
    """

    format: str
    version: str
    created_at: int
    database: str
    applied: list[Applied]
    last_change: int
    key_encryption_id: str
    key_source: str
    has_artifacts: bool
    tables: list[TableRecord]
    sequences: dict[str, int]
    files: list[FileRecord]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def size(self) -> int:
        """Bytes before compression."""
        return sum(table.size for table in self.tables) + sum(file.size for file in self.files)

    def count_rows(self, table: str) -> int:
        return next((found.rows for found in self.tables if found.name == table), 0)


class Signature(msgspec.Struct, frozen=True):
    """Of the manifest's bytes, by the vault of the installation that made the archive."""

    sha256: str
    signature: str
