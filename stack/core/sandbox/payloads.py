"""Hands an input over as a descriptor that can only be read: the child never learns a path."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, TypeAlias

from stack.core.errors import BadInput
from stack.core.sandbox.errors import Reason, SandboxRefused

_CHUNK = 1024 * 1024

Payload: TypeAlias = bytes | Path | BinaryIO


@contextmanager
def open_payload(payload: Payload, *, most_bytes: int) -> Iterator[int]:
    """A descriptor at the beginning of the payload, for reading and seeking, closed at the end.

    What is no file yet is copied to memory, so that a sealed file leaves no open copy on the disk. Raises
    `SandboxRefused` where that takes more than `most_bytes`, `BadInput` where a path cannot be read.
    """
    if isinstance(payload, Path):
        descriptor = _open_path(payload)
    else:
        file = BytesIO(payload) if isinstance(payload, bytes) else payload
        descriptor = _copy(file, most_bytes)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open_path(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise BadInput(f"Cannot read {path.name}: {error.strerror}", remedy="Check the path.") from None


def _copy(file: BinaryIO, most_bytes: int) -> int:
    descriptor = _make_file()
    try:
        size = 0
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > most_bytes:
                raise SandboxRefused(
                    f"The input is larger than {most_bytes:,} bytes",
                    reason=Reason.PAYLOAD,
                    remedy="Split it, and send the parts.",
                )
            _write_whole(descriptor, chunk)
        return _reopen_for_reading(descriptor)
    finally:
        os.close(descriptor)


def _make_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("payload")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write_whole(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _reopen_for_reading(descriptor: int) -> int:
    own = f"/proc/self/fd/{descriptor}"
    if os.path.exists(own):  # noqa: PTH110 - a Path would follow the link to a file without a name
        return os.open(own, os.O_RDONLY | os.O_CLOEXEC)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.dup(descriptor)
