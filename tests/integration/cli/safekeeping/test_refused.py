"""What is refused before anything changes: forged archives, too little room, another time's database."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.conftest import STACK, CommandLine
from tests.integration.cli.safekeeping.conftest import read_everything
from tests.integration.cli.safekeeping.samples import begin_filled
from tests.unit.cli.safekeeping.test_archive import rewrite


@pytest.fixture
def backed_up(tmp_path: Path) -> tuple[CommandLine, Path, Path]:
    command = begin_filled(tmp_path / "data")
    archive, keys = tmp_path / "a.tar.zst", tmp_path / "keys.json"
    assert command("backup", str(archive), "--keys", str(keys)).code == 0
    return command, archive, keys


def forge(archive: Path, *, signature: bool) -> None:
    """As who has the archive and no key would: another role for a member, and digests that fit."""
    changed: dict[str, bytes] = {}

    def change(name: str, content: bytes) -> bytes | None:
        if name.startswith("tables/accounts_membership/"):
            changed["content"] = content.replace(b"analyst", b"curator")
            return changed["content"]
        if name == "manifest.json":
            manifest: dict[str, Any] = json.loads(content)
            for table in manifest["tables"]:
                if table["name"] == "accounts_membership":
                    digest = sha256(changed["content"]).hexdigest()
                    table["sha256"] = table["values_sha256"] = digest
            changed["manifest"] = json.dumps(manifest).encode()
            return changed["manifest"]
        if name == "signature.json":
            if not signature:
                return None
            digest = sha256(changed["manifest"]).hexdigest()
            return json.dumps(json.loads(content) | {"sha256": digest}).encode()
        return content

    rewrite(archive, change)
    assert b"curator" in changed["content"]


def test_who_has_no_key_cannot_make_an_archive(backed_up: tuple[CommandLine, Path, Path]) -> None:
    command, archive, _ = backed_up
    before = read_everything(command)
    whole = archive.read_bytes()
    for signature, said in (
        (True, "signature of its manifest is not valid"),
        (False, "signature.json is missing"),
    ):
        archive.write_bytes(whole)
        forge(archive, signature=signature)
        refused = command("restore", str(archive), "--replace")
        assert refused.code == 2
        assert said in refused.err
    assert read_everything(command) == before
    assert not (command.data / "restoring").exists()


@pytest.mark.parametrize("target", ["backup", "restore"])
def test_too_little_room_is_said_and_changes_nothing(
    backed_up: tuple[CommandLine, Path, Path], target: str, tmp_path: Path
) -> None:
    command, archive, _ = backed_up
    with closing(sqlite3.connect(command.data / "stack.sqlite3")) as other:
        other.execute("UPDATE jobs_job SET error = hex(randomblob(200000)) WHERE id = 1")
        other.commit()
    before = read_everything(command)
    words = ["backup", str(tmp_path / "b.tar.zst")]
    if target == "restore":
        words = ["restore", str(archive), "--replace"]
    # Room for what SQLite has beside its file, and not for the archive, or the new file.
    limit = 300_000 if target == "restore" else 40_000
    ended = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(limit), str(STACK), *words],
        env=command.environment() | {"STACK_LOG_LEVEL": "ERROR"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 5, ended.stderr
    assert "cannot be written" in ended.stderr or "could not be filled" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert read_everything(command) == before
    assert not (tmp_path / "b.tar.zst").exists()
    assert not (command.data / "restore.unfinished").exists()


_LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def test_a_restore_beside_a_reader_is_refused(backed_up: tuple[CommandLine, Path, Path]) -> None:
    command, archive, _ = backed_up
    with closing(sqlite3.connect(command.data / "stack.sqlite3")) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("SELECT COUNT(*) FROM store_object").fetchone()
        refused = command("restore", str(archive), "--replace")
    assert refused.code == 5
    assert "in use by another process" in refused.err


def test_an_archive_of_a_newer_stack_is_refused(backed_up: tuple[CommandLine, Path, Path]) -> None:
    command, archive, _ = backed_up

    def change(name: str, content: bytes) -> bytes | None:
        if name == "signature.json":
            return None
        return content.replace(b'"0001_keys"', b'"0999_keys"').replace(
            b'"key_encryption_id":"local', b'"key_encryption_id":"","x":"local'
        )

    rewrite(archive, change)
    refused = command("restore", str(archive), "--replace")
    assert refused.code == 3
    assert "A newer Stack has made this: vault.0999_keys" in refused.err


def test_a_restore_that_was_cut_keeps_everything_from_starting(tmp_path: Path) -> None:
    command = begin_filled(tmp_path / "data")
    (command.data / "restore.unfinished").touch()
    refused = command("user", "list")
    assert refused.code == 5
    assert "a restore was cut short" in refused.err
