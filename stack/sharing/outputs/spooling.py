"""A file that is whole before any of it leaves: kept in memory while it is small, else sealed on the disk.

What stands on the disk has no name, and is encrypted under a key that is nowhere but in this process.
"""

import secrets
import tempfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import IO, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_IN_MEMORY = 8 * 1024 * 1024
_LENGTH_BYTES = 4


class Spool:
    """`size` in bytes and `digest` (SHA-256) of what was written into it. It is read once, then closed."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.size = 0
        self._parts: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._cipher = AESGCM(secrets.token_bytes(32))
        self._count = 0
        digest = sha256()
        try:
            for piece in pieces:
                digest.update(piece)
                self.size += len(piece)
                self._parts.append(piece)
                if self.size > _IN_MEMORY:
                    self._move_to_disk()
        except BaseException:
            self.close()
            raise
        self.digest = digest.hexdigest()

    def _move_to_disk(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        for part in self._parts:
            sealed = self._cipher.encrypt(self._name_part(self._count), part, None)
            self._file.write(len(sealed).to_bytes(_LENGTH_BYTES) + sealed)
            self._count += 1
        self._parts.clear()

    @staticmethod
    def _name_part(number: int) -> bytes:
        return number.to_bytes(12)

    def read(self) -> Iterator[bytes]:
        """The pieces, as they were written."""
        try:
            if self._file is not None:
                self._file.seek(0)
                for number in range(self._count):
                    length = int.from_bytes(self._file.read(_LENGTH_BYTES))
                    yield self._cipher.decrypt(self._name_part(number), self._file.read(length), None)
            yield from self._parts
        finally:
            self.close()

    def close(self) -> None:
        """Nothing of it stays."""
        self._parts = []
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
