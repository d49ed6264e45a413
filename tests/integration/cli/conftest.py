"""The `stack` command as users run it: a process of its own, on a data folder of its own."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest

STACK = Path(sys.executable).with_name("stack")


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Runs `stack` with a clean environment but for what the test sets."""

    data: Path
    extra: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("STACK_", "DJANGO_"))}
        # The lists of the package take ten seconds to be made ready, in each folder anew.
        lists = {"STACK_KNOWN_GOOD_LISTS": os.environ["STACK_KNOWN_GOOD_LISTS"]}
        return kept | lists | {"STACK_DATA": str(self.data)} | dict(self.extra)

    def __call__(self, *words: str, given: str = "") -> Ended:
        ended = subprocess.run(
            [STACK, *words],
            env=self.environment(),
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def with_variables(self, **extra: str) -> "CommandLine":
        return CommandLine(self.data, {**self.extra, **extra})


@cache
def _make_template() -> Path:
    """A folder as `stack init` leaves it, made once by each process of a test run."""
    folder = Path(tempfile.mkdtemp(prefix="stack-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    assert CommandLine(folder / "data")("init").code == 0
    return folder / "data"


def begin_folder(data: Path) -> CommandLine:
    """The command on a data folder that is initialised already."""
    shutil.copytree(_make_template(), data)
    return CommandLine(data)


@dataclass(frozen=True, slots=True)
class Server:
    """A running `stack serve`; `family` are the process ids of it and of all that it started."""

    process: subprocess.Popen[str]
    address: str
    sign_in: str
    seconds: float

    def family(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]


def wait_gone(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that are still there after so long."""
    deadline = time.monotonic() + seconds
    alive = processes
    while alive and time.monotonic() < deadline:
        alive = [process for process in alive if _is_alive(process)]
        time.sleep(0.05)
    return alive


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and bool(process.status() != "zombie")
    except psutil.NoSuchProcess:
        return False


class Servers:
    """Starts servers, and leaves none behind."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[str]] = []
        self._family: list[psutil.Process] = []

    def __call__(self, command: CommandLine, *words: str) -> Server:
        process = subprocess.Popen(
            [STACK, "serve", "--port", "0", "--no-open", "--json", *words],
            env=command.environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        assert process.stdout is not None
        with process.stdout as stream:
            answer = json.loads(stream.readline())
        server = Server(process, answer["address"], answer["sign_in"], answer["seconds"])
        self._family.extend(server.family())
        return server

    def end_all(self) -> None:
        for process in self._family:
            if process.is_running():
                process.send_signal(signal.SIGKILL)
        for process in self._started:
            process.wait(5)


@pytest.fixture
def serve() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.end_all()


@pytest.fixture(scope="module", params=["local", "remote"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """The command on a data folder here, and the same command on a server: answers must not differ."""
    command = begin_folder(tmp_path_factory.mktemp("cli") / "data")
    servers = Servers()
    if request.param == "remote":
        server = servers(command)
        key = json.loads(command("key", "create", "test", "--json").out)["key"]
        command = command.with_variables(STACK_URL=server.address, STACK_TOKEN=key)
    yield command
    servers.end_all()
