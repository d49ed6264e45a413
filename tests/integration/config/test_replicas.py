"""Reading from a streaming replica: never an older answer than the primary's, whatever becomes of either."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.postgres_servers import PostgresServer, pgbouncer, primary_and_replicas, wait_until

ROOT = Path(__file__).resolve().parents[3]
STACK = Path(sys.executable).with_name("stack")


class Reader:
    """The process of `replica_reader`, spoken to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def make_environment(folder: Path, address: str, **settings: str) -> dict[str, str]:
    """Of a process of the product: not of the tests, whose settings know no server."""
    own = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    own |= {"STACK_DATA": str(folder), "STACK_DATABASE": address, "PYTHONPATH": str(ROOT)}
    return own | {"STACK_VAULT_KEY": bytes(range(32)).hex()} | settings


@contextmanager
def reading(folder: Path, address: str, *, direct: str = "", **settings: str) -> Iterator[Reader]:
    """`direct` is the address of the server itself, where a pooler stands between."""
    environment = make_environment(folder, address, **settings)
    prepared = make_environment(folder, direct or address)
    subprocess.run([STACK, "init"], env=prepared, check=True, timeout=60)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.config.replica_reader"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        cwd=ROOT,
    )
    try:
        yield Reader(process)
    finally:
        process.kill()
        process.communicate(timeout=10)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    with primary_and_replicas() as (primary, [replica]):
        yield primary, replica


def test_a_replica_answers_only_what_the_primary_would(
    servers: tuple[PostgresServer, PostgresServer], tmp_path: Path
) -> None:
    primary, replica = servers
    with reading(tmp_path, primary.address, STACK_DATABASE_REPLICAS=replica.address) as reader:
        assert reader.ask("write one") == {}
        wait_until(lambda: reader.ask("read").get("from") == "replica1")
        assert reader.ask("read")["names"] == ["one"]
        assert reader.ask("read-in-transaction")["from"] == "default"
        own = reader.ask("write-then-read two")
        assert (own["before"], own["from"], own["names"]) == ("replica1", "default", ["one", "two"])

        replica.ask("SELECT pg_wal_replay_pause()")
        reader.ask("write three")
        behind = reader.ask("read")
        assert (behind["names"], behind["from"]) == (["one", "three", "two"], "default")
        assert reader.ask("lag")["replica1"][0] > 0
        replica.ask("SELECT pg_wal_replay_resume()")
        wait_until(lambda: reader.ask("read").get("from") == "replica1")
        assert reader.ask("read")["names"] == ["one", "three", "two"]

        replica.stop()
        assert reader.ask("read")["from"] == "default"
        assert reader.ask("lag")["replica1"] is None
        replica.start()


def test_a_promoted_standby_is_found_and_holds_everything(tmp_path: Path) -> None:
    with primary_and_replicas() as (primary, [standby]):
        both = f"postgresql://stack@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/postgres"
        with reading(tmp_path, both, STACK_DATABASE_REPLICAS=standby.address) as reader:
            reader.ask("write one")
            wait_until(lambda: reader.ask("read").get("from") == "replica1")
            primary.stop("fast")
            standby.promote()
            wait_until(lambda: "error" not in reader.ask("write two"))
            said = reader.ask("read")
            assert said["names"] == ["one", "two"]
            # It leads now: nothing is replayed any more that could be waited for.
            assert said["from"] == "default"


def test_everything_works_through_pgbouncer(
    servers: tuple[PostgresServer, PostgresServer], tmp_path: Path
) -> None:
    primary, _ = servers
    primary.ask("CREATE DATABASE pooled")
    with pgbouncer(primary, pool_size=1) as address:
        through, direct = (each.replace("/postgres", "/pooled") for each in (address, primary.address))
        with reading(tmp_path, through, direct=direct, STACK_DATABASE_POOLER="transaction") as reader:
            for name in ("one", "two", "three"):
                reader.ask(f"write {name}")
            assert reader.ask("read")["names"] == ["one", "three", "two"]


def test_several_prepare_a_database_at_once_and_one_of_them_does_it(
    servers: tuple[PostgresServer, PostgresServer], tmp_path: Path
) -> None:
    primary, _ = servers
    primary.ask("CREATE DATABASE shared")
    address = primary.address.replace("/postgres", "/shared")
    started = [
        subprocess.Popen(
            [STACK, "init", "--json"],
            env=make_environment(tmp_path / str(number), address),
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    made = [json.loads(each.communicate(timeout=100)[0])["created"] for each in started]
    assert [each.returncode for each in started] == [0, 0, 0]
    assert sum("database tables" in line for lines in made for line in lines) == 1
    assert sum("administrator" in line for lines in made for line in lines) == 1


def test_a_database_that_starts_later_is_waited_for(tmp_path: Path) -> None:
    with primary_and_replicas(replicas=0) as (server, _):
        server.stop("fast")
        environment = make_environment(tmp_path, server.address)
        early = subprocess.run(
            [STACK, "init"], env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert early.returncode == 5
        assert "does not answer" in early.stderr
        waiting = subprocess.Popen([STACK, "init", "--wait", "30"], env=environment)
        server.start()
        assert waiting.wait(60) == 0


def test_while_the_database_is_away_requests_are_told_to_come_back(tmp_path: Path) -> None:
    with primary_and_replicas(replicas=0) as (server, _), reading(tmp_path, server.address) as reader:
        reader.ask("write one")
        assert reader.ask("get /sign-in")["status"] == 200
        server.stop()
        for path in ("/", "/api/v1/sources"):
            assert reader.ask(f"get {path}") == {"status": 503, "retry": "5"}
        server.start()
        wait_until(lambda: reader.ask("get /sign-in")["status"] == 200)
        assert reader.ask("read")["names"] == ["one"]
