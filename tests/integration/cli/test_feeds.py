"""`stack feed` as users type it, here and against a server."""

import json
from collections.abc import Iterator

import pytest

from tests.http_servers import Answer, Asked
from tests.http_servers import serve as serve_http
from tests.integration.cli.conftest import CommandLine, Servers, begin_folder


@pytest.fixture(scope="module", params=["local", "remote"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """As `conftest.stack`, where requests may go to servers of this machine."""
    command = begin_folder(tmp_path_factory.mktemp("cli") / "data")
    command = command.with_variables(STACK_HTTP_ALLOW="127.0.0.0/8")
    servers = Servers()
    if request.param == "remote":
        server = servers(command)
        key = json.loads(command("key", "create", "test", "--json").out)["key"]
        command = command.with_variables(STACK_URL=server.address, STACK_TOKEN=key)
    yield command
    servers.end_all()


def test_a_feed_from_its_first_look_to_its_end(stack: CommandLine) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(body=b"198.51.100.7\n198.51.100.8\nno address\n", headers={"ETag": '"1"'})

    with serve_http(answer) as base:
        where = f"url={base}/exits.txt"
        [shown] = stack("feed", "preview", "tor-exits", "--option", where, "--json").lines
        assert (shown["total"], shown["faults"]) == (2, 1)
        [added] = stack("feed", "add", "tor-exits", "--option", where, "--every", "2h", "--json").lines
        assert (added["every_s"], added["is_enabled"], added["health"]) == (7200, False, "off")
        [ran] = stack("feed", "run", "tor exit NODES", "--json").lines
        assert ran["last_run"]["new"] == 2
        [changed] = stack("feed", "change", str(added["id"]), "--every", "1d", "--json").lines
        assert (changed["every_s"], changed["options"]) == (86_400, {"url": f"{base}/exits.txt"})
        [steps] = stack("feed", "test", "Tor exit nodes", "--json").lines
        assert [step["is_good"] for step in steps["items"]] == [True, True, True]
        [row] = stack("feed", "show", "Tor exit nodes", "--json").lines
        assert row["health_details"]["objects"] == 2
    assert stack("feed", "test", "Tor exit nodes").code == 3
    assert stack("feed", "remove", "Tor exit nodes", "--yes").code == 0
    assert stack("feed", "list").code == 1


def test_a_credential_is_no_argument_and_not_shown(stack: CommandLine) -> None:
    ended = stack("feed", "add", "urlhaus", "--credential", "auth-key", "--json", given="k-e-y\n")
    assert ended.lines[0]["credentials"] == ["auth-key"]
    assert "k-e-y" not in ended.out + ended.err
    [listed] = json.loads(stack("feed", "list", "--json").out)
    assert "k-e-y" not in repr(listed)
    assert stack("feed", "remove", "URLhaus", "--yes").code == 0


def test_what_there_is_to_choose_from(stack: CommandLine) -> None:
    vendors = json.loads(stack("feed", "vendors", "--json").out)
    assert {"urlhaus", "csv", "misp", "rss"} <= {vendor["name"] for vendor in vendors}
    refused = stack("feed", "add", "nobody")
    assert refused.code == 2
    assert "tor-exits" in refused.err
