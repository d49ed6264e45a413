"""Changes keys while everything runs: the data key under the sealed values, or the key around the data keys.

A rotation that was killed is completed by the next one.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stack.core.acts import Act, Actor, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict
from stack.vault.base import KeyEncryption
from stack.vault.errors import VaultError, VaultLocked
from stack.vault.key_sources import open_service, read_place
from stack.vault.local_keys import LocalKey, make_key, read_key_file, write_key_file
from stack.vault.models import DataKey, KeyState, Purpose, VaultMark
from stack.vault.operations import find_key_id, open_sealed, seal
from stack.vault.registry import SealedColumn, SealedValue, iterate_batches, list_sealed
from stack.vault.ring import (
    add_key,
    check_mark,
    create_ring,
    in_vault_transaction,
    vault_settings,
    wrapping_context,
    write_mark,
)

# A pass finds what was written under the old key while the one before ran; each has less to do.
_MOST_PASSES = 5


@dataclass(frozen=True, slots=True)
class DataRotation:
    """`failed` names, as table, field and row, the values that do not open; their keys stay in use."""

    data_key: str
    resealed: int
    retired: tuple[str, ...]
    failed: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """`rewrapped` data keys went from one key-encryption key to the other; `todo` is what people must set."""

    before: str
    after: str
    rewrapped: int
    todo: str


def rotate_data_key(actor: Actor) -> DataRotation:
    """A new data key from now on, all registered values sealed anew under it, and the old keys retired."""
    create_ring()
    with in_vault_transaction():
        wrapping = check_mark(_lock_mark())
        seals = DataKey.objects.filter(purpose=Purpose.SEAL)
        seals.filter(state=KeyState.ACTIVE).update(state=KeyState.OPENS)
        new = add_key(Purpose.SEAL, wrapping)
        _record(actor, new, {"data_key": new})
    resealed, failed = _reseal_everything(new)
    with in_vault_transaction():
        retired = _retire(actor, new)
    return DataRotation(new, resealed, retired, tuple(failed))


def _lock_mark() -> VaultMark:
    return VaultMark.objects.select_for_update().get(pk=1)


def _reseal_everything(new: str) -> tuple[int, list[tuple[str, str, str]]]:
    total = 0
    failed: list[tuple[str, str, str]] = []
    for _ in range(_MOST_PASSES):
        moved, failed = 0, []
        for column in list_sealed():
            for batch in iterate_batches(column):
                moved += _reseal_batch(column, batch, new, failed)
        total += moved
        if not moved:
            break
    return total, failed


def _reseal_batch(
    column: SealedColumn, batch: Sequence[SealedValue], new: str, failed: list[tuple[str, str, str]]
) -> int:
    """How many values were replaced; one that somebody else has changed meanwhile keeps their value."""
    old = [value for value in batch if not value.sealed.startswith(f"v1.{new}.")]
    if not old:
        return 0
    moved = 0
    with in_vault_transaction():
        for value in old:
            try:
                plaintext = open_sealed(value.sealed, table=column.table, row=value.row, field=column.field)
            except VaultError:
                failed.append((column.table, column.field, value.row))
                continue
            sealed = seal(plaintext, table=column.table, row=value.row, field=column.field)
            moved += column.write(value.row, value.sealed, sealed)
    return moved


def _retire(actor: Actor, new: str) -> tuple[str, ...]:
    used = {key for column in list_sealed() for batch in iterate_batches(column) for key in _key_ids(batch)}
    idle = DataKey.objects.filter(purpose=Purpose.SEAL, state=KeyState.OPENS).exclude(pk__in=used)
    retired = tuple(sorted(idle.values_list("pk", flat=True)))
    if retired:
        idle.update(state=KeyState.RETIRED, retired_at=now_us())
        _record(actor, new, {"retired": list(retired)})
    return retired


def _key_ids(batch: Sequence[SealedValue]) -> Iterator[str]:
    for value in batch:
        try:
            yield find_key_id(value.sealed)
        except VaultError:
            continue  # what is no sealed value keeps no key in use; the rotation has named it as failed


def rotate_key_encryption(actor: Actor) -> KeyRotation:
    """All data keys under the next key-encryption key; what is sealed under them stays as it is.

    The next key is `STACK_VAULT_NEW_KEY[_FILE]`, else the key-management service, else a new key for the file
    that Stack keeps itself. BadInput when there is none of these.
    """
    create_ring()
    settings = vault_settings()
    if settings.own_file is None or settings.new is not None or not settings.uses_own_file:
        return _rewrap(actor, _choose_next())
    with _alone(settings.own_file):
        return _replace_own_key(actor, settings.own_file)


def _choose_next() -> KeyEncryption:
    settings = vault_settings()
    if settings.new is None and settings.service is not None:
        return open_service(settings.service)
    if settings.new is None:
        raise BadInput(
            "There is no new key to rotate to",
            remedy="Set STACK_VAULT_NEW_KEY or STACK_VAULT_NEW_KEY_FILE, also for the running processes.",
        )
    keys = read_place(settings.new, is_strict=settings.is_strict)
    if len(keys) != 1:
        raise BadInput(f"{settings.new.setting} holds {len(keys)} keys", remedy="Put one key there.")
    if keys[0].key_id == VaultMark.objects.get(pk=1).key_encryption_id:
        raise BadInput(f"{settings.new.setting} holds the key in use", remedy="Put a new random key there.")
    return keys[0]


def _replace_own_key(actor: Actor, path: Path) -> KeyRotation:
    """Between the two writes, the file holds both keys, so that whoever reads it finds the one in use."""
    current = VaultMark.objects.get(pk=1).key_encryption_id
    kept = [key for key in read_key_file(path, setting="vault.key", is_strict=False) if key.key_id == current]
    if not kept:
        raise VaultLocked(f"{path} does not hold the key in use, {current}", remedy="Put that key back.")
    new = LocalKey(make_key(), f"vault.key ({path})")
    write_key_file(path, [kept[0].key, new.key])
    rotation = _rewrap(actor, new)
    write_key_file(path, [new.key])
    return rotation


def _rewrap(actor: Actor, new: KeyEncryption) -> KeyRotation:
    with in_vault_transaction():
        mark = _lock_mark()
        old = check_mark(mark)
        rows = list(DataKey.objects.select_for_update().order_by("pk"))
        for row in rows:
            if row.key_encryption_id != mark.key_encryption_id:
                raise Conflict(f"Data key {row.pk} is not under the key in use", remedy="“stack keys status”")
            plain = old.unwrap(row.wrapped, context=wrapping_context(row))
            row.wrapped = new.wrap(plain, context=wrapping_context(row))
            row.key_encryption_id = new.key_id
        DataKey.objects.bulk_update(rows, ["wrapped", "key_encryption_id"])
        write_mark(new)
        _record(actor, new.key_id, {"key_encryption_key": new.key_id}, before=old.key_id)
    return KeyRotation(old.key_id, new.key_id, len(rows), _say_what_to_set(new))


def _say_what_to_set(new: KeyEncryption) -> str:
    settings = vault_settings()
    if settings.new is not None:
        is_file = settings.new.path is not None
        name = "STACK_VAULT_KEY_FILE" if is_file else "STACK_VAULT_KEY"
        return (
            f"Set {name} to what {settings.new.setting} holds, unset {settings.new.setting}, restart, and "
            "destroy the old key; copies of the database from before need it still."
        )
    if settings.service is not None:
        return f"Data keys are wrapped by {new.key_id} now; a former STACK_VAULT_KEY is not needed any more."
    return f"Copy {settings.own_file} to your backup again: the former key opens nothing any more."


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One rotation at a time for the key file: two would each write a file without the other's key."""
    descriptor = os.open(path.with_name("vault.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _record(actor: Actor, object_id: str, after: dict[str, object], *, before: str = "") -> None:
    record_act(
        Act(
            name="vault.rotate",
            actor=actor,
            object_kind="vault-key",
            object_id=object_id,
            before={"key_encryption_key": before} if before else {},
            after=after,
            is_security=True,
        )
    )
