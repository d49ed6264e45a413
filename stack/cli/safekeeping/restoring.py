"""Restores an archive: into another place first, which is proven, and then in place of what is there."""

import dataclasses
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from stack.cli.safekeeping.archive import CheckedArchive, check_archive
from stack.cli.safekeeping.engines.choice import explaining_faults
from stack.cli.safekeeping.engines.sqlite import leave_alone
from stack.cli.safekeeping.files import ARTIFACT, CHECKPOINT_FILE
from stack.cli.safekeeping.keys import Keys, decode_keys, read_keys
from stack.cli.safekeeping.loading import (
    apply_migrations,
    compare_rows,
    find_rows,
    finish_migrations,
    load_rows,
)
from stack.cli.safekeeping.making import Say
from stack.cli.safekeeping.places import Place, current_place, place_file, working_on
from stack.cli.safekeeping.proving import prove_artifacts, prove_audit_log, prove_signature, prove_vault
from stack.cli.safekeeping.putting import DATABASE, prepare_folder, remove_folder, require_alone, take_place
from stack.cli.safekeeping.tables import list_tables
from stack.cli.safekeeping.unfit import Fitting
from stack.cli.safekeeping.unpacking import Unpacking, discard_artifacts
from stack.cli.supervision.lock import ServeLock
from stack.core.acts import Act, record_act
from stack.core.errors import Conflict, StackError, Unavailable
from stack.vault.errors import VaultLocked

if TYPE_CHECKING:
    from stack.cli.safekeeping.engines.schemas import Staging


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """`replace` allows an installation to be overwritten; the other two say what may be amiss."""

    keys_path: Path | None = None
    replace: bool = False
    accept_broken_log: bool = False
    replace_nul: bool = False


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """`created_at` is the moment of the backup; `broken` are artifacts that do not open.

    `index` is the number of documents in the search index, None where it could not be built now.
    """

    place: str
    created_at: int
    rows: int
    objects: int
    artifacts: int
    audit_entries: int
    vault_keys: int
    seconds: float
    replaced: dict[str, int]
    index: int | None = None
    broken: tuple[str, ...] = ()


def restore(path: Path, options: RestoreOptions, *, say: Say) -> RestoreReport:
    """Makes the installation that the settings name into the one of the archive, or leaves it as it was.

    `BadInput` for an archive that is not what it says, `Conflict` where something is in the way.
    """
    from django.conf import settings

    begun = monotonic()
    archive = check_archive(path)
    say(f"{path} is whole")
    list_tables(archive.manifest.applied)  # refuses an archive of a newer Stack before anything is touched
    data = Path(settings.DATA)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(alone_in(data))
        attempt = _Attempt(archive, options, data=data, place=current_place(), say=say)
        attempt.check_target()
        stack.callback(attempt.clean)
        report = attempt.run()
    return dataclasses.replace(report, seconds=round(monotonic() - begun, 2))


@contextmanager
def alone_in(data: Path) -> Iterator[None]:
    """Nothing serves the data folder while it is held."""
    lock = ServeLock(data)
    try:
        yield
    finally:
        lock.release()


class _Attempt:
    """One restore, from the checks to the change of places."""

    def __init__(
        self, archive: CheckedArchive, options: RestoreOptions, *, data: Path, place: Place, say: Say
    ) -> None:
        self._archive = archive
        self._manifest = archive.manifest
        self._options = options
        self._data = data
        self._place = place
        self._say = say
        self._staging: Staging | None = None
        self._unpacking = Unpacking(archive, data)
        self._is_placed = False

    def check_target(self) -> None:
        require_alone(self._place)
        found = find_rows(self._place)
        if found and not self._options.replace:
            raise Conflict(
                f"{self._place.title} holds an installation already ({found} has rows)",
                remedy="--replace puts the backup in its place. Take a backup of what is there first.",
            )
        if not self._place.is_sqlite:
            from stack.cli.safekeeping.engines.schemas import Staging

            self._staging = Staging(self._place)
            if found and (others := self._staging.count_others()):
                self._staging.close()
                raise Conflict(
                    f"{others} other connections use {self._place.title}",
                    remedy="Stop Stack's web, runner, worker and beat processes first.",
                )

    def run(self) -> RestoreReport:
        folder = prepare_folder(self._data)
        self._unpacking = Unpacking(self._archive, folder)
        self._place_keys(folder)
        target = self._prepare_database(folder)
        with explaining_faults(target), working_on(target):
            apply_migrations(self._manifest.applied)
            tables = [record.table for record in self._manifest.tables]
            fitting = None if target.is_sqlite else Fitting(may_replace=self._options.replace_nul)
            self._say(f"loading {self._manifest.rows:,} rows")
            digests = load_rows(
                target,
                tables,
                pieces=self._unpacking.iterate_rows(),
                sequences=self._manifest.sequences,
                fitting=fitting,
            )
            self._say("reading them back")
            compare_rows(target, tables, digests)
            # What proves it knows the tables of today.
            finish_migrations()
            report = self._prove(folder, fitting)
        if target.is_sqlite:
            _settle_file(target.path)
        take_place(self._data, self._place, self._staging)
        self._is_placed = True
        self._record(report)
        self._say("building the search index")
        return dataclasses.replace(report, index=_build_index())

    def clean(self) -> None:
        """Nothing is left of an attempt that failed, but what it found."""
        if self._staging is not None:
            self._staging.close()
        if not self._is_placed:
            discard_artifacts(self._unpacking.kept)
            remove_folder(self._data)

    def _prepare_database(self, folder: Path) -> Place:
        if self._staging is not None:
            return self._staging.place
        path = folder / DATABASE
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        return place_file(path, like=self._place.settings)

    def _place_keys(self, folder: Path) -> None:
        """Makes the key that the backup needs known here, or says which one is missing."""
        from django.conf import settings

        from stack.vault.key_sources import list_keys
        from stack.vault.local_keys import parse_keys, write_key_file

        wanted, keys = self._manifest.key_encryption_id, self._find_keys()
        own = settings.VAULT
        if keys is not None and own.own_file is not None and own.uses_own_file and keys.vault:
            given = parse_keys(" ".join(keys.vault), setting="the file of keys")
            write_key_file(folder / "vault.key", [key.key for key in given])
            settings.VAULT = dataclasses.replace(own, own_file=folder / "vault.key")
        if wanted and wanted not in {key.key_id for key in list_keys(settings.VAULT)}:
            raise VaultLocked(
                f"The vault of this backup is under the key {wanted}, which is not at hand",
                remedy=f"It came from {self._manifest.key_source}. Give the file that “stack backup --keys” "
                "wrote as --keys, put vault.key into the data folder, or set STACK_VAULT_KEY_FILE.",
            )
        is_set = os.environ.get("STACK_SECRET_KEY") or os.environ.get("STACK_SECRET_KEY_FILE")
        if keys is not None and keys.secret and not is_set:
            draft = folder / "secret.key"
            descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(keys.secret + "\n")

    def _find_keys(self) -> Keys | None:
        if self._options.keys_path is not None:
            return read_keys(self._options.keys_path)
        if self._archive.keys is not None:
            return decode_keys(self._archive.keys, place=f"{self._archive.path}, keys.json")
        return None

    def _prove(self, folder: Path, fitting: Fitting | None) -> RestoreReport:
        keys = prove_vault()
        prove_signature(self._archive)
        checkpoints = folder / CHECKPOINT_FILE
        entries = prove_audit_log(checkpoints, accept_broken=self._options.accept_broken_log)
        artifacts = [file.name for file in self._manifest.files if file.kind == ARTIFACT]
        return RestoreReport(
            place=self._place.title,
            created_at=self._manifest.created_at,
            rows=self._manifest.rows,
            objects=self._manifest.count_rows("store_object"),
            artifacts=len(artifacts),
            audit_entries=entries,
            vault_keys=keys,
            seconds=0.0,
            replaced=fitting.replaced if fitting is not None else {},
            broken=tuple(prove_artifacts()),
        )

    def _record(self, report: RestoreReport) -> None:
        """In the log of the restored installation, which begins to differ from the backup here."""
        from django.db import transaction

        from stack.accounts.queries import local_principal
        from stack.vault.ring import forget_keys

        forget_keys()
        said = {"created_at": report.created_at, "rows": report.rows, "version": self._manifest.version}
        with suppress(Unavailable), transaction.atomic():
            record_act(
                Act(
                    "backup.restore",
                    local_principal(),
                    object_kind="backup",
                    object_id=self._archive.path.name,
                    after=said,
                    is_security=True,
                )
            )


def _build_index() -> int | None:
    from stack.search.operations import rebuild

    try:
        return rebuild()
    except (StackError, OSError):
        return None


def _settle_file(path: Path) -> None:
    """One whole file, on the disk."""
    leave_alone(path)
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
