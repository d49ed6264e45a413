"""`stack taxii` against a server of the test's own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http_servers import serve
from tests.integration.cli.conftest import CommandLine, begin_folder
from tests.integration.sources.taxii.fake import COLLECTION, FakeTaxii, credentials_of, make_malware


@pytest.fixture
def server() -> FakeTaxii:
    made = FakeTaxii()
    made.add(*(make_malware(place) for place in range(20)))
    return made


@pytest.fixture
def url(server: FakeTaxii) -> Iterator[str]:
    with serve(server) as base:
        yield base


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    return begin_folder(tmp_path / "data").with_variables(STACK_HTTP_ALLOW="127.0.0.0/8")


def test_looking_around_and_pulling_once(line: CommandLine, url: str) -> None:
    found = line("taxii", "discover", url, "--json")
    assert json.loads(found.out)["api_roots"] == [f"{url}/root/", f"{url}/other/"], found.err
    [collection] = json.loads(line("taxii", "collections", f"{url}/root/", "--json").out)
    assert (collection["id"], collection["can_read"]) == (COLLECTION, True)
    pulled = line("taxii", "pull", f"{url}/root/", "Worms", "--tlp", "green", "--json")
    assert pulled.code == 0, pulled.err
    assert json.loads(pulled.out)["objects"] == 20
    [source] = json.loads(line("source", "list", "--json").out)
    assert source["objects"] == 20


def test_a_peer_is_kept_with_its_secret_and_remembers_how_far_it_came(
    line: CommandLine, server: FakeTaxii, url: str, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("secret-of-theirs\n")
    added = line("taxii", "peer", "add", "north", f"{url}/root/", "--token-file", str(tmp_path / "token"))
    assert added.code == 0, added.err
    pulled = line("taxii", "pull", "north", "Worms", "--json")
    assert pulled.code == 0, pulled.err
    assert json.loads(pulled.out)["jobs"][0]["objects"] == 20
    assert credentials_of(server.asked[-1]) == "secret-of-theirs"
    again = line("taxii", "peer", "sync", "north", "--json")
    assert json.loads(again.out)["jobs"][0]["objects"] == 0
    shown = line("taxii", "peer", "show", "north", "--json")
    assert "secret-of-theirs" not in shown.out
    [link] = json.loads(shown.out)["links"]
    assert (link["moved"], link["health"]) == (20, "good")
    moved = line("taxii", "peer", "change", "north", "--url", "http://127.0.0.1:1/elsewhere/")
    assert moved.code == 2
    assert "credentials anew" in moved.err
    assert line("taxii", "peer", "remove", "north", "--yes").code == 0
    assert line("taxii", "peer", "list").code == 1


def test_pushing_our_collection(line: CommandLine, server: FakeTaxii, url: str, tmp_path: Path) -> None:
    bundle = {"type": "bundle", "id": f"bundle--{COLLECTION}", "objects": [make_malware(77)]}
    (tmp_path / "b.json").write_text(json.dumps(bundle))
    assert line("ingest", str(tmp_path / "b.json")).code == 0
    identity = make_malware(77)["id"]
    assert line("collection", "create", "Ours", "--alias", "ours").code == 0
    assert line("collection", "add", "ours", identity).code == 0
    assert line("taxii", "peer", "add", "north", f"{url}/root/").code == 0
    pushed = line("taxii", "push", "north", "Worms", "ours", "--json")
    assert pushed.code == 0, pushed.err
    assert json.loads(pushed.out)["jobs"][0]["taken"] == 1
    assert [obj["id"] for obj in server.posted] == [identity]


@pytest.mark.parametrize(
    "words", [("discover", "ftp://x"), ("pull", "nobody", "x"), ("peer", "show", "nobody")]
)
def test_what_cannot_be_says_what_to_do(line: CommandLine, words: tuple[str, ...]) -> None:
    ended = line("taxii", *words)
    assert ended.code in {1, 2}
    assert "Traceback" not in ended.err
    assert ended.err.strip()
