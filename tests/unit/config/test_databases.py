"""What an address of PostgreSQL becomes, and which are refused."""

import pytest

from stack.config.databases import configure_database, configure_postgresql, configure_replicas
from stack.config.environment import SettingError


def test_an_address_is_taken_apart() -> None:
    made = configure_postgresql("postgresql://me:p%40ss@db.example:6432/intel?sslmode=verify-full")
    assert (made["USER"], made["PASSWORD"], made["HOST"], made["PORT"], made["NAME"]) == (
        "me",
        "p@ss",
        "db.example",
        "6432",
        "intel",
    )
    assert made["OPTIONS"]["sslmode"] == "verify-full"


@pytest.mark.parametrize(
    ("hosts", "host", "port"),
    [
        ("%2Frun%2Fpg", "/run/pg", ""),
        ("[::1]:5433", "::1", "5433"),
        ("[::1]", "::1", ""),
        ("one:1,two:2", "one,two", "1,2"),
        ("one,two", "one,two", ""),
    ],
)
def test_hosts_are_read_as_libpq_takes_them(hosts: str, host: str, port: str) -> None:
    made = configure_postgresql(f"postgresql://me@{hosts}/intel")
    assert (made["HOST"], made["PORT"]) == (host, port)


def test_of_several_hosts_the_one_that_takes_writes_is_used() -> None:
    several = configure_postgresql("postgresql://me@one,two/intel")["OPTIONS"]
    assert several["target_session_attrs"] == "read-write"
    assert "target_session_attrs" not in configure_postgresql("postgresql://me@one/intel")["OPTIONS"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://me@one/intel", "expected postgresql://"),
        ("postgresql://me@one/", "expected postgresql://"),
        ("postgresql://me@one:x/intel", "expected a number"),
        ("postgresql://me@one/intel?passfile=/x", "'passfile' is none of"),
    ],
)
def test_what_is_no_address_stops_the_start(address: str, said: str) -> None:
    with pytest.raises(SettingError, match="STACK_DATABASE: ") as caught:
        configure_postgresql(address)
    assert said in str(caught.value)


def test_replicas_are_named_in_order_and_blanks_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_DATABASE_POOL", "3")
    made = configure_replicas(["postgresql://me@one/intel", " ", "postgresql://me@two/intel"])
    assert {alias: each["HOST"] for alias, each in made.items()} == {"replica1": "one", "replica2": "two"}
    assert made["replica1"]["OPTIONS"]["pool"]["max_size"] == 3


def test_behind_pgbouncer_nothing_is_kept_on_a_connection(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("STACK_DATABASE_POOLER", "transaction")
    made = configure_database("postgresql://me@one/intel", data_folder=tmp_path)  # type: ignore[arg-type]
    assert made["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert not {"pool", "options"} & made["OPTIONS"].keys()
