"""`stack keys`, and the refusal to start without the vault's key."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from stack.accounts.roles import Permission
from stack.cli.commands.keys import NEEDS
from stack.vault.local_keys import make_key
from tests.integration.cli.conftest import CommandLine, Ended, Servers, begin_folder

PRODUCTION = {
    "STACK_MODE": "production",
    "STACK_ALLOWED_HOSTS": "stack.example",
    "STACK_SECRET_KEY": "not-a-default-" + "k3Y" * 20,
}


def status(stack: CommandLine) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stack("keys", "status", "--json").out)
    return found


def refused(ended: Ended, *words: str) -> bool:
    return ended.code in {2, 5} and ended.out == "" and all(word in ended.err for word in words)


def test_keys_are_made_shown_and_rotated(tmp_path: Path) -> None:
    stack = CommandLine(tmp_path / "data")
    assert any("vault" in each for each in json.loads(stack("keys", "init", "--json").out)["created"])
    path = stack.data / "vault.key"
    first, before = path.read_bytes(), status(stack)
    assert path.stat().st_mode & 0o777 == 0o600
    assert before["is_open"] is True
    assert json.loads(stack("keys", "init", "--json").out) == {"created": []}
    assert path.read_bytes() == first

    rotated = json.loads(stack("keys", "rotate", "--json").out)
    assert rotated["failed"] == []
    assert len(rotated["retired"]) == 1
    wrapped = stack("keys", "rotate", "--key-encryption-key", "--json")
    assert wrapped.code == 0
    assert json.loads(wrapped.out)["before"] == before["key_encryption_id"]
    assert path.read_bytes() != first
    after = status(stack)
    assert after["key_encryption_id"] == json.loads(wrapped.out)["after"]
    assert rotated["data_key"] in stack("keys", "status").out
    assert first.decode().strip() not in json.dumps([before, after]) + wrapped.out + wrapped.err
    with sqlite3.connect(stack.data / "stack.sqlite3") as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    for key in (rotated["data_key"], after["key_encryption_id"]):
        assert any("vault.rotate" in line and key in line for line in dump.splitlines())


def test_a_key_from_the_environment_is_rotated_to_the_new_one(tmp_path: Path) -> None:
    old, new = make_key().hex(), make_key().hex()
    stack = CommandLine(tmp_path / "data", {"STACK_VAULT_KEY": old})
    stack("init")
    assert not (stack.data / "vault.key").exists()
    assert refused(stack("keys", "rotate", "--key-encryption-key"), "STACK_VAULT_NEW_KEY")
    both = stack.with_variables(STACK_VAULT_NEW_KEY=new)
    rotated = both("keys", "rotate", "--key-encryption-key")
    assert rotated.code == 0
    assert "Set STACK_VAULT_KEY" in rotated.err
    assert both("lookup", "evil.example").code == 1
    assert stack.with_variables(STACK_VAULT_KEY=new)("lookup", "evil.example").code == 1
    assert refused(stack("lookup", "evil.example"), "STACK_VAULT_KEY")


def test_nothing_starts_with_another_key_or_without_one(tmp_path: Path) -> None:
    stack = begin_folder(tmp_path / "data")
    key = stack.data / "vault.key"
    kept = key.rename(stack.data / "kept")
    for words in (["serve", "--port", "0"], ["lookup", "x"], ["keys", "init"]):
        assert refused(stack(*words), "vault.key", "backup"), words
        assert not key.exists(), words
    another = stack.with_variables(STACK_VAULT_KEY=make_key().hex())
    assert refused(another("serve", "--port", "0"), "STACK_VAULT_KEY", "another one")
    assert status(stack)["is_open"] is False
    assert stack("keys", "status").code == 5
    assert "vault.key" in stack("doctor").out
    kept.rename(key)
    assert stack("lookup", "x").code == 1


def test_server_processes_refuse_by_themselves(tmp_path: Path) -> None:
    stack = begin_folder(tmp_path / "data")
    environment = stack.environment() | {"STACK_VAULT_KEY": make_key().hex()}
    runner = ["stack.config.runner_process", "--parent", str(os.getpid()), "--work", "jobs"]
    for module in (["stack.config.wsgi"], runner):
        ended = subprocess.run(
            [sys.executable, "-m", *module],
            env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ended.returncode == 1
        assert "another one" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_production_names_its_key_or_does_not_start(tmp_path: Path) -> None:
    stack = CommandLine(tmp_path / "data", PRODUCTION)
    for words in (["init"], ["serve", "--port", "0"]):
        assert refused(stack(*words), "STACK_VAULT_KEY"), words
    assert refused(stack.with_variables(STACK_VAULT_KEY="0" * 64)("init"), "STACK_VAULT_KEY", "random")
    assert not (stack.data / "vault.key").exists()
    path = tmp_path / "production.key"
    assert json.loads(stack("keys", "init", "--file", str(path), "--json").out) == {"file": str(path)}
    made = path.read_bytes()
    again = stack("keys", "init", "--file", str(path))
    assert (again.code, path.read_bytes()) == (3, made)
    named = stack.with_variables(STACK_VAULT_KEY_FILE=str(path))
    assert named("init").code == 0
    assert not (stack.data / "vault.key").exists()
    path.chmod(0o644)
    assert refused(named("init"), "chmod 600", str(path))


def test_a_running_server_outlives_both_rotations(tmp_path: Path, serve: Servers) -> None:
    stack = CommandLine(tmp_path / "data")
    server = serve(stack)
    for words in (["rotate", "--key-encryption-key"], ["rotate"]):
        assert stack("keys", *words).code == 0
    remote = stack.with_variables(STACK_URL=server.address)
    assert refused(remote("keys", "rotate"), "STACK_URL")
    token = json.loads(stack("key", "create", "x", "--json").out)["key"]
    assert remote.with_variables(STACK_TOKEN=token)("lookup", "evil.example").code == 1
    assert "ok" in stack("doctor").out


def test_the_command_says_what_each_action_needs() -> None:
    assert NEEDS == {"init": None, "status": Permission.ADMINISTER, "rotate": Permission.ADMINISTER}
