"""`stack provider` as users type it, here and against a server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http_servers import Answer, Asked
from tests.http_servers import serve as serve_http
from tests.integration.cli.conftest import CommandLine, Servers, begin_folder

_KEY = "misp-key-4711-0815"


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


def test_an_account_from_its_credential_to_its_end(stack: CommandLine, tmp_path: Path) -> None:
    asked: list[Asked] = []

    def answer(request: Asked) -> Answer:
        asked.append(request)
        is_good = request.headers.get("authorization") == _KEY
        return Answer(200 if is_good else 403, b'{"version": "2.5.1"}' if is_good else b"{}")

    with serve_http(answer) as base:
        words = ("provider", "set", "misp", "--option", f"url={base}", "--credential", "key", "--json")
        [made] = stack(*words, given="wrong\n").lines
        assert (made["state"], made["credentials"]) == ("ready", ["key"])
        bad = stack("provider", "test", "misp", "--json")
        assert (bad.code, bad.lines[0]["outcome"]) == (3, "unauthorised")
        file = tmp_path / "key"
        file.write_text(_KEY)
        # What is not named stays.
        changes = ("--credential-file", f"key={file}", "--tlp", "green", "--rate", "5/1m", "--json")
        [changed] = stack("provider", "set", "misp", *changes).lines
        assert (changed["id"], changed["options"]) == (made["id"], {"url": base})
        assert (changed["tlp"], changed["rates"]) == ("green", [{"calls": 5, "seconds": 60}])
        good = stack("provider", "test", "misp", "--json")
        assert (good.code, good.lines[0]["message"]) == (0, "MISP 2.5.1 answers")
    assert len(asked) == 2
    shown = stack("provider", "show", "misp").out
    assert "MISP" in shown
    assert _KEY not in shown
    assert stack("provider", "remove", "misp", "--yes").code == 0


def test_a_service_of_ones_own_has_accounts_by_name(stack: CommandLine) -> None:
    words = ("provider", "set", "http-json:our-list", "--option", "url=https://intel.example")
    bad = stack(*words, "--option", "kinds=ipv4", "--json")
    assert bad.code == 2
    assert "options.verdict" in bad.err
    options = ("--option", "kinds=ipv4 domain", "--option", "verdict=data.verdict")
    [made] = stack(*words, *options, "--off", "--json").lines
    assert (made["name"], made["state"]) == ("our-list", "off")


def test_a_credential_is_no_argument(stack: CommandLine) -> None:
    ended = stack("provider", "set", "virustotal", "--credential", f"key={_KEY}")
    assert ended.code == 2
    assert _KEY not in ended.err + ended.out


def test_all_services_are_listed(stack: CommandLine) -> None:
    names = {row["name"] for row in json.loads(stack("provider", "list", "--json").out)}
    assert {"virustotal", "misp", "opencti", "cape", "http-json"} <= names
