"""Marking, sharing and notes at the command line: here and on a server, with one answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.conftest import CommandLine
from tests.integration.ingest.samples import make_bundle, make_tool

TOOL = make_tool(4711)


@pytest.fixture(scope="module")
def marked(stack: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tool, taken in as TLP:GREEN for everyone."""
    path: Path = tmp_path_factory.mktemp("bundle") / "tool.json"
    path.write_bytes(make_bundle(TOOL))
    ended = stack("ingest", str(path), "--tlp", "green", "--share-with", "everyone", "--json")
    assert ended.code == 0, ended.err
    return str(TOOL["id"])


def _show(stack: CommandLine, *words: str) -> dict[str, Any]:
    ended = stack(*words, "--json")
    assert ended.code == 0, ended.err
    answer: dict[str, Any] = json.loads(ended.out)
    return answer


def test_who_may_see_it_is_said_and_changed(stack: CommandLine, marked: str) -> None:
    access = _show(stack, "mark", marked)
    assert (access["is_own"], access["everyone"]) == (True, True)
    assert [row["tlp"] for row in access["markings"]] == ["green"]
    anew = _show(stack, "mark", marked, "--tlp", "red", "--embargo", "2999-01-31")
    assert (anew["everyone"], anew["embargo_until"]) == (False, "2999-01-31T00:00:00Z")
    assert [row["tlp"] for row in anew["markings"]] == ["red"]
    reset = _show(stack, "mark", marked, "--reset")
    assert (reset["markings"], reset["embargo_until"], reset["everyone"]) == ([], None, False)
    assert stack("mark", marked).out.startswith("who\tOnly ")
    _show(stack, "mark", marked, "--tlp", "green", "--share-with", "everyone")


def test_notes_are_added_and_listed(stack: CommandLine, marked: str) -> None:
    made = _show(stack, "note", marked, "Seen at a customer", "--abstract", "Seen", "--tlp", "amber")
    assert (made["content"], made["tlp"]) == ("Seen at a customer", "amber")
    piped = stack("note", marked, "-", given="From a pipe\n")
    assert piped.code == 0, piped.err
    listed = stack("note", marked, "--jsonl")
    assert [row["content"] for row in listed.lines] == ["Seen at a customer", "From a pipe"]
    assert [row["id"] for row in listed.lines] == [made["id"], piped.out.strip()]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--share-with", "org:Nobody"], 2, "share_with: there is no organisation “Nobody”"),
        (["--share-with", "nobody"], 2, "expected everyone, org:NAME or group:NAME"),
        (["--embargo", "1999-01-01"], 2, "embargo_until"),
        (["--embargo", "tomorrow"], 2, "expected a time such as"),
        (["--tlp", "purple"], 2, "invalid choice"),
        (["--reset", "--tlp", "red"], 2, "--reset"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    stack: CommandLine, marked: str, words: list[str], code: int, said: str
) -> None:
    ended = stack("mark", marked, *words)
    assert (ended.code, said in ended.err) == (code, True), ended.err


def test_an_object_that_is_not_there_is_not_found(stack: CommandLine, marked: str) -> None:
    absent = make_tool(4712)["id"]
    for words in (
        ["mark", absent],
        ["mark", absent, "--tlp", "red"],
        ["note", absent, "x"],
        ["note", absent],
    ):
        assert stack(*words).code == 1, words
