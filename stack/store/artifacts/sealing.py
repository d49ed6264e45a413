"""The form of a sealed file: a header, then chunks that cannot be altered, cut, swapped or moved. Pure.

This is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, CRYPTO 2015, https://eprint.iacr.org/2015/189) over AES-256-GCM: a chunk's nonce is its
number, and whether it is the last. A file has a key of its own that seals nothing else, so no nonce comes
twice under a key (NIST SP 800-38D, 8.2.1). The header is associated data of every chunk.

    header   "stack artifact", version (2 bytes), bytes of plaintext a chunk (4), the name (16)
    chunk    ciphertext and tag (16); only the last is shorter, and it is empty only in an empty file
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stack.vault.errors import VaultError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK_BYTES = 1_048_576
_MAGIC = b"stack artifact"
_VERSION = 1
HEADER_BYTES = len(_MAGIC) + 2 + 4 + 16
_TAG_BYTES = 16
# What is not authenticated yet must not make a reader ask for more memory than this.
_LARGEST_CHUNK = 16 * 1_048_576


@dataclass(frozen=True, slots=True)
class SealedLayout:
    """Where the chunks of one sealed file are; `size` is that of the plaintext, in bytes."""

    header: bytes = field(repr=False)
    chunk_bytes: int
    size: int

    @property
    def chunks(self) -> int:
        return max(1, -(-self.size // self.chunk_bytes))

    def locate(self, index: int) -> tuple[int, int]:
        """Where the sealed chunk begins, and its length."""
        sealed = self.chunk_bytes + _TAG_BYTES
        left = self.size - index * self.chunk_bytes
        return HEADER_BYTES + index * sealed, min(left, self.chunk_bytes) + _TAG_BYTES


def measure_sealed(size: int, *, chunk_bytes: int = CHUNK_BYTES) -> int:
    """How many bytes a file of that size has when it is sealed."""
    return HEADER_BYTES + size + _TAG_BYTES * max(1, -(-size // chunk_bytes))


def make_cipher(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def seal_pieces(
    key: bytes, name: str, pieces: Iterable[bytes], *, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[bytes]:
    """The sealed file in pieces. `key` (32 bytes) must be new: it may seal this one file only, once."""
    cipher = make_cipher(key)
    header = b"".join(
        (_MAGIC, _VERSION.to_bytes(2, "big"), chunk_bytes.to_bytes(4, "big"), bytes.fromhex(name))
    )
    yield header
    held = bytearray()
    index = 0
    for piece in pieces:
        held += piece
        # One chunk stays back: only at the end is it known which one is the last.
        while len(held) > chunk_bytes:
            yield cipher.encrypt(_nonce(index, is_last=False), bytes(held[:chunk_bytes]), header)
            del held[:chunk_bytes]
            index += 1
    yield cipher.encrypt(_nonce(index, is_last=True), bytes(held), header)


def read_layout(header: bytes, name: str, sealed_size: int) -> SealedLayout:
    """From the first `HEADER_BYTES` and the size of the whole; `VaultError` where they do not fit."""
    magic, version = header[: len(_MAGIC)], header[len(_MAGIC) : len(_MAGIC) + 2]
    chunk_bytes = int.from_bytes(header[-20:-16], "big")
    body = sealed_size - HEADER_BYTES
    if len(header) != HEADER_BYTES or magic != _MAGIC or header[-16:] != bytes.fromhex(name):
        raise VaultError("A stored file is damaged, or stands under the name of another")
    if int.from_bytes(version, "big") != _VERSION or not 0 < chunk_bytes <= _LARGEST_CHUNK:
        raise VaultError("A stored file is of a version that is not known here")
    chunks = max(1, -(-body // (chunk_bytes + _TAG_BYTES)))
    size = body - chunks * _TAG_BYTES
    if size < 0 or measure_sealed(size, chunk_bytes=chunk_bytes) != sealed_size:
        raise VaultError("A stored file is cut")
    return SealedLayout(header, chunk_bytes, size)


def open_chunk(cipher: "AESGCM", layout: SealedLayout, index: int, sealed: bytes | memoryview) -> bytes:
    """The plaintext of one chunk; `VaultError` for anything but that chunk of that file."""
    from cryptography.exceptions import InvalidTag

    nonce = _nonce(index, is_last=index == layout.chunks - 1)
    try:
        return cipher.decrypt(nonce, sealed, layout.header)
    except InvalidTag:
        raise VaultError("A stored file was altered, cut, or belongs to another key") from None


def _nonce(index: int, *, is_last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes((is_last,))
