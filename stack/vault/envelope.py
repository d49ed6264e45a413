"""AES-256-GCM with a random 96-bit nonce and associated data, and the text form of what it makes. Pure.

NIST SP 800-38D, 8.3: with random nonces, a key may be used at most 2^32 times.
"""

import base64
import binascii
import os

from stack.vault.errors import VaultError

_NONCE_BYTES = 12
_TAG_BYTES = 16
KEY_BYTES = 32


def bind(*parts: str) -> bytes:
    """The parts as associated data, each with its length, so that no two lists of parts look the same."""
    encoded = [part.encode("utf-8") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def encrypt(key: bytes, plaintext: bytes, context: bytes) -> str:
    """`<nonce>.<ciphertext>`, both in URL-safe Base64 without padding."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    return f"{encode(nonce)}.{encode(AESGCM(key).encrypt(nonce, plaintext, context))}"


def decrypt(key: bytes, text: str, context: bytes) -> bytes:
    """What `encrypt` was given; `VaultError` for another key, another context or any other text."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce_text, _, sealed_text = text.partition(".")
    nonce, sealed = decode(nonce_text), decode(sealed_text)
    if len(nonce) != _NONCE_BYTES or len(sealed) < _TAG_BYTES:
        raise VaultError("A sealed value is cut or is none")
    try:
        return AESGCM(key).decrypt(nonce, sealed, context)
    except InvalidTag:
        raise VaultError("A sealed value was altered, or belongs to another key or place") from None


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The one text of these bytes: other spellings of the same Base64 are refused."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise VaultError("A sealed value is cut or is none") from None
    if encode(data) != text:
        raise VaultError("A sealed value is cut or is none")
    return data
