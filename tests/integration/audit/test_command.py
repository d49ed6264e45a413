"""`stack audit` as it is typed: list, export, verify with a checkpoint from outside."""

import csv
import json
import sqlite3
from io import StringIO
from pathlib import Path

import pytest

from stack.accounts.roles import Permission
from stack.cli.commands.audit import NEEDS, read_moment
from tests.integration.cli.conftest import CommandLine, begin_folder


@pytest.fixture
def stack(tmp_path: Path) -> CommandLine:
    command = begin_folder(tmp_path / "data")
    assert command("key", "create", "=nightly").code == 0
    return command


def behind_the_back(stack: CommandLine, statement: str) -> None:
    with sqlite3.connect(stack.data / "stack.sqlite3") as connection:
        for each in ("update", "delete", "insert"):
            connection.execute(f"DROP TRIGGER IF EXISTS audit_entry_{each}")
        connection.execute(statement)
    connection.close()


def test_acts_are_listed_and_exported(stack: CommandLine) -> None:
    listed = json.loads(stack("audit", "list", "--act", "key", "--json").out)
    assert [(entry["name"], entry["face"], entry["actor"]) for entry in listed] == [
        ("key.create", "cli", "admin")
    ]
    assert stack("audit", "list", "--actor", "nobody").code == 1
    assert "key.create" in stack("audit", "list").out

    rows = list(csv.DictReader(StringIO(stack("audit", "export", "--format", "csv").out)))
    assert {"key.create", "export.read"} <= {row["name"] for row in rows}
    assert not [cell for row in rows for cell in row.values() if cell[:1] in {"=", "+", "-", "@"}]
    lines = stack("audit", "export", "--act", "export").lines
    assert [line["object_kind"] for line in lines] == ["audit", "audit"]


def test_a_cut_end_shows_with_a_checkpoint_and_its_public_key(stack: CommandLine, tmp_path: Path) -> None:
    kept, public = tmp_path / "kept.jsonl", tmp_path / "audit.pem"
    assert stack("audit", "checkpoint", "--out", str(kept)).code == 0
    public.write_text(stack("audit", "checkpoint", "--public-key").out)
    verify = ("audit", "verify", "--checkpoint", str(kept), "--public-key", str(public), "--json")
    assert json.loads(stack(*verify).out)["faults"] == []

    [checkpoint] = [json.loads(line) for line in kept.read_text().splitlines()]
    behind_the_back(stack, f"DELETE FROM audit_entry WHERE sequence >= {checkpoint['sequence']}")
    assert stack("audit", "verify").code == 0
    ended = stack(*verify)
    assert ended.code == 1
    assert [fault["kind"] for fault in json.loads(ended.out)["faults"]] == ["cut"]


def test_an_altered_entry_is_named_and_raised(stack: CommandLine) -> None:
    behind_the_back(stack, "UPDATE audit_entry SET actor_name = 'eve' WHERE sequence = 1")
    ended = stack("audit", "verify")
    assert (ended.code, ended.out) == (1, "altered: entry 1 was altered\n")
    (raised,) = json.loads(stack("audit", "list", "--security", "--act", "audit", "--json").out)
    assert (raised["name"], raised["result"], raised["object_id"]) == ("audit.break", "failed", "1")


def test_verifying_elsewhere_than_beside_the_data_is_refused(stack: CommandLine) -> None:
    for action in ("verify", "checkpoint"):
        ended = stack.with_variables(STACK_URL="http://127.0.0.1:1")("audit", action)
        assert ended.code == 2
        assert "machine of the data" in ended.err


def test_every_action_declares_what_it_needs() -> None:
    assert NEEDS == {
        "list": Permission.READ_AUDIT,
        "export": Permission.READ_AUDIT,
        "verify": Permission.ADMINISTER,
        "checkpoint": Permission.ADMINISTER,
    }


def test_moments_are_dates_times_and_periods() -> None:
    assert read_moment("2026-11-30") == "2026-11-30T00:00:00+00:00"
    assert read_moment("2026-11-30T12:00:00+02:00") == "2026-11-30T10:00:00+00:00"
    assert read_moment("7d") < read_moment("12h")
