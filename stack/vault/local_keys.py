"""Key-encryption keys that this machine holds: their texts, and the files that keep them."""

import base64
import binascii
import logging
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from stack.core.secret_files import is_exposed
from stack.vault.envelope import KEY_BYTES, decrypt, encrypt
from stack.vault.errors import VaultLocked

_log = logging.getLogger(__name__)
_EXPECTED = (
    "expected 32 random bytes as Base64 or as 64 hexadecimal digits, as “openssl rand -base64 32” makes"
)
# Random keys hold about thirty distinct bytes, never fewer than twelve: such a key was typed or is a default.
_FEWEST_DISTINCT_BYTES = 12


@dataclass(frozen=True, slots=True)
class LocalKey:
    """A key-encryption key in memory; `setting` says where it came from."""

    key: bytes = field(repr=False)
    setting: str

    @property
    def key_id(self) -> str:
        return "local-" + sha256(b"stack vault key id v1\0" + self.key).hexdigest()[:16]

    def wrap(self, key: bytes, *, context: bytes) -> str:
        return encrypt(self.key, key, context)

    def unwrap(self, wrapped: str, *, context: bytes) -> bytes:
        return decrypt(self.key, wrapped, context)


def parse_keys(text: str, *, setting: str) -> list[LocalKey]:
    """The keys of a text, which blanks or line breaks separate: during a rotation there are two."""
    return [LocalKey(_parse_key(word, setting), setting) for word in text.split()]


def _parse_key(word: str, setting: str) -> bytes:
    try:
        key = (
            bytes.fromhex(word)
            if len(word) == 2 * KEY_BYTES
            else base64.b64decode(_to_standard(word), validate=True)
        )
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise VaultLocked(f"{setting}: {_EXPECTED}", remedy="Correct it, and start again.")
    if len(set(key)) < _FEWEST_DISTINCT_BYTES:
        raise VaultLocked(f"{setting}: this is no random key; {_EXPECTED}", remedy="Put a random key there.")
    return key


def _to_standard(word: str) -> str:
    return word.replace("-", "+").replace("_", "/") + "=" * (-len(word) % 4)


def read_key_file(path: Path, *, setting: str, is_strict: bool) -> list[LocalKey]:
    """The keys of the file. Strict refuses one that others may read; otherwise that is a warning."""
    try:
        with path.open(encoding="ascii") as file:
            status = os.fstat(file.fileno())
            text = file.read(4096)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise VaultLocked(
            f"{setting}: cannot read the key file {path}: {reason}",
            remedy="Put the key file back from where you keep a copy of it; a new key would open nothing.",
        ) from None
    if is_exposed(status):
        mode = stat.S_IMODE(status.st_mode)
        if is_strict:
            raise VaultLocked(
                f"{setting}: others may read the key file {path} (mode {mode:04o})",
                remedy=f"chmod 600 {path}",
            )
        _log.warning("others may read the vault's key file %s (mode %04o)", path, mode)
    keys = parse_keys(text, setting=f"{setting} ({path})")
    if not keys:
        raise VaultLocked(f"{setting}: the key file {path} is empty", remedy=f"{_EXPECTED.capitalize()}.")
    return keys


def make_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def write_key_file(path: Path, keys: Sequence[bytes]) -> None:
    """Makes or replaces the file in one step, for its owner only; it is on the disk when this returns."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    _write_new(draft, keys)
    draft.rename(path)
    _sync_folder(path.parent)


def create_key_file(path: Path, key: bytes) -> bool:
    """Makes the file whole, or not at all; False when something is there already, which is left alone."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    _write_new(draft, [key])
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    _sync_folder(path.parent)
    return True


def _write_new(path: Path, keys: Sequence[bytes]) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.writelines(base64.b64encode(key).decode("ascii") + "\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
