"""Sets of known hashes: what is read, what is built, what is asked."""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stack.analysis.hashes import sets
from stack.analysis.hashes.set_building import build_file, main, read_hashes
from stack.analysis.hashes.set_files import HashSet
from stack.analysis.hashes.sets import find_in_sets
from stack.analysis.hashes.settings import HashSettings, current_settings, use_settings
from stack.analysis.hashes.well_known import find_well_known

ALGORITHMS = ("md5", "sha1", "sha256", "sha512")


def make_hash(algorithm: str, content: bytes) -> bytes:
    return hashlib.new(algorithm, content).digest()


def write_nsrl_2(path: Path, contents: list[bytes]) -> Path:
    rows = [
        f'"{make_hash("sha1", each).hex().upper()}","{make_hash("md5", each).hex().upper()}",'
        f'"00000000","a.dll",100,1,"362",""'
        for each in contents
    ]
    header = '"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"'
    path.write_text("\r\n".join([header, *rows]))
    return path


def write_nsrl_3(path: Path, contents: list[bytes], *, as_view: bool = False) -> Path:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE VERSION (version TEXT)")
        columns = "sha256, sha1, md5" if not as_view else "a, b, c"
        database.execute(f"CREATE TABLE METADATA (object_id INTEGER, {columns}, bytes INTEGER)")
        if as_view:
            database.execute("CREATE VIEW FILE AS SELECT a AS sha256, b AS sha1, c AS md5 FROM METADATA")
        for each in contents:
            hashes = [make_hash(name, each).hex().upper() for name in ("sha256", "sha1", "md5")]
            database.execute("INSERT INTO METADATA VALUES (1, ?, ?, ?, 5)", hashes)
        database.execute("INSERT INTO METADATA VALUES (1, NULL, 'not a hash', 7, 5)")
        database.commit()
    return path


def test_nsrl_of_both_versions_is_read(tmp_path: Path) -> None:
    contents = [b"one", b"two"]
    wanted = {make_hash(name, each) for name in ("sha1", "md5") for each in contents}
    assert set(read_hashes(write_nsrl_2(tmp_path / "NSRLFile.txt", contents))) == wanted
    wanted |= {make_hash("sha256", each) for each in contents}
    assert set(read_hashes(write_nsrl_3(tmp_path / "rds.db", contents))) == wanted
    assert set(read_hashes(write_nsrl_3(tmp_path / "views.db", contents, as_view=True))) == wanted


def test_plain_lists_are_read_line_by_line(tmp_path: Path) -> None:
    digests = [make_hash(name, b"x").hex() for name in ALGORITHMS]
    path = tmp_path / "own.txt"
    lines = [
        f"# {make_hash('md5', b'no').hex()}",
        *digests,
        f"{digests[0]}  setup.exe",
        digests[1][:-1],
        "x" * 32,
    ]
    path.write_text("\n".join(lines))
    assert [raw.hex() for raw in read_hashes(path)] == [*digests, digests[0]]


def test_a_compact_file_has_what_was_put_in_and_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "own.txt"
    contents = [str(number).encode() for number in range(1000)]
    source.write_text("\n".join(make_hash(name, each).hex() for each in contents for name in ALGORITHMS))
    build_file(source, tmp_path / "own.set")
    found = HashSet(tmp_path / "own.set")
    assert found.header.name == "own"
    assert found.header.counts == dict.fromkeys((16, 20, 32, 64), 1000)
    assert all(make_hash(name, each) in found for each in contents for name in ALGORITHMS)
    assert not any(make_hash(name, b"a" + each) in found for each in contents for name in ALGORITHMS)
    assert b"" not in found


def test_a_damaged_compact_file_is_refused(tmp_path: Path) -> None:
    source, target = tmp_path / "own.txt", tmp_path / "own.set"
    source.write_text(make_hash("md5", b"x").hex())
    build_file(source, target)
    whole = target.read_bytes()
    for damaged in (b"x" * 64, whole[:-8]):
        target.write_bytes(damaged)
        with pytest.raises(ValueError):
            HashSet(target)


def test_a_file_without_hashes_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in (("none.txt", b"nothing"), ("none.db", b"nothing")):
        (tmp_path / name).write_bytes(content)
        assert main([str(tmp_path / name), str(tmp_path / "a.set")]) == 1
        assert name in capsys.readouterr().err
    assert not (tmp_path / "a.set").exists()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before = current_settings()
    own = tmp_path / "sets"
    own.mkdir()
    use_settings(HashSettings(folder=tmp_path / "compact", sets=own))
    yield own
    use_settings(before)


def test_files_that_come_and_change_are_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "_LOOK_AGAIN_S", -1.0)
    raw, other = make_hash("sha256", b"x"), make_hash("sha256", b"y")
    (folder / "README.md").write_text("not a set")
    assert find_in_sets(raw).asked == 0
    (folder / "first.txt").write_text(raw.hex())
    (folder / "broken.txt").write_text("no hash")
    found = find_in_sets(raw)
    assert (found.names, found.asked) == (("first",), 1)
    assert [each for each in found.unready if "broken.txt has no hash in it" in each]
    assert find_in_sets(raw) == found, "what could not be made is not tried again"
    (folder / "broken.txt").unlink()
    (folder / "first.txt").write_text(other.hex())
    os.utime(folder / "first.txt", ns=(1, 1))
    assert find_in_sets(raw).names == ()
    assert find_in_sets(other).names == ("first",)
    assert len(list((folder.parent / "compact").glob("*.set"))) == 1


def test_a_large_set_is_left_to_be_made_and_asked_when_it_is_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "_WAIT_S", 0.0)
    raw = make_hash("sha256", b"x")
    (folder / "large.txt").write_text(raw.hex())
    found = find_in_sets(raw)
    assert found.names == ()
    assert found.unready[0].startswith("large.txt: it is being made ready")
    for builder in list(sets._sets.builders.values()):
        builder.wait(timeout=30)
    assert find_in_sets(raw).names == ("large",)
    assert sets._sets.builders == {}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("d41d8cd98f00b204e9800998ecf8427e", "empty"),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "empty"),
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "empty"),
        ("44d88612fea8a8f36de82e1278abb02f", "eicar"),
        ("275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f", "eicar"),
        (make_hash("sha1", bytes(4096)).hex(), "zeros"),
        ("0" * 40, "made-up"),
        ("deadbeef" * 8, "made-up"),
        ("0123456789abcdef" * 2, "made-up"),
        (make_hash("sha256", b"something").hex(), ""),
    ],
)
def test_hashes_that_everybody_meets_are_named(value: str, name: str) -> None:
    found = find_well_known(value)
    assert (found.name if found else "") == name
