"""Reviewing a document at the command line: here and on a server, with one answer."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.documents import make_pdf
from tests.integration.cli.conftest import CommandLine, Servers, begin_folder

_TEXT = "The loader calls hxxps://evil[.]example/gate.php\nand 198.51.100[.]7, as CVE-2024-3400."


@pytest.fixture(scope="module", params=["local", "remote"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """As everywhere, with few lists of known-good values: to make all ready takes seconds."""
    command = begin_folder(tmp_path_factory.mktemp("cli") / "data")
    command = command.with_variables(STACK_KNOWN_GOOD_LISTS=os.environ["STACK_KNOWN_GOOD_LISTS"])
    servers = Servers()
    if request.param == "remote":
        server = servers(command)
        key = json.loads(command("key", "create", "test", "--json").out)["key"]
        command = command.with_variables(STACK_URL=server.address, STACK_TOKEN=key)
    yield command
    servers.end_all()


@pytest.fixture
def document(tmp_path: Path) -> str:
    path = tmp_path / "report.pdf"
    path.write_bytes(make_pdf(_TEXT, title=tmp_path.name))
    return str(path)


def _ask(stack: CommandLine, *words: str) -> Any:
    ended = stack("review", *words, "--json")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def test_document_is_added_decided_on_and_committed(stack: CommandLine, document: str) -> None:
    added = _ask(stack, "add", document, "--source", "Vendor", "--tlp", "green")
    number = str(added["id"])
    assert (added["state"], added["format"], added["source"], added["tlp"]) == (
        "open",
        "pdf",
        "Vendor",
        "green",
    )
    finds = _ask(stack, "show", number, "--finds")
    values = [find["value"] for find in finds]
    assert values == ["https://evil.example/gate.php", "198.51.100.7", "CVE-2024-3400"]
    assert list(finds[0]["known_good"]) == [] or finds[0]["known_good"][0]["list_name"]
    one = _ask(stack, "accept", number, "198.51.100.7")
    assert one["finds"]["accepted"] == 1
    other = _ask(stack, "reject", number, str(finds[0]["id"]))
    assert other["finds"]["rejected"] == 1
    done = _ask(stack, "commit", number)
    assert done["report_id"].startswith("report--")
    assert done["counts"] == {"new": 4}
    shown = _ask(stack, "show", number)
    assert (shown["state"], shown["report_id"]) == ("committed", done["report_id"])
    assert [part["title"] for part in shown["parts"]] == ["page 1"]
    assert _ask(stack, "reopen", number)["state"] == "open"
    listed = stack("review", "list", "--state", "open", "--jsonl")
    assert added["id"] in [row["id"] for row in listed.lines]
    assert _ask(stack, "discard", number)["state"] == "discarded"


def test_what_cannot_be_is_said(stack: CommandLine, document: str, tmp_path: Path) -> None:
    absent = stack("review", "add", str(tmp_path / "absent.pdf"))
    assert absent.code == 2
    assert "No such file" in absent.err
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 nothing")
    failed = stack("review", "add", str(broken))
    assert failed.code == 2
    assert "no PDF that can be read" in failed.err
    number = str(_ask(stack, "add", document)["id"])
    assert "no find 'nothing'" in stack("review", "accept", number, "nothing").err
    assert "Name the finds" in stack("review", "accept", number).err
    assert stack("review", "commit", number).code == 2
    assert stack("review", "show", "987654").code == 1


def test_what_is_sure_can_be_committed_at_once(stack: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "mail.txt"
    path.write_text("It calls hxxps://sure[.]example/x but 10.0.0.1 is inside.")
    done = _ask(stack, "add", str(path), "--commit")
    assert done["state"] == "committed"
    assert done["finds"]["accepted"] == 1
    empty = tmp_path / "empty.txt"
    empty.write_text("Nothing to see here.")
    ended = stack("review", "add", str(empty), "--commit")
    assert ended.code == 3
    assert "nothing in it is sure enough" in ended.err
    handed = stack("ingest", str(path.with_suffix(".pdf")))
    assert handed.code == 2
