"""Reads of stored files. What a member may read of them is decided by whoever knows what they are."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from django.db import router
from django.db.models import QuerySet

from stack.core.errors import NotFound, Unavailable
from stack.store.artifacts.choice import check_name, open_storage
from stack.store.artifacts.models import Artifact
from stack.store.artifacts.reading import SealedReader
from stack.store.artifacts.records import ArtifactCheck, ArtifactRef
from stack.store.artifacts.sealing import CHUNK_BYTES, HEADER_BYTES, read_layout
from stack.vault.errors import VaultError
from stack.vault.operations import open_sealed

_BUFFER_BYTES = 256 * 1024
_SEALED_PIECE = 4 * CHUNK_BYTES


def all_artifacts() -> QuerySet[Artifact]:
    """From the database that takes writes: a replica may not know yet what a worker is told to read."""
    return Artifact.objects.using(router.db_for_write(Artifact))


def get_artifact(name: str) -> ArtifactRef:
    """Raises `NotFound` for a name that nothing whole is kept under."""
    return _describe(_find(name))


def open_artifact(name: str) -> BinaryIO:
    """The file, to be read and sought; close it. Every byte that it gives out is authenticated.

    Raises `NotFound`; `Unavailable` when the storage does not have it or does not answer; and `VaultError`,
    here or while it is read, for a file that was altered, cut or exchanged.
    """
    row = _find(name)
    key = open_sealed(row.sealed_key, table=Artifact._meta.db_table, row=name, field="sealed_key")
    storage = open_storage()
    try:
        sealed_size = storage.measure(name)
        header = storage.read(name, 0, HEADER_BYTES) if sealed_size >= HEADER_BYTES else b""
        layout = read_layout(header, name, sealed_size)
    except NotFound:
        raise Unavailable(
            f"The storage does not have the bytes of the stored file {name}",
            remedy="Set STACK_ARTIFACTS to where it was kept, or put it back from a backup.",
        ) from None
    if layout.size != row.size:
        raise VaultError("A stored file is cut")
    return io.BufferedReader(SealedReader(storage, name, key, layout), _BUFFER_BYTES)


def list_artifacts() -> Iterator[str]:
    """The names of all files that are whole, in their order."""
    return _whole().order_by("pk").values_list("pk", flat=True).iterator()


def read_sealed(name: str) -> Iterator[bytes]:
    """The sealed bytes as they are kept, for a backup or another storage; `NotFound` at the first piece."""
    storage = open_storage()
    size = storage.measure(check_name(name))
    for start in range(0, size, _SEALED_PIECE):
        yield storage.read(name, start, min(_SEALED_PIECE, size - start))


def check_artifacts() -> ArtifactCheck:
    """Whether the storage answers; within two seconds, and never an exception."""
    return open_storage().check()


def _whole() -> QuerySet[Artifact]:
    return all_artifacts().filter(size__isnull=False).exclude(sealed_key="")


def _find(name: str) -> Artifact:
    row = _whole().filter(pk=check_name(name)).first()
    if row is None:
        raise NotFound("There is no stored file of this name")
    return row


def _describe(row: Artifact) -> ArtifactRef:
    return ArtifactRef(row.pk, row.sha256, row.size or 0)
