"""Unpacks one compressed stream, up to a number of bytes, whatever it claims to hold."""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import BinaryIO

_CHUNK = 256 * 1024


class Damaged(Exception):
    """A stream ended or broke early."""


def unpack_stream(data: memoryview, *, kind: str, most: int) -> tuple[bytes, bool]:
    """The first `most` bytes of "gzip", "bzip2", "xz" or "zstd", and whether that is all of it.

    What came before damage is given too; raises `Damaged` where nothing did.
    """
    opened = _OPENERS[kind](io.BytesIO(data))
    output = bytearray()
    try:
        while len(output) <= most:
            chunk = opened.read(min(_CHUNK, most + 1 - len(output)))
            if not chunk:
                return bytes(output), True
            output += chunk
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        if not output:
            raise Damaged(str(error)) from None
        return bytes(output[:most]), False
    return bytes(output[:most]), False


def inflate(data: bytes | memoryview, *, most: int, bits: int = zlib.MAX_WBITS) -> bytes:
    """Zlib as far as it is whole and at most `most` bytes; empty where it is none."""
    machine = zlib.decompressobj(bits)
    try:
        return machine.decompress(data, most)
    except zlib.error:
        return _inflate_bytewise(data, most=most, bits=bits)


def _inflate_bytewise(data: bytes | memoryview, *, most: int, bits: int) -> bytes:
    """Damage at the end of a chunk must not take what came before."""
    machine = zlib.decompressobj(bits)
    output = bytearray()
    try:
        for start in range(0, len(data), 256):
            output += machine.decompress(data[start : start + 256], most - len(output) or 1)
            if len(output) >= most:
                break
    except zlib.error:
        pass
    return bytes(output[:most])


def _open_gzip(file: BinaryIO) -> BinaryIO:
    import gzip

    return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]


def _open_zstd(file: BinaryIO) -> BinaryIO:
    import zstandard

    # A frame may ask for a window of gigabytes.
    reader = zstandard.ZstdDecompressor(max_window_size=128 * 1024 * 1024).stream_reader(
        file, read_across_frames=True
    )
    return _Zstd(reader)  # type: ignore[return-value]


class _Zstd:
    """Its own error, as an `OSError`."""

    def __init__(self, reader: BinaryIO) -> None:
        self._reader = reader

    def read(self, size: int) -> bytes:
        import zstandard

        try:
            return self._reader.read(size)
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from None


_OPENERS: dict[str, Callable[[BinaryIO], BinaryIO]] = {
    "gzip": _open_gzip,
    "bzip2": bz2.BZ2File,  # type: ignore[dict-item]
    "xz": lzma.LZMAFile,  # type: ignore[dict-item]
    "zstd": _open_zstd,
}
