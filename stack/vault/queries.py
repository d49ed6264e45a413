"""What the vault has and in what state; nothing of it is secret."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from stack.core.errors import StackError
from stack.vault.errors import VaultError
from stack.vault.key_sources import find_exposed_files
from stack.vault.models import DataKey, KeyState, Purpose
from stack.vault.operations import find_key_id
from stack.vault.registry import SealedColumn, iterate_batches, list_sealed
from stack.vault.ring import check_mark, read_mark, vault_settings
from stack.vault.signatures import find_public_key


@dataclass(frozen=True, slots=True)
class DataKeyRow:
    """`state` is active, opens or retired; times are microseconds UTC; `values` counts what is under it."""

    id: str
    purpose: str
    state: str
    key_encryption_id: str
    created_at: int
    retired_at: int | None
    values: int


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A registered column: how many values it holds, and how many of them are not under the active key."""

    table: str
    field: str
    values: int
    outdated: int


@dataclass(frozen=True, slots=True)
class VaultLock:
    """Whether the vault opens. `problem` and `remedy` say why not, `warning` what is unwise about its key;
    `source` is where the key comes from."""

    is_open: bool
    key_encryption_id: str = ""
    source: str = ""
    problem: str = ""
    warning: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class VaultStatus:
    lock: VaultLock
    keys: tuple[DataKeyRow, ...]
    columns: tuple[ColumnRow, ...]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """For whoever checks a signature without the vault: the key of its `key_id`, as PEM."""

    key_id: str
    pem: str


def read_status() -> VaultStatus:
    """Reads every registered column; works on a locked vault too."""
    counts = {(column.table, column.field): Counter(_key_ids(column)) for column in list_sealed()}
    under: Counter[str] = sum(counts.values(), Counter())
    keys = tuple(_describe_key(row, under[row.pk]) for row in DataKey.objects.order_by("created_at", "pk"))
    active = {key.id for key in keys if key.purpose == Purpose.SEAL and key.state == KeyState.ACTIVE}
    columns = tuple(
        ColumnRow(table, field, found.total(), sum(n for key, n in found.items() if key not in active))
        for (table, field), found in sorted(counts.items())
    )
    return VaultStatus(read_lock(), keys, columns)


def read_lock() -> VaultLock:
    """Tries the key; costs no look at any sealed value."""
    mark = read_mark()
    if mark is None:
        return VaultLock(False, problem="The vault is not made yet", remedy="“stack init” makes it.")
    try:
        wrapping = check_mark(mark)
    except StackError as error:
        return VaultLock(False, mark.key_encryption_id, problem=error.detail, remedy=error.remedy)
    exposed = find_exposed_files(vault_settings())
    return VaultLock(
        True,
        mark.key_encryption_id,
        wrapping.setting,
        warning=f"others may read the key file {exposed[0]}" if exposed else "",
        remedy=f"chmod 600 {exposed[0]}" if exposed else "",
    )


def _key_ids(column: SealedColumn) -> Iterator[str]:
    for batch in iterate_batches(column):
        for value in batch:
            try:
                yield find_key_id(value.sealed)
            except VaultError:
                yield ""


def _describe_key(row: DataKey, values: int) -> DataKeyRow:
    return DataKeyRow(
        row.pk, row.purpose, row.state, row.key_encryption_id, row.created_at, row.retired_at, values
    )


def list_public_keys(purpose: str) -> list[PublicKey]:
    """Every key that has signed for this purpose, oldest first."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    rows = DataKey.objects.filter(purpose=Purpose.SIGN).order_by("created_at")
    keys = [(row.pk, find_public_key(row.pk, purpose)) for row in rows]
    return [
        PublicKey(key_id, key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii"))
        for key_id, key in keys
        if key is not None
    ]
