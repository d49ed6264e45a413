"""Stack as the server under test: `stack serve` as users run it, on a data folder of its own."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.integration.cli.conftest import CommandLine, Server, Servers, begin_folder
from tests.standards.taxii.door import Door, Shelf, basic
from tests.standards.taxii.target import Target

_ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def serve_stack() -> Iterator[Target]:
    """Stack without limits on how often somebody asks: what is tested is how it answers."""
    with serve_folder() as (_, server, made):
        yield read_made(server.address, made)


@contextmanager
def serve_folder(database: str = "") -> Iterator[tuple[CommandLine, Server, dict[str, Any]]]:
    """The command, the running server, and what `stack_setup` made there; on an empty PostgreSQL database
    where one is named."""
    with tempfile.TemporaryDirectory(prefix="stack-taxii-") as folder:
        data = Path(folder) / "data"
        if database:
            command = CommandLine(data, {"STACK_LIMITS": "off", "STACK_DATABASE": database})
            assert command("init").code == 0
        else:
            command = begin_folder(data).with_variables(STACK_LIMITS="off")
        made = _run_setup(command)
        servers = Servers()
        try:
            yield command, servers(command), made
        finally:
            servers.end_all()


def read_made(address: str, made: dict[str, Any]) -> Target:
    door = Door(address.rstrip("/"), basic("conformance", made["key"]))
    shelves = {name: Shelf(door, root, uid) for name, (root, uid) in made["shelves"].items()}
    return Target(**shelves, empty_root=made["empty_root"], key=made["key"])


def _run_setup(command: CommandLine) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.standards.taxii.stack_setup"],
        env=command.environment(),
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    made: dict[str, Any] = json.loads(ended.stdout)
    return made
