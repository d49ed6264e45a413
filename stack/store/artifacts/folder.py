"""Sealed files in a folder: the owner's alone, never executable, on the disk before anybody is told."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from stack.core.errors import NotFound, Unavailable
from stack.store.artifacts.records import ArtifactCheck


@dataclass(frozen=True, slots=True)
class FolderStorage:
    """`name` stands in `folder` as `ab/cdef…`, and until it is whole as `ab/cdef….part`."""

    folder: Path
    read_ahead: int = 1_048_576

    def put(self, name: str, pieces: Iterable[bytes], *, limit_bytes: int) -> None:
        path = self._locate(name)
        draft = path.with_suffix(".part")
        try:
            with self._reporting("written"):
                self._make_folder(path.parent)
                draft.unlink(missing_ok=True)
                descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    with self._reporting("written"):
                        file.write(piece)
                with self._reporting("written"):
                    file.flush()
                    os.fsync(descriptor)
            with self._reporting("written"):
                draft.rename(path)
                _sync(path.parent)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise

    def measure(self, name: str) -> int:
        with self._reporting("read"):
            return self._locate(name).stat().st_size

    def read(self, name: str, start: int, length: int) -> bytes:
        with self._reporting("read"), self._locate(name).open("rb", buffering=0) as file:
            file.seek(start)
            return file.read(length)

    def remove(self, name: str) -> None:
        path = self._locate(name)
        with self._reporting("written"):
            path.with_suffix(".part").unlink(missing_ok=True)
            path.unlink(missing_ok=True)

    def check(self) -> ArtifactCheck:
        nearest = self.folder if os.access(self.folder, os.F_OK) else self.folder.parent
        is_reachable = os.access(nearest, os.R_OK | os.W_OK | os.X_OK)
        return ArtifactCheck("folder", is_reachable, "" if is_reachable else f"{nearest} cannot be written")

    def _locate(self, name: str) -> Path:
        return self.folder / name[:2] / name[2:]

    def _make_folder(self, folder: Path) -> None:
        """A new folder is durable only when the one around it is."""
        if not folder.is_dir():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            _sync(self.folder)
            _sync(self.folder.parent)

    @contextmanager
    def _reporting(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if what == "read" and isinstance(error, FileNotFoundError):
                raise NotFound("A stored file is not in the folder of artifacts") from None
            raise Unavailable(
                f"The folder of artifacts cannot be {what}: {error.strerror}",
                remedy="See that the disk has room and that the folder belongs to the user that runs Stack.",
            ) from None


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
