"""`stack serve` as a service: it comes up, keeps its processes alive, and leaves none behind."""

import http.client
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from stack.cli.supervision.lock import find_serving
from tests.integration.cli.conftest import CommandLine, Servers, begin_folder, wait_gone


def get(address: str, path: str, host: str = "") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    connection.request("GET", path, headers={"Host": host} if host else {})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_it_is_ready_when_it_says_so_and_the_link_signs_in_once(tmp_path: Path, serve: Servers) -> None:
    server = serve(CommandLine(tmp_path / "data"))
    assert get(server.address, "/readyz").status == 200
    path = urlsplit(server.sign_in).path
    assert "sessionid=" in str(get(server.address, path).headers)
    assert "sessionid=" not in str(get(server.address, path).headers)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_process_within_five_seconds(
    tmp_path: Path, serve: Servers, number: signal.Signals
) -> None:
    server = serve(begin_folder(tmp_path / "data"))
    family = server.family()
    assert len(family) >= 4
    server.process.send_signal(number)
    assert wait_gone(family, 5) == []
    assert server.process.wait(1) == 0
    assert find_serving(tmp_path / "data") is None
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", urlsplit(server.address).port or 0))


def test_killing_the_parent_leaves_no_orphan(tmp_path: Path, serve: Servers) -> None:
    server = serve(begin_folder(tmp_path / "data"))
    family = server.family()
    server.process.kill()
    assert wait_gone(family, 8) == []


def test_a_crashed_runner_and_a_crashed_web_process_come_back(tmp_path: Path, serve: Servers) -> None:
    server = serve(begin_folder(tmp_path / "data"))
    before = find_serving(tmp_path / "data")
    assert before is not None
    for pid in before.children.values():
        os.kill(pid, signal.SIGKILL)

    def is_back() -> bool:
        now = find_serving(tmp_path / "data")
        return now is not None and not set(now.children.values()) & set(before.children.values())

    assert wait_until(is_back, 10)
    assert wait_until(lambda: is_answering(server.address), 10)


def is_answering(address: str) -> bool:
    try:
        return get(address, "/readyz").status == 200
    except OSError:
        return False


def test_a_second_server_on_the_folder_says_who_has_it(tmp_path: Path, serve: Servers) -> None:
    command = CommandLine(tmp_path / "data")
    server = serve(command)
    second = command("serve", "--port", "0", "--no-open")
    assert second.code == 5
    assert f"process {server.process.pid} at {server.address}" in second.err
    third = CommandLine(tmp_path / "other")(
        "serve", "--port", str(urlsplit(server.address).port), "--no-open"
    )
    assert third.code == 5
    assert "already in use" in third.err
    assert "--port 0" in third.err


def test_the_demonstration_fills_the_pages_once_and_doctor_is_content(tmp_path: Path, serve: Servers) -> None:
    command = CommandLine(tmp_path / "data")
    server = serve(command, "--demo")
    sources = command("source", "list", "--jsonl").lines
    assert [source["kind"] for source in sources] == ["demo", "demo"]
    assert sum(source["objects"] for source in sources) > 4000
    assert command("doctor", "--json").code in {0, 3}
    server.process.terminate()
    assert server.process.wait(8) == 0
    jobs = len(command("job", "list", "--jsonl").lines)
    again = serve(command, "--demo")
    assert len(command("job", "list", "--jsonl").lines) == jobs
    again.process.terminate()
    again.process.wait(8)


def test_production_comes_up_under_its_own_name_and_writes_no_sign_in_link(
    tmp_path: Path, serve: Servers
) -> None:
    settings = {
        "STACK_MODE": "production",
        "STACK_ALLOWED_HOSTS": "stack.example",
        "STACK_SECRET_KEY": "for-this-test-alone-" + "k3Y" * 20,
        "STACK_VAULT_KEY": bytes(range(32)).hex(),
    }
    server = serve(CommandLine(tmp_path / "data", settings))
    assert server.sign_in == ""
    assert get(server.address, "/readyz", host="stack.example").status == 200
    assert not (tmp_path / "data" / "secret.key").exists()


def test_a_name_that_is_not_of_this_machine_is_refused_in_words(tmp_path: Path) -> None:
    ended = CommandLine(tmp_path / "data")("serve", "--host", "192.0.2.1", "--no-open")
    assert ended.code == 5
    assert "not an address of this machine" in ended.err
