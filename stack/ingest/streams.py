"""Bytes in: a file, or what a gzip or zstd file expands to, read in bounded pieces."""

import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from types import TracebackType
from typing import BinaryIO, Protocol, Self

import zstandard

from stack.core.errors import BadInput

_PIECE = 256 * 1024
# What the decoder is handed at once. A kilobyte of the worst zstd expands to 32 MB, of gzip to 1 MB.
_CRUMB = 1024
_EXPANDED_LIMIT = 16 * 1024**3
_RATIO_LIMIT = 250
_RATIO_GRACE = 32 * 1024**2
_BOM = b"\xef\xbb\xbf"


class _Engine(Protocol):
    """What zlib's and zstandard's decompression objects have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


_ENGINES: dict[bytes, tuple[str, Callable[[], _Engine]]] = {
    b"\x1f\x8b": ("gzip", lambda: zlib.decompressobj(wbits=31)),
    b"\x28\xb5\x2f\xfd": (
        "zstd",
        lambda: zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj(),
    ),
}


class ByteStream:
    """The expanded bytes of an input, without a UTF-8 byte order mark.

    `raw_position` counts the bytes of the file read so far, for progress; `offset` is where in the expanded
    input the next `read` begins, for messages.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.raw_position = 0
        self.offset = 0
        self._file = file
        self._expanded = 0
        self._damage: BadInput | None = None
        magic = self._read_raw(4)
        engine = next((found for start, found in _ENGINES.items() if magic.startswith(start)), None)
        self.compression = engine[0] if engine else ""
        self._pieces = self._expand(magic, *engine) if engine else self._read_plain(magic)
        self._ready = b""
        self._taken = 0
        if self.head(3) == _BOM:
            self.read(3)

    def head(self, size: int) -> bytes:
        """The next `size` bytes, or fewer at the end, without taking them."""
        while len(self._ready) - self._taken < size and (piece := self._next_piece()):
            self._ready = self._ready[self._taken :] + piece
            self._taken = 0
        return self._ready[self._taken : self._taken + size]

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer before the end, none at the end.

        Raises `BadInput` for damaged or exploding input, once everything before the damage was read.
        """
        parts: list[bytes] = []
        missing = size
        while True:
            parts.append(self._ready[self._taken : self._taken + missing])
            self._taken += len(parts[-1])
            missing -= len(parts[-1])
            if not missing or not (piece := self._next_piece()):
                break
            self._ready, self._taken = piece, 0
        if missing == size and self._damage is not None:
            raise self._damage
        self.offset += size - missing
        return b"".join(parts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _next_piece(self) -> bytes:
        try:
            return next(self._pieces, b"")
        except BadInput as damage:
            self._damage = damage
            return b""

    def _read_raw(self, size: int) -> bytes:
        data = self._file.read(size)
        self.raw_position += len(data)
        return data

    def _read_plain(self, start: bytes) -> Iterator[bytes]:
        piece = start
        while piece:
            yield piece
            piece = self._read_raw(_PIECE)

    def _expand(self, start: bytes, name: str, make: Callable[[], _Engine]) -> Iterator[bytes]:
        """Expands one compressed member after the other."""
        engine: _Engine | None = make()
        for raw in self._read_plain(start):
            for at in range(0, len(raw), _CRUMB):
                crumb = raw[at : at + _CRUMB]
                while crumb:
                    if engine is None:
                        crumb = crumb.lstrip(b"\0")  # padding after a member is allowed
                        if not crumb:
                            break
                        engine = make()
                    try:
                        expanded = engine.decompress(crumb)
                    except (zlib.error, zstandard.ZstdError) as error:
                        raise BadInput(
                            f"The {name} data is damaged before byte {self.raw_position:,}: {error}",
                            remedy="Fetch or compress the file again.",
                        ) from None
                    crumb = engine.unused_data if engine.eof else b""
                    engine = None if engine.eof else engine
                    self._guard(len(expanded), name)
                    if expanded:
                        yield expanded
        if engine is not None:
            raise BadInput(
                f"The {name} data is cut short: the file ends at byte {self.raw_position:,}, inside the data",
                remedy="Fetch or copy the file again.",
            )

    def _guard(self, size: int, name: str) -> None:
        """Refuses a decompression bomb."""
        self._expanded += size
        if self._expanded > _EXPANDED_LIMIT:
            raise BadInput(f"The {name} data expands to more than {_EXPANDED_LIMIT // 1024**3} GiB")
        if self._expanded > _RATIO_GRACE and self._expanded > _RATIO_LIMIT * self.raw_position:
            raise BadInput(
                f"The {name} data expands more than {_RATIO_LIMIT} times, which real intelligence does not",
                remedy="Expand the file yourself if you trust it.",
            )


def stream_bytes(data: bytes) -> ByteStream:
    return ByteStream(BytesIO(data))
