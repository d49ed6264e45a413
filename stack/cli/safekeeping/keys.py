"""The keys of an installation, apart from its data: a JSON file that its owner alone may read."""

import os
from pathlib import Path
from typing import Final

import msgspec

from stack.cli.safekeeping.archive import sync_folder
from stack.core.errors import BadInput, Conflict, Unavailable

_FORMAT: Final = "stack-keys-1"


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """`vault` are key-encryption keys as `vault.key` holds them; none where a service (`kms`) has the key."""

    format: str = _FORMAT
    key_encryption_id: str = ""
    vault: list[str] = []
    kms: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        return f"Keys({self.key_encryption_id})"


def gather_keys(key_encryption_id: str) -> Keys:
    """The keys at hand, wherever the settings have them from."""
    from django.conf import settings

    from stack.vault.key_sources import VaultSettings

    own: VaultSettings = settings.VAULT
    texts = [place.text or _read(place.path) for place in (own.current, own.new) if place is not None]
    if own.uses_own_file and own.own_file is not None and own.own_file.exists():
        texts.append(_read(own.own_file))
    kms = f"{own.service.kind}:{own.service.address}" if own.service is not None else ""
    return Keys(
        key_encryption_id=key_encryption_id,
        vault=[word for text in texts for word in text.split()],
        kms=kms,
        secret=settings.SECRET_KEY,
    )


def _read(path: Path | None) -> str:
    return "" if path is None else path.read_text(encoding="ascii")


def write_keys(path: Path, keys: Keys) -> None:
    """Makes the file whole or not at all, and never over another."""
    draft = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(encode_keys(keys))
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        raise Conflict(f"{path} is there already", remedy="It may hold keys: choose another name.") from None
    except OSError as error:
        raise Unavailable(f"{path}: the keys cannot be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def encode_keys(keys: Keys) -> bytes:
    return msgspec.json.format(msgspec.json.encode(keys), indent=1) + b"\n"


def read_keys(path: Path) -> Keys:
    try:
        return decode_keys(path.read_bytes(), place=str(path))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}", remedy="Check the path.") from None


def decode_keys(content: bytes, *, place: str) -> Keys:
    try:
        keys = msgspec.json.decode(content, type=Keys)
    except (msgspec.DecodeError, msgspec.ValidationError):
        # What a decoder says may quote what it has read.
        raise BadInput(
            f"{place}: this is no file of keys", remedy="“stack backup --keys” writes it."
        ) from None
    if keys.format != _FORMAT:
        raise BadInput(f"{place}: the format is {keys.format!r}, and {_FORMAT!r} is known here")
    return keys
