"""Ed25519 signatures: their text, and the keys of each purpose, derived from the vault's signing root."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stack.vault.envelope import KEY_BYTES, bind, decode, encode
from stack.vault.errors import VaultError
from stack.vault.models import DataKey, Purpose
from stack.vault.ring import open_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ALGORITHM = "ed25519"
_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, and the 64 bytes; `str` gives `ed25519.<key>.<value>`, which `parse_signature` reads."""

    key_id: str
    value: bytes

    def __str__(self) -> str:
        return f"{_ALGORITHM}.{self.key_id}.{encode(self.value)}"


def parse_signature(text: str) -> Signature:
    algorithm, _, rest = text.partition(".")
    key_id, _, value = rest.partition(".")
    decoded = decode(value)
    if algorithm != _ALGORITHM or not key_id or len(decoded) != _SIGNATURE_BYTES:
        raise VaultError(f"This is no signature: expected {_ALGORITHM}.<key>.<64 bytes in Base64>")
    return Signature(key_id, decoded)


def derive_signer(root: bytes, purpose: str) -> "Ed25519PrivateKey":
    """A key for each purpose, so that what was signed for one is worth nothing for another."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

    seed = HKDFExpand(SHA256(), KEY_BYTES, bind("stack.vault.sign.v1", purpose)).derive(root)
    return Ed25519PrivateKey.from_private_bytes(seed)


def find_public_key(key_id: str, purpose: str) -> "Ed25519PublicKey | None":
    if not DataKey.objects.filter(pk=key_id, purpose=Purpose.SIGN).exists():
        return None
    return derive_signer(open_key(key_id), purpose).public_key()
