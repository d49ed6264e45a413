"""Seals, opens, hashes and signs; `rotation.py` changes the keys.

`table`, `row` and `field` say where the sealed text will stand: it opens there and nowhere else.
"""

import hmac
from hashlib import sha256

from stack.vault.envelope import bind, decrypt, encrypt
from stack.vault.errors import VaultError
from stack.vault.local_keys import create_key_file, make_key
from stack.vault.models import Purpose
from stack.vault.ring import (
    check_mark,
    create_ring,
    find_active_key,
    open_key,
    read_mark,
    refuse_second_ring,
    require_key_encryption,
    vault_settings,
)
from stack.vault.signatures import Signature, derive_signer, find_public_key

_VERSION = "v1"


def seal(plaintext: bytes, *, table: str, row: str, field: str) -> str:
    """`v1.<data key>.<nonce>.<ciphertext>`. A row that has no id yet must be given one first."""
    key_id, key = find_active_key(Purpose.SEAL)
    return f"{_VERSION}.{key_id}.{encrypt(key, plaintext, _place(key_id, table, row, field))}"


def open_sealed(sealed: str, *, table: str, row: str, field: str) -> bytes:
    """What was sealed for this place. `VaultError` for anything else, `VaultLocked` without the key."""
    version, key_id, rest = _split(sealed)
    if version != _VERSION:
        raise VaultError("A sealed value is of no version that is known here")
    return decrypt(open_key(key_id), rest, _place(key_id, table, row, field))


def find_key_id(sealed: str) -> str:
    """Under which data key a text is sealed; it says nothing about whether it opens."""
    return _split(sealed)[1]


def _split(sealed: str) -> tuple[str, str, str]:
    parts = sealed.split(".", 2)
    if len(parts) != 3:
        raise VaultError("A sealed value is cut or is none")
    return parts[0], parts[1], parts[2]


def _place(key_id: str, table: str, row: str, field: str) -> bytes:
    return bind(f"stack.vault.{_VERSION}", key_id, table, row, field)


def keyed_hash(text: str, *, purpose: str) -> str:
    """HMAC-SHA256 as 64 hexadecimal digits: the same text gives the same hash, for this purpose only.

    It survives every rotation, and nobody without the vault can try texts against it. Costs one query.
    """
    _, root = find_active_key(Purpose.HASH)
    key = hmac.digest(root, bind("stack.vault.hash.v1", purpose), sha256)
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), sha256).hex()


def sign(data: bytes, *, purpose: str) -> Signature:
    """Ed25519 (RFC 8032) over exactly these bytes, by the key of this purpose."""
    key_id, root = find_active_key(Purpose.SIGN)
    return Signature(key_id, derive_signer(root, purpose).sign(data))


def verify(data: bytes, signature: Signature, *, purpose: str) -> bool:
    """Whether this vault signed these bytes for this purpose."""
    from cryptography.exceptions import InvalidSignature

    public = find_public_key(signature.key_id, purpose)
    if public is None:
        return False
    try:
        public.verify(signature.value, data)
    except InvalidSignature:
        return False
    return True


def prepare_vault() -> list[str]:
    """Makes what a new vault needs and says what it was: its key file where no key is set, and its keys.

    An existing vault costs a comparison of key ids: `VaultLocked` where its key is missing or another one.
    """
    mark = read_mark()
    if mark is not None:
        require_key_encryption(mark.key_encryption_id)
        return []
    refuse_second_ring()
    own = vault_settings()
    made = []
    if own.own_file is not None and own.uses_own_file and create_key_file(own.own_file, make_key()):
        made.append(f"vault key {own.own_file}")
    if create_ring():
        made.append("vault")
    return made


def unlock_vault() -> bool:
    """Proves that the right key-encryption key is at hand; `VaultLocked` when it is not.

    A vault that is new is made first: True then.
    """
    created = create_ring()
    if mark := read_mark():
        check_mark(mark)
    return created
