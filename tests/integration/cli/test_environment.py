"""What the commands do about the data folder, and about servers that do not answer as they should."""

import json
import sqlite3
from pathlib import Path

from tests.integration.cli.conftest import CommandLine, begin_folder


def test_init_creates_everything_once_and_is_quiet_afterwards(tmp_path: Path) -> None:
    stack = CommandLine(tmp_path / "new" / "data")
    first = stack("init")
    assert first.code == 0
    assert "secret key" in first.err
    second = stack("init")
    assert (second.code, second.out, second.err) == (0, "", "")
    assert stack.data.stat().st_mode & 0o777 == 0o700
    assert (stack.data / "secret.key").stat().st_mode & 0o777 == 0o600


def test_others_read_nothing_in_a_folder_that_was_open_to_them(tmp_path: Path) -> None:
    stack = CommandLine(tmp_path / "data")
    stack.data.mkdir(mode=0o755)
    (stack.data / "stack.sqlite3").touch(0o644)
    stack("ingest", "-", given='{"type":"domain-name","spec_version":"2.1","value":"evil.example"}')
    modes = {path.name: path.stat().st_mode & 0o077 for path in stack.data.iterdir()}
    assert {"stack.sqlite3", "artifacts", "index"} <= modes.keys()
    assert set(modes.values()) == {0}


def test_a_newcomer_may_begin_with_any_command(tmp_path: Path) -> None:
    stack = CommandLine(tmp_path / "data")
    ended = stack("lookup", "evil.example", "--jsonl")
    assert ended.code == 1
    assert ended.lines[0]["known"] is False
    assert "created" not in ended.err


def test_migrations_that_are_missing_are_noticed_and_applied(tmp_path: Path) -> None:
    stack = begin_folder(tmp_path / "data")
    with sqlite3.connect(stack.data / "stack.sqlite3") as connection:
        connection.execute("DELETE FROM django_migrations WHERE app = 'search'")
        connection.execute("DROP TABLE search_indexcursor")
        connection.execute("DROP TABLE search_savedlookup")
        connection.execute("DROP TABLE search_indexlease")
    connection.close()
    assert stack("doctor").code == 3
    assert "migrations" in stack("init").err
    assert stack("doctor").code == 0


def test_verify_says_whether_index_and_store_agree(tmp_path: Path) -> None:
    stack = begin_folder(tmp_path / "data")
    text = '{"type":"domain-name","spec_version":"2.1","value":"evil.example"}'
    stack("ingest", "-", given=text)
    rebuilt = stack("search", "rebuild", "--json")
    assert rebuilt.code == 0
    report = stack("search", "verify", "--json")
    assert report.code == 0
    assert json.loads(report.out)["missing"] == 0


def test_the_copies_of_the_index_are_listed_and_one_is_chosen_by_name(tmp_path: Path) -> None:
    stack = begin_folder(tmp_path / "data")
    stack("search", "rebuild")
    [copy] = json.loads(stack("search", "switch", "--json").out)["copies"]
    assert (copy["is_current"], copy["documents"]) == (True, 0)
    assert stack("search", "switch", "--to", copy["name"]).code == 0
    unknown = stack("search", "switch", "--to", "other")
    assert unknown.code == 1
    assert "no copy other" in unknown.err


def test_a_data_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = CommandLine(tmp_path / "file" / "data")("init")
    assert ended.code == 5
    assert "STACK_DATA" in ended.err


def test_a_setting_that_cannot_be_used_is_a_usage_error(tmp_path: Path) -> None:
    ended = CommandLine(tmp_path / "data")("init")
    assert ended.code == 0
    ended = CommandLine(tmp_path / "data", {"STACK_LOG_LEVEL": "LOUD"})("init")
    assert ended.code == 2
    assert "STACK_LOG_LEVEL" in ended.err


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    stack = CommandLine(tmp_path / "data", {"STACK_URL": "http://127.0.0.1:9", "STACK_TOKEN": "stk_x"})
    ended = stack("lookup", "evil.example")
    assert ended.code == 5
    assert "STACK_URL" in ended.err
    assert not stack.data.exists()
    for wrong in (
        {"STACK_URL": "http://127.0.0.1:99999"},
        {"STACK_URL": "http://[::1"},
        {"STACK_TOKEN": "a\nb"},
    ):
        ended = stack.with_variables(**wrong)("lookup", "evil.example")
        assert (ended.code, ended.out) == (2, "")
        assert next(iter(wrong)) in ended.err


def test_what_needs_the_data_beside_it_is_refused_for_a_server(tmp_path: Path) -> None:
    stack = CommandLine(tmp_path / "data", {"STACK_URL": "http://127.0.0.1:9"})
    for words in (["init"], ["serve"], ["search", "verify"], ["search", "rebuild"]):
        ended = stack(*words)
        assert ended.code == 2, words
        assert "STACK_URL" in ended.err
