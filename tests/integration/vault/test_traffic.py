"""Keys are rotated again and again while other processes seal and open: none of them fails once."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from stack.config.databases import configure_postgresql
from tests.services import report_absent

SECONDS = 2.0
ROOT = Path(__file__).resolve().parents[3]


STACK = str(Path(sys.executable).with_name("stack"))
TRAFFIC = (sys.executable, "-m", "tests.integration.vault.traffic")


def start(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        words,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, int]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    counts: dict[str, int] = json.loads(out or "{}")
    return counts


@pytest.fixture(params=["sqlite", "postgresql"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """That of processes on a database of their own, with `vault.key` in its data folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("STACK_", "DJANGO_"))}
    found = kept | {"STACK_DATA": str(tmp_path / "data")}
    if request.param == "sqlite":
        yield found
        return
    address = os.environ.get("STACK_TEST_POSTGRES")
    if not address:
        report_absent("postgresql", "set STACK_TEST_POSTGRES")
    name = f"vault_{uuid.uuid4().hex[:12]}"
    server = configure_postgresql(address)
    with psycopg.connect(
        host=server["HOST"], port=server["PORT"], user=server["USER"], password=server["PASSWORD"],
        dbname=server["NAME"], autocommit=True,
    ) as connection:  # fmt: skip
        connection.execute(f'CREATE DATABASE "{name}"')
        yield found | {"STACK_DATABASE": f"{address.rsplit('/', 1)[0]}/{name}"}
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_no_process_fails_while_keys_are_rotated(environment: dict[str, str], tmp_path: Path) -> None:
    finish(start(environment, STACK, "init", "--json"))
    finish(start(environment, *TRAFFIC, "prepare", "0"))
    key = (tmp_path / "data" / "vault.key").read_bytes()
    users = [start(environment, *TRAFFIC, "use", str(SECONDS)) for _ in range(2)]
    rotator = start(environment, *TRAFFIC, "rotate", "8")
    counts = [finish(process) for process in users]
    assert finish(rotator)["sealed"] >= 8
    assert all(each["opened"] > 50 and each["sealed"] > 10 for each in counts), counts
    assert (tmp_path / "data" / "vault.key").read_bytes() != key
    finish(start(environment, *TRAFFIC, "use", "0.2"))
