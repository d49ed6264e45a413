"""Files go in sealed and come back as they were, from a folder and from a bucket alike."""

import os
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from pytest_django import Settings

from stack.core.errors import BadInput, NotFound, Unavailable
from stack.store.artifacts.choice import open_storage
from stack.store.artifacts.models import Artifact
from stack.store.artifacts.operations import discard_artifact, keep_artifact, keep_sealed
from stack.store.artifacts.queries import check_artifacts, get_artifact, list_artifacts, open_artifact
from stack.store.artifacts.records import ArtifactSettings
from stack.store.artifacts.sealing import HEADER_BYTES, measure_sealed
from stack.vault.errors import VaultError
from tests.integration.store.artifacts.conftest import MEGABYTE, exchange, list_kept, sealed_bytes

pytestmark = pytest.mark.django_db
LIMIT = 64 * MEGABYTE
PART = 8 * MEGABYTE


def keep(data: bytes, *, piece: int = MEGABYTE) -> str:
    pieces = (data[at : at + piece] for at in range(0, len(data), piece))
    return keep_artifact(pieces, limit_bytes=LIMIT).name


def read(name: str) -> bytes:
    with open_artifact(name) as file:
        return file.read()


@pytest.mark.parametrize(
    "size",
    [0, 1, MEGABYTE - 1, MEGABYTE, MEGABYTE + 1, 3 * MEGABYTE, PART - 200, PART, PART + 1, 2 * PART + 12_345],
)
def test_what_was_kept_comes_back_byte_for_byte(storage: str, size: int) -> None:
    data = os.urandom(size)
    kept = keep_artifact(iter([data[:100], data[100:]]), limit_bytes=LIMIT)
    assert (kept.sha256, kept.size) == (sha256(data).hexdigest(), size)
    assert get_artifact(kept.name) == kept
    assert read(kept.name) == data
    assert list_kept() == {kept.name} == set(list_artifacts())
    assert len(sealed_bytes(kept.name)) == measure_sealed(size)


def test_any_place_can_be_read_without_the_rest(storage: str) -> None:
    data = os.urandom(6 * MEGABYTE + 321)
    with open_artifact(keep(data)) as file:
        for at in (len(data) - 10, 0, 3 * MEGABYTE - 5, MEGABYTE, 6 * MEGABYTE + 1):
            assert file.seek(at) == at
            assert file.read(20) == data[at : at + 20]
        assert file.seek(-7, os.SEEK_END) == len(data) - 7
        assert file.read() == data[-7:]


def test_nothing_of_it_can_be_read_where_it_is_kept(storage: str) -> None:
    data = b"known to nobody " * 100_000
    name = keep(data)
    assert b"known to nobody" not in sealed_bytes(name)
    assert sha256(data).hexdigest()[:8] not in name
    assert bytes.fromhex(name) == sealed_bytes(name)[HEADER_BYTES - 16 : HEADER_BYTES]


def test_in_the_folder_it_is_its_owners_alone_and_cannot_be_executed(
    db: None, tmp_path: Path, settings: Settings
) -> None:
    settings.DATA = tmp_path
    before = os.umask(0)
    try:
        name = keep(b"#!/bin/sh\nexit 1\n")
    finally:
        os.umask(before)
    path = tmp_path / "artifacts" / name[:2] / name[2:]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}


def test_the_same_bytes_twice_are_two_files_that_nobody_can_tell_are_the_same(storage: str) -> None:
    data = os.urandom(MEGABYTE)
    first, second = keep(data), keep(data)
    assert sealed_bytes(first)[HEADER_BYTES:] != sealed_bytes(second)[HEADER_BYTES:]
    assert get_artifact(first).sha256 == get_artifact(second).sha256
    discard_artifact(first)
    assert read(second) == data
    with pytest.raises(NotFound):
        open_artifact(first)
    assert list_kept() == {second}


@pytest.mark.parametrize("sent", [3 * MEGABYTE, 20 * MEGABYTE])
def test_a_sender_that_goes_away_leaves_nothing(storage: str, sent: int) -> None:
    def broken() -> Iterator[bytes]:
        for _ in range(sent // MEGABYTE):
            yield os.urandom(MEGABYTE)
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        keep_artifact(broken(), limit_bytes=LIMIT)
    assert list_kept() == set()
    assert not Artifact.objects.exists()


def test_the_limit_holds_while_bytes_come_in(storage: str) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield bytes(MEGABYTE)

    with pytest.raises(BadInput, match="larger than 10 MB") as refusal:
        keep_artifact(endless(), limit_bytes=10 * MEGABYTE)
    assert "STACK_UPLOAD_LIMIT_MB" in refusal.value.remedy
    assert taken == 11
    assert list_kept() == set()
    assert not Artifact.objects.exists()


@pytest.mark.parametrize("at", [0, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + MEGABYTE + 20, -1])
def test_what_was_altered_in_the_storage_does_not_open(storage: str, at: int) -> None:
    name = keep(os.urandom(2 * MEGABYTE))
    sealed = bytearray(sealed_bytes(name))
    sealed[at] ^= 1
    exchange(name, bytes(sealed))
    with pytest.raises(VaultError):
        read(name)


@pytest.mark.parametrize("left", [0, 10, HEADER_BYTES, HEADER_BYTES + MEGABYTE + 16, -1])
def test_what_was_cut_in_the_storage_does_not_open(storage: str, left: int) -> None:
    name = keep(os.urandom(2 * MEGABYTE))
    exchange(name, sealed_bytes(name)[:left])
    with pytest.raises(VaultError):
        read(name)


def test_files_that_were_exchanged_do_not_open_nor_do_their_keys(storage: str) -> None:
    mine, theirs = keep(b"mine"), keep(b"them")
    exchange(mine, sealed_bytes(theirs))
    with pytest.raises(VaultError, match="name of another"):
        read(mine)
    row = Artifact.objects.get(pk=mine)
    Artifact.objects.filter(pk=theirs).update(sealed_key=row.sealed_key)
    with pytest.raises(VaultError):
        read(theirs)


def test_what_is_gone_from_the_storage_is_said_to_be_missing_there(storage: str) -> None:
    name = keep(b"x")
    open_storage().remove(name)
    with pytest.raises(Unavailable, match="does not have") as refusal:
        open_artifact(name)
    assert "STACK_ARTIFACTS" in refusal.value.remedy
    discard_artifact(name)
    discard_artifact(name)


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "ab/cd", "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n"]
)
def test_only_names_that_were_given_out_become_paths(storage: str, name: str) -> None:
    for use in (open_artifact, sealed_bytes, discard_artifact):
        with pytest.raises(NotFound):
            use(name)
    with pytest.raises(NotFound):
        keep_sealed(name, [b""])


def test_sealed_bytes_move_to_another_storage_as_they_are(
    db: None, settings: Settings, tmp_path: Path, bucket: ArtifactSettings
) -> None:
    settings.DATA, settings.ARTIFACTS = tmp_path, ArtifactSettings()
    data = os.urandom(9 * MEGABYTE)
    name = keep(data)
    sealed = sealed_bytes(name)
    settings.ARTIFACTS = bucket
    keep_sealed(name, (sealed[at : at + 500_000] for at in range(0, len(sealed), 500_000)))
    assert read(name) == data
    assert sealed_bytes(name) == sealed
    discard_artifact(name)
    settings.ARTIFACTS = ArtifactSettings()
    assert sealed_bytes(name) == sealed


def test_a_storage_that_works_says_so(storage: str) -> None:
    keep(b"x")
    assert check_artifacts() == (type(check_artifacts()))(storage, is_reachable=True, detail="")


def test_a_folder_that_cannot_be_written_says_so_and_nothing_is_acknowledged(
    db: None, tmp_path: Path, settings: Settings
) -> None:
    settings.DATA = tmp_path
    (tmp_path / "artifacts").write_text("in the way")
    with pytest.raises(Unavailable, match="cannot be written") as refusal:
        keep(b"x")
    assert "disk" in refusal.value.remedy
