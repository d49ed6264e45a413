"""Makes a backup: one archive of one moment, while the server goes on."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import msgspec

from stack import __version__
from stack.cli.safekeeping.archive import KEYS, MANIFEST, SIGNATURE, ArchiveWriter
from stack.cli.safekeeping.engines.base import Snapshot, read_applied
from stack.cli.safekeeping.engines.choice import open_snapshot
from stack.cli.safekeeping.files import (
    CHECKPOINT_FILE,
    CHECKPOINTS,
    Wanted,
    copy_file,
    list_wanted,
    read_checkpoints_until,
)
from stack.cli.safekeeping.keys import encode_keys, gather_keys, write_keys
from stack.cli.safekeeping.lines import TableDigest
from stack.cli.safekeeping.loading import check_columns
from stack.cli.safekeeping.manifest import FORMAT, PURPOSE, FileRecord, Manifest, Signature, TableRecord
from stack.cli.safekeeping.places import Place, current_place
from stack.cli.safekeeping.tables import Table, list_tables
from stack.core.acts import Act, Actor, record_act
from stack.core.clock import now_us
from stack.core.errors import Unavailable

Say = Callable[[str], None]
# Each try copies only what came since the one before, so even under load few are needed.
_TRIES: Final = 20
_TRIES_OF_ONE: Final = 5
_PAUSE_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class BackupOptions:
    """`keys_path` gets the keys apart; `with_keys` puts them into the archive."""

    with_artifacts: bool = True
    with_keys: bool = False
    keys_path: Path | None = None


@dataclass(frozen=True, slots=True)
class BackupReport:
    """`size` is the archive's, `bytes` what it holds; `missing` are files of which only the row is left."""

    path: str
    size: int
    bytes: int
    rows: int
    objects: int
    tables: int
    files: int
    last_change: int
    seconds: float
    key_encryption_id: str
    missing: tuple[str, ...] = ()


def make_backup(path: Path, options: BackupOptions, *, say: Say) -> BackupReport:
    """Writes the archive to `path`; it is on the disk when this returns.

    `Conflict` where something has that name, `Unavailable` where it cannot be written.
    """
    from django.conf import settings

    from stack.vault.ring import check_mark, read_mark

    begun = monotonic()
    mark = read_mark()
    source = check_mark(mark).setting if mark is not None else ""
    with ArchiveWriter(path) as writer:
        moment = _Moment(current_place(), Path(settings.DATA), writer, options)
        with closing(moment.take(say)) as snapshot:
            manifest = moment.copy_rows(snapshot, key_source=source)
        keys = gather_keys(manifest.key_encryption_id)
        if options.keys_path is not None:
            write_keys(options.keys_path, keys)
        if options.with_keys:
            writer.add_part(KEYS, encode_keys(keys))
        _sign(writer, manifest, is_possible=mark is not None)
        size = writer.finish()
    return BackupReport(
        path=str(path),
        size=size,
        bytes=manifest.size,
        rows=manifest.rows,
        objects=manifest.count_rows("store_object"),
        tables=len(manifest.tables),
        files=len(manifest.files),
        last_change=manifest.last_change,
        seconds=round(monotonic() - begun, 2),
        key_encryption_id=manifest.key_encryption_id,
        missing=tuple(moment.missing),
    )


def record_backup(actor: Actor, report: BackupReport) -> None:
    """`backup.create`: a copy of everything left the installation."""
    from django.db import transaction

    said = {"rows": report.rows, "last_change": report.last_change, "key": report.key_encryption_id}
    with transaction.atomic():
        record_act(
            Act(
                "backup.create",
                actor,
                object_kind="backup",
                object_id=Path(report.path).name,
                after=said,
                is_security=True,
            )
        )


class _Moment:
    """One moment of an installation on its way into the archive."""

    def __init__(self, place: Place, data: Path, writer: ArchiveWriter, options: BackupOptions) -> None:
        self._place = place
        self._data = data
        self._writer = writer
        self._options = options
        self._tables: list[Table] = []
        self._copied: dict[Wanted, FileRecord] = {}
        self._records: list[FileRecord] = []
        self.missing: list[str] = []

    def take(self, say: Say) -> Snapshot:
        """A snapshot all of whose files are in the archive.

        A job may end, and its file go, between the snapshot and the copy: then a later moment is taken. A
        file that is missing again and again while its row stays is lost, and is reported as such.
        """
        gone: Counter[Wanted] = Counter()
        for number in range(1, _TRIES + 1):
            snapshot = open_snapshot(self._place)
            try:
                missing = self._copy_files(snapshot, number)
            except BaseException:
                snapshot.close()
                raise
            gone.update(missing)
            if all(gone[wanted] >= _TRIES_OF_ONE for wanted in missing):
                self.missing = sorted(f"{wanted.kind} {wanted.name}" for wanted in missing)
                return snapshot
            snapshot.close()
            say("a job ended meanwhile: taking a later moment")
            sleep(_PAUSE_S)
        raise Unavailable("Files come and go faster than they can be copied", remedy="Try again in a moment.")

    def _copy_files(self, snapshot: Snapshot, number: int) -> set[Wanted]:
        self._applied = read_applied(snapshot)
        self._tables = list_tables(self._applied)
        check_columns(snapshot, self._tables)
        names = {table.name for table in self._tables}
        has_artifacts = self._options.with_artifacts and "store_artifact" in names
        wanted = list_wanted(snapshot, has_artifacts=has_artifacts)
        for each in wanted:
            if each not in self._copied:
                path = f"{each.kind}s/{number}/{each.name}"
                record = copy_file(each, data=self._data, writer=self._writer, path=path)
                if record is not None:
                    self._copied[each] = record
        self._records = [self._copied[each] for each in wanted if each in self._copied]
        return set(wanted) - self._copied.keys()

    def copy_rows(self, snapshot: Snapshot, *, key_source: str) -> Manifest:
        [(last_entry,)] = snapshot.read("SELECT COALESCE(MAX(sequence), 0) FROM audit_entry")
        [(last_change,)] = snapshot.read("SELECT COALESCE(MAX(sequence), 0) FROM store_change")
        marks = snapshot.read("SELECT key_encryption_id FROM vault_vaultmark WHERE id = 1")
        lines = read_checkpoints_until(self._data / CHECKPOINT_FILE, last_entry)
        path = f"{CHECKPOINTS}/1/{CHECKPOINT_FILE}"
        checkpoints = FileRecord(path, CHECKPOINTS, CHECKPOINT_FILE, *self._writer.add(path, lines))
        records = [self._copy_table(snapshot, table) for table in self._tables]
        return Manifest(
            format=FORMAT,
            version=__version__,
            created_at=now_us(),
            database=self._place.vendor,
            applied=self._applied,
            last_change=last_change,
            key_encryption_id=marks[0][0] if marks else "",
            key_source=key_source,
            has_artifacts=self._options.with_artifacts,
            tables=records,
            sequences=snapshot.read_sequences(self._tables),
            files=[*self._records, checkpoints],
        )

    def _copy_table(self, snapshot: Snapshot, table: Table) -> TableRecord:
        digest = TableDigest(table)
        for number, lines in enumerate(snapshot.stream(table), 1):
            digest.add(lines)
            self._writer.add_part(f"tables/{table.name}/{number:06}", lines)
        return make_record(table, digest)


def make_record(table: Table, digest: TableDigest) -> TableRecord:
    return TableRecord(
        table.name, table.columns, table.key, digest.rows, digest.size, digest.sha256, digest.values_sha256
    )


def _sign(writer: ArchiveWriter, manifest: Manifest, *, is_possible: bool) -> None:
    from stack.vault.operations import sign

    content = msgspec.json.encode(manifest)
    writer.add_part(MANIFEST, content)
    if is_possible:
        signature = Signature(sha256(content).hexdigest(), str(sign(content, purpose=PURPOSE)))
        writer.add_part(SIGNATURE, msgspec.json.encode(signature))
