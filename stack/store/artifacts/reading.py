"""A sealed file as a file that can be read and sought: only what was authenticated is given out."""

import io
from typing import TYPE_CHECKING

from stack.store.artifacts.base import ArtifactStorage
from stack.store.artifacts.sealing import SealedLayout, make_cipher, open_chunk
from stack.vault.errors import VaultError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class SealedReader(io.RawIOBase):
    """Holds a run of chunks at a time: one where it was sought to, several once it is read onwards."""

    def __init__(self, storage: ArtifactStorage, name: str, key: bytes, layout: SealedLayout) -> None:
        self._storage = storage
        self._name = name
        self._cipher = make_cipher(key)
        self._layout = layout
        self._ahead = max(1, storage.read_ahead // layout.chunk_bytes)
        self._position = 0
        self._first = 0
        self._held: list[bytes] = []

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._layout.size}[whence]
        if start + offset < 0:
            raise ValueError("cannot seek to before the start")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fills what the chunk at hand can fill. Raises `VaultError` and `Unavailable`."""
        if self._position >= self._layout.size:
            self._prove_end()
            return 0
        index, offset = divmod(self._position, self._layout.chunk_bytes)
        with memoryview(buffer).cast("B") as target, memoryview(self._load(index)) as chunk:
            count = min(len(target), len(chunk) - offset)
            target[:count] = chunk[offset : offset + count]
        self._position += count
        return count

    def _prove_end(self) -> None:
        """An empty file has one chunk too, and it says that nothing was cut."""
        if self._layout.size == 0 and not self._held:
            self._load(0)

    def _load(self, index: int) -> bytes:
        if not 0 <= index - self._first < len(self._held):
            is_next = bool(self._held) and index == self._first + len(self._held)
            wanted = min(self._ahead if is_next else 1, self._layout.chunks - index)
            self._held = self._fetch(index, wanted)
            self._first = index
        return self._held[index - self._first]

    def _fetch(self, first: int, count: int) -> list[bytes]:
        """One request for a run of chunks."""
        spans = [self._layout.locate(index) for index in range(first, first + count)]
        start = spans[0][0]
        end = spans[-1][0] + spans[-1][1]
        data = self._storage.read(self._name, start, end - start)
        if len(data) != end - start:
            raise VaultError("A stored file is cut")
        with memoryview(data) as sealed:
            return [
                open_chunk(self._cipher, self._layout, first + number, sealed[at - start : at - start + size])
                for number, (at, size) in enumerate(spans)
            ]
