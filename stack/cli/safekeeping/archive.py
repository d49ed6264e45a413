"""The file: a tar of parts, compressed as one by zstd; `tar --zstd -xf` unpacks it too.

A thing of any length is a folder of numbered parts, so that neither side holds it whole. The manifest comes
last, for only then are the digests known; without it an archive is cut and counts for nothing.
"""

import fcntl
import os
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import msgspec
import zstandard

from stack.cli.safekeeping.manifest import FORMAT, Manifest, Signature
from stack.core.errors import BadInput, Conflict, Unavailable

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "signature.json"
KEYS: Final = "keys.json"
_T = TypeVar("_T")
_LEVEL: Final = 3
_CHUNK: Final = 1 << 20
_LONGEST_PART: Final = 1 << 28
_DAMAGED: Final = "The archive was altered or damaged: use another copy of it, or another backup."


class ArchiveWriter:
    """Writes `path` under the name `….part` until `finish`: what has its own name is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f"{path.name}.part")
        if path.exists():
            raise Conflict(f"{path} is there already", remedy="Choose another name, or remove it.")
        with _explain_writing(path):
            self._file = _open_draft(self._draft)
        self._stream = zstandard.ZstdCompressor(level=_LEVEL, threads=-1, write_checksum=True).stream_writer(
            self._file, closefd=False
        )
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._file.closed:
            self._draft.unlink(missing_ok=True)
            self._file.close()

    def add(self, path: str, pieces: Iterable[bytes]) -> tuple[int, str]:
        """Writes the pieces as parts of `path`; gives back their size and SHA-256."""
        digest, size = sha256(), 0
        for number, piece in enumerate(pieces, 1):
            digest.update(piece)
            size += len(piece)
            self.add_part(f"{path}/{number:06}", piece)
        return size, digest.hexdigest()

    def add_part(self, name: str, content: bytes) -> None:
        part = tarfile.TarInfo(name)
        part.size, part.mode = len(content), 0o600
        for block in (
            part.tobuf(format=tarfile.PAX_FORMAT),
            content,
            bytes(-len(content) % tarfile.BLOCKSIZE),
        ):
            self._write(block)

    def _write(self, block: bytes) -> None:
        with _explain_writing(self._path):
            self._stream.write(block)
        self._size += len(block)

    def finish(self) -> int:
        """The archive is on the disk under its own name when this returns; gives back its size."""
        end = bytes(2 * tarfile.BLOCKSIZE)
        self._write(end + bytes(-(self._size + len(end)) % tarfile.RECORDSIZE))
        with _explain_writing(self._path):
            self._stream.close()  # type: ignore[no-untyped-call]
            self._file.flush()
            os.fsync(self._file.fileno())
            size = int(self._file.tell())
            self._draft.rename(self._path)
            self._file.close()
            sync_folder(self._path.parent)
        return size


def _open_draft(draft: Path) -> Any:
    descriptor = os.open(draft, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Conflict(f"{draft} is being written", remedy="Wait for the other backup to end.") from None
    os.ftruncate(descriptor, 0)
    return os.fdopen(descriptor, "wb")


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explain_writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"{path}: the backup cannot be written: {error.strerror or error}",
            remedy="Make room, or choose another place. Nothing was kept of this backup.",
        ) from None


def iterate_parts(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each part, in order; `BadInput` says after which part it can no longer be read."""
    last = "its beginning"
    try:
        with (
            path.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as stream,
            tarfile.open(fileobj=stream, mode="r|") as tar,
        ):
            for part in tar:
                if not part.isreg() or part.size > _LONGEST_PART:
                    raise BadInput(f"{path}: {part.name!r} is no part of a backup", remedy=_DAMAGED)
                content = tar.extractfile(part)
                yield part.name, content.read() if content is not None else b""
                last = part.name
                tar.members = []  # type: ignore[attr-defined]
            _check_end(stream)
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise BadInput(f"{path}: cannot be read after {last}: {error}", remedy=_DAMAGED) from None
    except OSError as error:
        raise BadInput(
            f"{path}: cannot be read: {error.strerror or error}", remedy="Check the path."
        ) from None


def _check_end(stream: Any) -> None:
    """A tar ends on a full record; one that was cut behind its last part is no whole file either."""
    while stream.read(_CHUNK):
        pass
    if not stream.tell() or stream.tell() % tarfile.RECORDSIZE:
        raise EOFError("its end is missing")


class CheckedArchive(msgspec.Struct, frozen=True):
    """An archive whose parts are what its manifest says; `signed` are the bytes that `signature` is of."""

    path: Path
    manifest: Manifest
    signed: bytes
    signature: Signature | None
    keys: bytes | None


def check_archive(path: Path) -> CheckedArchive:
    """Reads all of it. `BadInput` names the part that is not what the manifest says."""
    digests: dict[str, Any] = {}
    sizes: dict[str, int] = {}
    single: dict[str, bytes] = {}
    for name, content in iterate_parts(path):
        if name in {MANIFEST, SIGNATURE, KEYS}:
            single[name] = content
            continue
        thing = name.rpartition("/")[0]
        digests.setdefault(thing, sha256()).update(content)
        sizes[thing] = sizes.get(thing, 0) + len(content)
    manifest = _read_manifest(path, single)
    wanted = {f"tables/{table.name}": table.sha256 for table in manifest.tables}
    wanted |= {file.path: file.sha256 for file in manifest.files}
    for thing, expected in wanted.items():
        found = digests[thing] if thing in digests else sha256()
        if found.hexdigest() != expected:
            raise BadInput(f"{path}: {thing} is not what the manifest says", remedy=_DAMAGED)
    signature = _read(path, SIGNATURE, single[SIGNATURE], Signature) if SIGNATURE in single else None
    if signature is None and manifest.key_encryption_id:
        raise BadInput(f"{path}: {SIGNATURE} is missing", remedy=_DAMAGED)
    if signature is not None and signature.sha256 != sha256(single[MANIFEST]).hexdigest():
        raise BadInput(f"{path}: {MANIFEST} is not what was signed", remedy=_DAMAGED)
    return CheckedArchive(path, manifest, single[MANIFEST], signature, single.get(KEYS))


def _read_manifest(path: Path, single: dict[str, bytes]) -> Manifest:
    if MANIFEST not in single:
        raise BadInput(f"{path}: this is no backup of Stack, or its end is missing", remedy=_DAMAGED)
    manifest = _read(path, MANIFEST, single[MANIFEST], Manifest)
    if manifest.format != FORMAT:
        raise BadInput(
            f"{path}: the format is {manifest.format!r}, and {FORMAT!r} is known here",
            remedy="Restore it with the version of Stack that made it.",
        )
    return manifest


def _read(path: Path, name: str, content: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadInput(f"{path}: {name} cannot be read: {error}", remedy=_DAMAGED) from None
