"""The connection to Redis: addresses, time-outs, a restart in between, and a failover behind Sentinel."""

import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis, RedisError

from services.processes import Process, end_process, launch_process
from stack.core import redis_connection
from stack.core.redis_connection import Circuit, open_redis
from tests.service_fixtures import OwnService

_SENTINEL = """port {sentinel}
bind 127.0.0.1
sentinel monitor stack 127.0.0.1 {primary} 1
sentinel down-after-milliseconds stack 500
sentinel failover-timeout stack 3000
"""


def test_one_client_a_process_and_address(redis_url: str) -> None:
    assert open_redis(redis_url) is open_redis(redis_url)
    assert open_redis(redis_url) is not open_redis(redis_url, answer_s=0.3)
    open_redis(redis_url).set("stack:test", "1")
    assert Redis.from_url(redis_url).get("stack:test") == b"1"


def test_a_restart_in_between_is_not_noticed(own_service: Callable[[str], OwnService]) -> None:
    own = own_service("redis")
    client = open_redis(f"{own.url}/0")
    client.set("kept", "yes")
    own.kill()
    own.start()
    assert client.get("kept") == b"yes"


def test_one_that_hangs_is_given_up(own_service: Callable[[str], OwnService]) -> None:
    own = own_service("redis")
    client = open_redis(f"{own.url}/0", answer_s=0.2)
    client.ping()
    own.pause()
    begun = time.monotonic()
    with pytest.raises(RedisError):
        client.get("anything")
    assert time.monotonic() - begun < 1.0


def test_nobody_asks_again_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(redis_connection, "monotonic", lambda: now[0])
    circuit = Circuit("redis://127.0.0.1:1/0", answer_s=0.2)
    asked = []

    def ask(client: "Redis") -> str:
        asked.append(now[0])
        client.ping()
        return "Redis"

    for _ in range(12):
        assert circuit.attempt(ask, otherwise=lambda: "without") == "without"
        now[0] += 1.0
    assert asked == [100.0, 105.0, 110.0]


def test_what_is_wrong_with_the_question_is_not_hidden(redis_url: str) -> None:
    def ask(client: "Redis") -> str:
        raise ValueError

    with pytest.raises(ValueError):
        Circuit(redis_url, answer_s=0.2).attempt(ask, otherwise=lambda: "without")


@pytest.fixture
def guarded(own_service: Callable[[str], OwnService], tmp_path: Path) -> Iterator[tuple[OwnService, str]]:
    """A primary, its replica and a sentinel: the primary, and the sentinel's address."""
    server = shutil.which("redis-server") or ""
    primary = own_service("redis")
    at = primary.url.rpartition(":")[2]
    replica, sentinel = _find_free_port(), _find_free_port()
    configuration = tmp_path / "sentinel.conf"
    configuration.write_text(_SENTINEL.format(sentinel=sentinel, primary=at), encoding="utf-8")
    options = [
        "--port",
        str(replica),
        "--bind",
        "127.0.0.1",
        "--replicaof",
        "127.0.0.1",
        at,
        "--dir",
        str(tmp_path),
    ]
    started = [
        _launch(tmp_path, [server, *options]),
        _launch(tmp_path, [server, str(configuration), "--sentinel"]),
    ]
    with Redis(port=sentinel) as client:
        _wait_for(lambda: bool(client.execute_command("SENTINEL", "REPLICAS", "stack")))
    yield primary, f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel}/stack/3"
    for process in started:
        end_process(process, number=signal.SIGKILL)


def test_a_failover_is_followed(guarded: tuple[OwnService, str]) -> None:
    primary, address = guarded
    client = open_redis(address)
    assert client.set("kept", "yes")
    _wait_for(lambda: client.wait(1, 500) == 1)
    primary.kill()

    def answers() -> bool:
        return client.set("new", "yes") is True

    _wait_for(answers)
    assert client.get("kept") == b"yes"
    assert client.get_connection_kwargs()["db"] == 3


def _wait_for(holds: Callable[[], bool], patience_s: float = 30) -> None:
    until = time.monotonic() + patience_s
    while True:
        try:
            if holds():
                return
        except RedisError:
            pass
        assert time.monotonic() < until
        time.sleep(0.1)


def _launch(folder: Path, argv: list[str]) -> Process:
    return launch_process(argv, name="redis", ports=(), log=folder / "log", user=None, cwd=folder)


def _find_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
