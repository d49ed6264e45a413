"""`stack export` in other formats, `stack output`, and the address that it makes."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.integration.cli.conftest import CommandLine, Servers, begin_folder
from tests.integration.sharing.outputs.conftest import make_ioc


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    made = begin_folder(tmp_path / "data")
    bundle = {
        "type": "bundle",
        "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d",
        "objects": [make_ioc("bad", labels=["block"]), make_ioc("gone", revoked=True, labels=["block"])],
    }
    (tmp_path / "b.json").write_text(json.dumps(bundle))
    assert made("ingest", str(tmp_path / "b.json")).code == 0
    return made


def test_an_export_says_what_it_could_not_carry(line: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    keep = ("--known-good", "keep")
    ended = line("export", "--format", "hosts", "-o", str(path), "--report", "--json", *keep)
    assert ended.code == 0, ended.err
    assert "0.0.0.0 bad.example\n" in path.read_text()
    assert "gone.example" not in path.read_text()
    report = json.loads(ended.out)["report"]
    assert (report["items"], report["entries"], report["left_out"]) == (
        2,
        1,
        [{"why": "revoked", "count": 1}],
    )
    assert "left out: 1 revoked" in ended.err
    assert "not carried: 1 indicator.labels" in ended.err
    rows = line("export", "--format", "csv", "--query", "label:block", "--option", "delimiter=tab")
    assert {row.split("\t")[0] for row in rows.out.splitlines()} == {"value", "bad.example", "gone.example"}


def test_what_is_wrong_is_said_with_what_was_expected(line: CommandLine) -> None:
    for words, told in (
        (("--format", "pdf"), "expected one of csv"),
        (("--format", "list", "--option", "kind=names"), "expected one of"),
        (("--option", "kind"), "NAME=VALUE"),
        (("--collection", "nothing"), "no collection"),
        (("--since", "x"), "since"),
        (("--min-confidence", "101"), "0 to 100"),
    ):
        ended = line("export", *words)
        assert ended.code in {1, 2}, words
        assert told in ended.err, (words, ended.err)


def test_formats_are_listed_with_their_options(line: CommandLine) -> None:
    formats = {row["name"]: row for row in json.loads(line("export", "--formats", "--json").out)}
    assert {"stix", "csv", "list", "rpz", "misp", "yara"} <= set(formats)
    [kind] = [option for option in formats["list"]["options"] if option["name"] == "kind"]
    assert kind["default"] == "ip"
    assert "domain" in kind["values"]


def test_a_collection_is_exported_and_then_its_changes(line: CommandLine, tmp_path: Path) -> None:
    assert line("collection", "create", "Blocked", "--query", "*", "--alias", "blocked").code == 0
    first = line(
        "export",
        "--format",
        "jsonl",
        "--collection",
        "blocked",
        "--report",
        "-o",
        str(tmp_path / "a"),
        "--json",
    )
    assert first.code == 0, first.err
    cursor = json.loads(first.out)["report"]["cursor"]
    assert cursor
    (tmp_path / "c.json").write_text(json.dumps([make_ioc("new")]))
    assert line("ingest", str(tmp_path / "c.json")).code == 0
    delta = line("export", "--format", "jsonl", "--collection", "blocked", "--since", cursor)
    assert [json.loads(row)["value"] for row in delta.out.splitlines()] == ["new.example"]


def test_an_output_is_made_served_and_ended(line: CommandLine, serve: Servers) -> None:
    made = line(
        "output", "create", "Proxies", "--query", "label:block", "--format", "list",
        "--option", "kind=domain", "--option", "comments=no", "--known-good", "keep", "--json",
    )  # fmt: skip
    assert made.code == 0, made.err
    output = json.loads(made.out)
    assert (output["format"], output["options"]["kind"]) == ("list", "domain")
    key = json.loads(line("output", "key", str(output["id"]), "--name", "proxy", "--json").out)
    assert key["key"] in key["path"]
    server = serve(line)
    address = server.address.rstrip("/") + key["path"]
    assert _fetch(address) == b"bad.example\n"
    [listed] = json.loads(line("output", "list", "--json").out)
    assert listed["keys"][0]["fetches"] == 1
    assert listed["last_run"]["entries"] == 1
    assert line("output", "change", str(output["id"]), "--option", "kind=ip", "--title", "IPs").code == 0
    assert _fetch(address) == b"# IPs\n# 0 entries\n"  # options are given as a whole
    assert line("output", "delete", str(output["id"]), "--yes").code == 0
    with pytest.raises(urllib.error.HTTPError) as caught:
        _fetch(address)
    with caught.value as error:
        assert error.code == 404


def _fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:
        body: bytes = answer.read()
    return body
