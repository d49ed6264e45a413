"""Compound files (MS-CFB) through olefile, which may raise anything on hostile bytes; this, OSError."""

import io
from collections.abc import Sequence
from typing import Any

_MOST_STREAMS = 5_000
_MOST_STREAM = 64 * 1024 * 1024


class Compound:
    """An open compound file. Paths are lists of names from the root."""

    def __init__(self, data: bytes) -> None:
        import olefile

        try:
            self._file: Any = olefile.OleFileIO(data)
            self._streams = self._file.listdir(streams=True, storages=False)[:_MOST_STREAMS]
            self._storages = self._file.listdir(streams=False, storages=True)[:_MOST_STREAMS]
        except Exception as error:
            raise OSError(f"{type(error).__name__}: {error}") from None

    def list_streams(self) -> list[list[str]]:
        return list(self._streams)

    def list_storages(self) -> list[list[str]]:
        return list(self._storages)

    def exists(self, name: str) -> bool:
        """A stream in the root, in any case of letters."""
        return any(len(path) == 1 and path[0].lower() == name.lower() for path in self._streams)

    def read(self, path: Sequence[str], most: int = _MOST_STREAM) -> bytes:
        """At most so many bytes of the stream; raises OSError where it is not there or damaged."""
        try:
            opened: io.BytesIO = self._file.openstream(list(path))
            return opened.read(min(most, _MOST_STREAM))
        except Exception as error:
            raise OSError(f"{type(error).__name__}: {error}") from None

    def read_or_nothing(self, path: Sequence[str], most: int = _MOST_STREAM) -> bytes:
        try:
            return self.read(path, most)
        except OSError:
            return b""

    def find_class(self, path: Sequence[str] = ()) -> str:
        """The class id of a storage, by default of the root; empty where it has none."""
        try:
            return str((self._file.getclsid(list(path)) if path else self._file.root.clsid) or "")
        except Exception:
            return ""

    def read_properties(self) -> Any:
        """olefile's metadata, or None."""
        try:
            return self._file.get_metadata()
        except Exception:
            return None
