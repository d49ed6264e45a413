"""The data keys of this process: unwrapped once, found by their id, made when the vault is new.

An id is random and stands for one key for ever, so what is cached is never wrong; an id that is not cached
was made by another process, and is read from the database with the key-encryption keys of that moment.
"""

import secrets

from django.conf import settings
from django.db import IntegrityError, connections, router, transaction
from django.db.transaction import Atomic

from stack.core.clock import now_us
from stack.vault.base import KeyEncryption
from stack.vault.envelope import KEY_BYTES, bind
from stack.vault.errors import VaultError, VaultLocked
from stack.vault.key_sources import VaultSettings, list_keys
from stack.vault.models import DataKey, KeyState, Purpose, VaultMark
from stack.vault.registry import has_sealed_values

_PROOF = b"stack vault"
_PROOF_CONTEXT = bind("stack.vault.mark.v1")
# Written out, because it runs at each use, and the ORM takes several times as long for it.
_FIND_ACTIVE = "SELECT id FROM vault_datakey WHERE purpose = %s AND state = %s"
_cache: dict[str, bytes] = {}


def vault_settings() -> VaultSettings:
    found: VaultSettings = settings.VAULT
    return found


def in_vault_transaction() -> Atomic:
    return transaction.atomic(using=router.db_for_write(DataKey))


def find_active_key(purpose: Purpose) -> tuple[str, bytes]:
    """The id and the bytes of the key that seals, hashes or signs now; asked of the database each time, so
    that a rotation by another process holds at once. The first call of all makes the keys."""
    key_id = _read_active(purpose)
    if key_id is None:
        create_ring()
        key_id = _read_active(purpose)
    if key_id is None:
        raise VaultLocked("The vault has no key to work with", remedy="“stack keys status” says what it has.")
    return key_id, open_key(key_id)


def _read_active(purpose: Purpose) -> str | None:
    with connections[router.db_for_read(DataKey)].cursor() as cursor:
        cursor.execute(_FIND_ACTIVE, [purpose.value, KeyState.ACTIVE.value])
        row = cursor.fetchone()
    return None if row is None else str(row[0])


def open_key(key_id: str) -> bytes:
    """The key of that id in any state; `VaultError` for an id that no key has."""
    cached = _cache.get(key_id)
    if cached is None:
        cached = _cache[key_id] = _unwrap(key_id)
    return cached


def _unwrap(key_id: str) -> bytes:
    row = _read_row(key_id)
    wrapping = find_key_encryption(row.key_encryption_id)
    if wrapping is None:
        # Between the two reads, a rotation may have put the row under the next key.
        row = _read_row(key_id)
        wrapping = require_key_encryption(row.key_encryption_id)
    return wrapping.unwrap(row.wrapped, context=wrapping_context(row))


def _read_row(key_id: str) -> DataKey:
    row = DataKey.objects.filter(pk=key_id).first()
    if row is None:
        raise VaultError("A sealed value names a data key that is not there")
    return row


def find_key_encryption(wanted: str) -> KeyEncryption | None:
    return next((key for key in list_keys(vault_settings()) if key.key_id == wanted), None)


def require_key_encryption(wanted: str) -> KeyEncryption:
    """The key-encryption key of that id; `VaultLocked` says what is at hand instead."""
    keys = list_keys(vault_settings())
    for key in keys:
        if key.key_id == wanted:
            return key
    raise _describe_lock(wanted, keys)


def _describe_lock(wanted: str, keys: list[KeyEncryption]) -> VaultLocked:
    found = ", ".join(f"{key.key_id} from {key.setting}" for key in keys)
    own = vault_settings().own_file
    if not keys and own is not None and vault_settings().uses_own_file:
        return VaultLocked(
            f"The vault's key is missing: {own} is not there, and this database needs {wanted}",
            remedy="Put the file back from your backup, or set STACK_VAULT_KEY or STACK_VAULT_KEY_FILE.",
        )
    return VaultLocked(
        f"The vault's key is another one: this database needs {wanted}, and there is {found or 'none'}",
        remedy="Set STACK_VAULT_KEY or STACK_VAULT_KEY_FILE to the key that this database was made with.",
    )


def wrapping_context(row: DataKey) -> bytes:
    return bind("stack.vault.key.v1", row.pk, row.purpose)


def read_mark() -> VaultMark | None:
    return VaultMark.objects.filter(pk=1).first()


def check_mark(mark: VaultMark) -> KeyEncryption:
    """The key-encryption key in use, proven to be the right one."""
    wrapping = require_key_encryption(mark.key_encryption_id)
    try:
        proven = wrapping.unwrap(mark.proof, context=_PROOF_CONTEXT) == _PROOF
    except VaultError:
        proven = False
    if not proven:
        raise VaultLocked(
            f"The key from {wrapping.setting} does not open this vault",
            remedy="The database was altered, or the key-management service has another key of this name.",
        )
    return wrapping


def write_mark(wrapping: KeyEncryption) -> None:
    """Says that `wrapping` is in use from now on."""
    VaultMark.objects.filter(pk=1).update(
        key_encryption_id=wrapping.key_id, proof=wrapping.wrap(_PROOF, context=_PROOF_CONTEXT)
    )


def create_ring() -> bool:
    """Makes the first keys; False when there are some. Never over sealed values whose keys are gone."""
    if read_mark() is not None:
        return False
    refuse_second_ring()
    wrapping = _choose_first()
    try:
        with in_vault_transaction():
            proof = wrapping.wrap(_PROOF, context=_PROOF_CONTEXT)
            VaultMark.objects.create(key_encryption_id=wrapping.key_id, proof=proof, created_at=now_us())
            for purpose in Purpose:
                add_key(purpose, wrapping)
    except IntegrityError:
        return False  # another process was faster
    return True


def refuse_second_ring() -> None:
    """For a database without a mark: a new ring would hide that the keys of what it holds are lost."""
    if DataKey.objects.exists() or has_sealed_values():
        raise VaultLocked(
            "The vault's keys are gone from the database, and sealed values are still there",
            remedy="Put the tables vault_vaultmark and vault_datakey back from your backup.",
        )


def _choose_first() -> KeyEncryption:
    """The key for a new vault: the one that the settings name, never the one of a rotation."""
    own = vault_settings()
    keys = [key for key in list_keys(own) if not key.setting.startswith("STACK_VAULT_NEW_KEY")]
    if not keys:
        raise VaultLocked(
            "There is no vault key yet",
            remedy="“stack init” makes one, or set STACK_VAULT_KEY or STACK_VAULT_KEY_FILE.",
        )
    return keys[0]


def add_key(purpose: Purpose, wrapping: KeyEncryption) -> str:
    """A new active key of that purpose, whose id is returned; the caller has set the former one aside."""
    row = DataKey(
        id=secrets.token_hex(8), purpose=purpose, key_encryption_id=wrapping.key_id, created_at=now_us()
    )
    row.wrapped = wrapping.wrap(secrets.token_bytes(KEY_BYTES), context=wrapping_context(row))
    row.save(force_insert=True)
    return row.pk


def forget_keys() -> None:
    """Empties this process's cache: the next use unwraps again."""
    _cache.clear()
