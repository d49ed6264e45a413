"""The file of a backup: whole or not there, and no part of it can change unseen."""

import io
import os
import resource
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import zstandard

from stack.cli.safekeeping.archive import MANIFEST, SIGNATURE, ArchiveWriter, check_archive
from stack.cli.safekeeping.manifest import FORMAT, FileRecord, Manifest, Signature, TableRecord
from stack.cli.safekeeping.tables import Column, Kind
from stack.core.errors import BadInput, Conflict, Unavailable

_LINES = [b"1\tone\n2\ttwo\n", b"3\tthree\n"]
_FILE = [b"sealed", b" bytes"]


def write(path: Path) -> Manifest:
    with ArchiveWriter(path) as writer:
        size, digest = writer.add("artifacts/1/aa", _FILE)
        for number, lines in enumerate(_LINES, 1):
            writer.add_part(f"tables/kept/{number:06}", lines)
        whole = b"".join(_LINES)
        columns = (Column("id", Kind.INTEGER), Column("text", Kind.TEXT))
        found = sha256(whole).hexdigest()
        manifest = Manifest(
            format=FORMAT, version="1", created_at=1, database="sqlite", applied=[], last_change=0,
            key_encryption_id="local-1", key_source="", has_artifacts=True, sequences={},
            tables=[TableRecord("kept", columns, ("id",), 3, len(whole), found, found)],
            files=[FileRecord("artifacts/1/aa", "artifact", "aa", size, digest)],
        )  # fmt: skip
        content = msgspec.json.encode(manifest)
        writer.add_part(MANIFEST, content)
        signature = Signature(sha256(content).hexdigest(), "none")
        writer.add_part(SIGNATURE, msgspec.json.encode(signature))
        writer.finish()
    return manifest


def rewrite(path: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """The archive anew, with some of its parts altered or left out."""
    data = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(path.read_bytes())).read()
    target = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(data)) as before, tarfile.open(fileobj=target, mode="w") as after:
        for part in before:
            content = before.extractfile(part)
            changed = change(part.name, content.read() if content else b"")
            if changed is not None:
                part.size = len(changed)
                after.addfile(part, io.BytesIO(changed))
    path.write_bytes(zstandard.ZstdCompressor().compress(target.getvalue()))


def test_what_was_written_is_found_whole_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.zst"
    manifest = write(path)
    assert check_archive(path).manifest == manifest
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ("tables/kept/000002", "tables/kept"),
        ("artifacts/1/aa/000001", "artifacts/1/aa"),
        (MANIFEST, MANIFEST),
        (SIGNATURE, SIGNATURE),
    ],
)
def test_a_part_that_was_altered_or_is_gone_is_named(tmp_path: Path, part: str, named: str) -> None:
    path = tmp_path / "a.tar.zst"
    write(path)
    kept = path.read_bytes()
    rewrite(path, lambda name, content: content.replace(b"e", b"E") if name == part else content)
    with pytest.raises(BadInput, match=named):
        check_archive(path)
    path.write_bytes(kept)
    rewrite(path, lambda name, content: None if name == part else content)
    with pytest.raises(BadInput, match=named if part != MANIFEST else "its end is missing"):
        check_archive(path)


def test_an_archive_that_was_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.zst"
    write(path)
    whole = path.read_bytes()
    # The last four bytes are a checksum: without it everything is still there.
    for size in [*range(0, len(whole) - 4, 7), len(whole) - 5]:
        path.write_bytes(whole[:size])
        with pytest.raises(BadInput):
            check_archive(path)


def test_each_flipped_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.zst"
    write(path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 11):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            found = check_archive(path)
        except BadInput:
            continue
        # The header of a frame has bits that mean nothing: then nothing has changed.
        assert found.manifest.rows == 3


def test_a_file_that_is_no_archive_and_one_of_another_format_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.zst"
    path.write_bytes(b"PK no archive")
    with pytest.raises(BadInput, match="cannot be read"):
        check_archive(path)
    with pytest.raises(BadInput, match="No such file"):
        check_archive(tmp_path / "none")
    path.unlink()
    write(path)
    rewrite(path, lambda name, content: content.replace(FORMAT.encode(), b"stack-backup-9"))
    with pytest.raises(BadInput, match="stack-backup-9"):
        check_archive(path)


def test_a_failed_backup_leaves_nothing_and_never_touches_another(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.zst"

    def fail() -> None:
        with ArchiveWriter(path) as writer:
            writer.add("x", [b"content"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"before")
    with pytest.raises(Conflict, match="is there already"):
        ArchiveWriter(path)
    assert path.read_bytes() == b"before"


def test_two_backups_do_not_write_to_one_name(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.zst"
    with ArchiveWriter(path) as writer:
        with pytest.raises(Conflict, match="is being written"):
            ArchiveWriter(path)
        writer.finish()


def test_a_disk_without_room_is_said_in_words_and_nothing_is_kept(tmp_path: Path) -> None:
    def write_much() -> None:
        with ArchiveWriter(tmp_path / "a.tar.zst") as writer:
            writer.add("x", (os.urandom(1_000_000) for _ in range(20)))
            writer.finish()

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, before[1]))
    try:
        with pytest.raises(Unavailable, match="cannot be written: File too large"):
            write_much()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="No such file or directory"):
        ArchiveWriter(tmp_path / "none" / "a.tar.zst")
