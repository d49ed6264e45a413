"""The servers for the tests: a start is safe to repeat, an end ends nothing else."""

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from services import java
from services.catalogue import SERVICES
from services.processes import end_process, is_running, launch_process
from services.refusals import Refusal
from services.running import is_started, list_processes, start_service, stop_service
from tests.service_fixtures import OwnService


def test_a_start_is_safe_to_repeat(own_service: Callable[[str], OwnService]) -> None:
    own = own_service("redis")
    before = list_processes(own.service, folder=own.folder)
    assert start_service(own.service, folder=own.folder) == before


def test_a_killed_server_comes_back_where_it_was_with_its_data(
    own_service: Callable[[str], OwnService],
) -> None:
    own = own_service("redis")
    address = own.url
    with Redis.from_url(address) as client:
        client.set("kept", "yes")
    own.kill()
    own.start()
    assert own.url == address
    with Redis.from_url(address) as client:
        assert client.get("kept") == b"yes"


def test_an_end_ends_what_was_started_and_leaves_nothing(own_service: Callable[[str], OwnService]) -> None:
    own = own_service("redis")
    process = list_processes(own.service, folder=own.folder)[0]
    assert is_running(process)
    assert stop_service(own.service, folder=own.folder)
    assert not is_running(process)
    assert not (own.folder / "redis").exists()
    assert not stop_service(own.service, folder=own.folder)


def test_another_process_of_the_same_number_is_left_alone(tmp_path: Path) -> None:
    process = launch_process(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        name="sleeper",
        ports=(),
        log=tmp_path / "log",
        user=None,
        cwd=tmp_path,
    )
    earlier = dataclasses.replace(process, started="1")
    end_process(earlier, patience_s=1)
    assert not is_running(earlier)
    assert is_running(process)
    end_process(process)
    assert not is_running(process)


def test_a_java_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "_list_homes", lambda: {17: Path("/nowhere")})
    with pytest.raises(Refusal, match=r"Java 21 is missing: .*found: 17"):
        java.find_java(at_least=21)


def test_an_unknown_name_is_refused_by_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services", "start", "postgres"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no service is called postgres: there are postgresql, redis" in done.stderr


def test_nothing_is_started_in_a_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_SERVICES", str(tmp_path))
    assert not any(is_started(service) for service in SERVICES.values())
