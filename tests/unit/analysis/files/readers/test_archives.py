"""Archives and disc images: members are parts, and what a list says before one is unpacked."""

import gzip
import io
import lzma
import zipfile

import py7zr
import pytest
import pyzipper

from tests.file_samples import (
    make_cab,
    make_harmless,
    make_iso,
    make_rar,
    make_tar,
)
from tests.unit.analysis.files.readers.reading import PROGRAM, list_codes, list_names, read


@pytest.mark.parametrize("name", ["photos.zip", "source.tar", "disc.iso", "drivers.cab", "papers.rar"])
def test_members_of_archives_are_parts(name: str) -> None:
    parts = read(make_harmless()[name], name)
    assert len(parts) >= 2
    assert all(part.parent == 0 and part.relation == "contains" for part in parts[1:])


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_packed_tar_is_read_to_its_members(pack: object) -> None:
    assert callable(pack)
    parts = read(pack(make_tar({"a/notes.txt": b"Notes"})), "a.tar.gz")
    assert [part.media for part in parts][1] == "application/x-tar"
    assert "a/notes.txt" in list_names(parts)


def make_locked_zip(password: str, *, aes: bool = True) -> bytes:
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(buffer, "w", encryption=pyzipper.WZ_AES if aes else None) as archive:
        archive.setpassword(password.encode())
        archive.writestr("sample.exe", PROGRAM)
    return buffer.getvalue()


def test_a_sample_is_unlocked_with_the_common_password() -> None:
    parts = read(make_locked_zip("infected"), "a.zip")
    assert "sample.exe" in list_names(parts)
    assert list_codes(parts)["archive.sample-password"] > 0


def test_a_given_password_opens_and_an_unknown_one_is_told() -> None:
    data = make_locked_zip("correct horse")
    assert "sample.exe" in list_names(read(data, "a.zip", passwords=("correct horse",)))
    locked = read(data, "a.zip")
    assert "sample.exe" not in list_names(locked)
    assert "archive.locked" in list_codes(locked)


def test_names_in_a_7z_may_be_locked_too() -> None:
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", password="virus", header_encryption=True) as archive:
        archive.writestr(b"A letter", "letter.txt")
    parts = read(buffer.getvalue(), "a.7z")
    assert "letter.txt" in list_names(parts)
    assert "archive.sample-password" in list_codes(parts)


def test_a_zip_that_writes_elsewhere_and_hides_a_script_is_told() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../up.txt", "x")
        archive.writestr("invoice.pdf.js", "var x = 1; function f() {}")
    codes = list_codes(read(buffer.getvalue(), "a.zip"))
    assert codes["archive.traversal"] >= 2.5
    assert codes["name.double-ending"] >= 2.5
    assert "archive.lone-script" in codes


def test_members_that_share_bytes_are_a_bomb() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("one", b"a" * 5000)
        archive.writestr("two", b"b" * 5000)
    data = bytearray(buffer.getvalue())
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = bytes(4)
    assert list_codes(read(bytes(data), "a.zip"))["zip.overlap"] >= 2.5


def test_what_a_compressed_rar_holds_is_listed_and_said_to_be_unread() -> None:
    parts = read(make_rar({"invoice.pdf .exe": b"xxxx"}, compressed=True), "a.rar")
    assert len(parts) == 1
    assert any("only unrar" in text for text in parts[0].remarks)
    assert list_codes(parts)["name.double-ending"] >= 2.5


def test_a_program_in_a_small_disc_image_is_told() -> None:
    codes = list_codes(read(make_iso({"INVOICE.EXE": PROGRAM}, hidden=True), "a.iso"))
    assert codes["iso.small-with-program"] > 0
    assert codes["iso.hidden"] > 0


def test_a_cabinet_is_unpacked() -> None:
    parts = read(make_cab({"a.txt": b"alpha " * 50, "b.txt": b"beta"}), "a.cab")
    assert [part.size for part in parts[1:]] == [300, 4]
