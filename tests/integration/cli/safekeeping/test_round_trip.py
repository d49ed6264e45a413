"""A backup of either database, restored into either, is what was there."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.cli.conftest import CommandLine, begin_folder
from tests.integration.cli.safekeeping.conftest import compare_everything, read_everything
from tests.integration.cli.safekeeping.samples import write_bundle


@pytest.mark.parametrize(
    ("installed", "target"),
    [
        ("sqlite", "postgresql"),
        ("postgresql", "sqlite"),
        pytest.param("sqlite", "sqlite", marks=pytest.mark.faults),
        pytest.param("postgresql", "postgresql", marks=pytest.mark.faults),
    ],
    indirect=["installed"],
)
def test_what_is_restored_is_what_was_there_and_it_works(
    installed: CommandLine, target: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    before = read_everything(installed)
    archive, keys = tmp_path / "a.tar.zst", tmp_path / "keys.json"
    made = installed("backup", str(archive), "--keys", str(keys), "--json")
    assert made.code == 0, made.err
    report = json.loads(made.out)
    assert report["objects"] == len(before["store_object"])
    assert report["missing"] == []
    assert installed("backup", "verify", str(archive)).code == 0

    address = request.getfixturevalue("make_database")() if target == "postgresql" else ""
    other = CommandLine(tmp_path / "other", {"STACK_DATABASE": address} if address else {})
    where = address or str(other.data)
    restored = other("restore", str(archive), "--keys", str(keys), "--into", where, "--json")
    assert restored.code == 0, restored.err
    compare_everything(read_everything(other), before)
    assert json.loads(restored.out)["rows"] == report["rows"]
    assert (other.data / "vault.key").read_bytes() == (installed.data / "vault.key").read_bytes()
    assert stat.S_IMODE((other.data / "vault.key").stat().st_mode) == 0o600
    assert (other.data / "audit-checkpoints.jsonl").read_bytes()
    if target != ("postgresql" if "STACK_DATABASE" in installed.extra else "sqlite"):
        check_it_works(other, tmp_path)


def check_it_works(command: CommandLine, folder: Path) -> None:
    """Numbers go on behind those that were given out, the audit log refuses changes, search finds."""
    verified = command("audit", "verify", "--checkpoint", str(command.data / "audit-checkpoints.jsonl"))
    assert verified.code == 0, verified.err
    acts = [act["name"] for act in command("audit", "list", "--jsonl").lines]
    assert {"backup.restore", "backup.move"} & set(acts)
    assert command("user", "create", "somebody-else", "--role", "reader").code == 0
    write_bundle(folder / "more.json", first=100)
    assert command("ingest", str(folder / "more.json")).code == 0
    assert command("search", "verify").code == 0
    assert command("lookup", "host3.example").code == 0


@pytest.mark.parametrize("installed", ["postgresql"], indirect=True)
def test_an_installation_is_overwritten_only_when_asked_to(installed: CommandLine, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.zst"
    assert installed("backup", str(archive)).code == 0
    assert installed("user", "create", "too-late", "--role", "reader").code == 0
    before = read_everything(installed)
    refused = installed("restore", str(archive))
    assert refused.code == 3
    assert "--replace" in refused.err
    assert read_everything(installed) == before
    replaced = installed("restore", str(archive), "--replace")
    assert replaced.code == 0, replaced.err
    assert "too-late" not in installed("user", "list").out
    assert "somebody" in installed("user", "list").out
    assert not (installed.data / "restoring").exists()


def test_without_the_vaults_key_nothing_is_restored(tmp_path: Path) -> None:
    command = begin_folder(tmp_path / "data")
    archive = tmp_path / "a.tar.zst"
    made = command("backup", str(archive))
    assert "keep it elsewhere" in made.err
    key = (command.data / "vault.key").read_text().strip()
    assert key.encode() not in archive.read_bytes()
    other = CommandLine(tmp_path / "other")
    refused = other("restore", str(archive))
    assert refused.code == 5
    assert "--keys" in refused.err
    assert [path.name for path in other.data.iterdir()] == ["serve.lock"]
    wrong = other.with_variables(STACK_VAULT_KEY=bytes(range(32)).hex())
    assert "not at hand" in wrong("restore", str(archive)).err
    right = other.with_variables(STACK_VAULT_KEY=key)
    assert right("restore", str(archive)).code == 0
    assert not (other.data / "vault.key").exists()
    assert right("keys", "status").code == 0


def test_an_archive_may_hold_the_keys_and_a_replaced_key_is_kept(tmp_path: Path) -> None:
    command = begin_folder(tmp_path / "data")
    made = command("backup", str(tmp_path), "--with-keys", "--json")
    assert "the archive holds the keys" in made.err
    archive = json.loads(made.out)["path"]
    assert Path(archive).parent == tmp_path
    assert json.loads(command("backup", "verify", archive, "--json").out)["holds_keys"]
    other = CommandLine(tmp_path / "other")
    assert other("init").code == 0
    before = (other.data / "vault.key").read_text()
    assert other("restore", archive, "--replace").code == 0
    assert other("keys", "status").code == 0
    for name in ("secret.key", "vault.key"):
        assert (other.data / name).read_text() == (command.data / name).read_text()
    assert (other.data / "vault.key.before-1").read_text() == before


def test_a_backup_is_in_the_audit_log_and_overwrites_nothing(tmp_path: Path) -> None:
    command = begin_folder(tmp_path / "data")
    archive = tmp_path / "a.tar.zst"
    assert command("backup", str(archive)).code == 0
    assert any(act["name"] == "backup.create" for act in command("audit", "list", "--jsonl").lines)
    again = command("backup", str(archive))
    assert again.code == 3
    assert "is there already" in again.err


def test_old_stays_until_the_new_is_proven(tmp_path: Path, make_database: Callable[[], str]) -> None:
    """A restore into PostgreSQL that fails late leaves neither its schema nor a changed table."""
    command = begin_folder(tmp_path / "data")
    archive = tmp_path / "a.tar.zst"
    assert command("backup", str(archive), "--with-keys").code == 0
    other = CommandLine(tmp_path / "other", {"STACK_DATABASE": make_database()})
    assert other("init").code == 0
    before = read_everything(other)
    (other.data / "artifacts").rmdir()
    other_key = (other.data / "vault.key").read_text()
    crippled = other.with_variables(STACK_VAULT_KEY=other_key.strip())
    refused = crippled("restore", str(archive), "--replace")
    assert refused.code == 5
    assert read_everything(other) == before
    assert not (other.data / "restoring").exists()
