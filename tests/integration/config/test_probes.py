"""Probes name every dependency to everybody, and the rest to operators alone."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from stack.config import metrics
from stack.config.health import reading
from stack.config.health.checks import Answer, list_checks
from stack.config.health.reading import HealthReader, State
from stack.config.metrics import begin_measuring
from stack.config.probing.server import start_server
from stack.core import measures

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "metrics-token-0123456789"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def fresh_health(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_reader", None)
    monkeypatch.setattr(metrics, "_reader", metrics._GaugeReader())


@pytest.fixture
def token(settings: Settings) -> None:
    settings.MONITORING = replace(settings.MONITORING, is_on=True, token=TOKEN)


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    begin_measuring("web")
    yield
    measures.stop_measuring()


def use_checks(monkeypatch: pytest.MonkeyPatch, checks: Mapping[str, Any]) -> None:
    monkeypatch.setattr(reading, "_reader", HealthReader(checks))


def test_all_that_is_needed_is_named(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    found = answer.json()
    assert found["state"] == "ready"
    assert {"database", "migrations", "vault", "search"} <= found["dependencies"].keys()
    assert {*found["dependencies"]} == {*list_checks()}
    assert found["dependencies"]["database"] == {"state": "ok"}


@pytest.mark.parametrize("path", ["/livez", "/healthz"])
def test_a_process_lives_whatever_its_database_does(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Answer:
        raise OSError("gone")

    use_checks(monkeypatch, {"database": fail})
    assert client.get(path).content == b"alive\n"
    assert client.get("/readyz").status_code == 503


def test_a_service_that_is_not_needed_degrades(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    use_checks(
        monkeypatch, {"database": lambda: Answer(True), "redis": lambda: Answer(False, "refused by 10.0.0.7")}
    )
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "state": "degraded",
        "dependencies": {"database": {"state": "ok"}, "redis": {"state": "degraded"}},
    }


@pytest.mark.usefixtures("token")
def test_details_are_for_who_holds_the_token(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    use_checks(monkeypatch, {"redis": lambda: Answer(False, "refused by 10.0.0.7")})
    for headers in ({}, {"Authorization": "Bearer metrics-token-012345678X"}, {"Authorization": TOKEN}):
        assert b"10.0.0.7" not in client.get("/readyz", headers=headers).content
    redis = client.get("/readyz", headers=BEARER).json()["dependencies"]["redis"]
    assert redis["detail"] == "refused by 10.0.0.7"
    assert redis["latency_ms"] >= 0


def test_a_check_that_hangs_costs_a_second_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PATIENCE_S", 0.1)
    monkeypatch.setattr(reading, "_FIRST_PATIENCE_S", 0.1)
    monkeypatch.setattr(reading, "_KEPT_S", 0.0)
    release, calls = threading.Event(), []

    def hang() -> Answer:
        calls.append(1)
        release.wait(10)
        return Answer(True)

    reader = HealthReader({"database": lambda: Answer(True), "search": hang})
    begun = time.monotonic()
    first, second = reader.read(), reader.read()
    assert time.monotonic() - begun < 2
    assert (first.state, second.state) == (State.DEGRADED, State.DEGRADED)
    assert first.dependencies[1].detail == "no answer in time"
    assert len(calls) == 1
    release.set()
    time.sleep(0.05)
    assert reader.read().state is State.READY


def test_an_answer_is_kept_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def count() -> Answer:
        calls.append(1)
        return Answer(True)

    reader = HealthReader({"database": count})
    for _ in range(50):
        reader.read()
    assert len(calls) == 1


def test_a_secret_in_a_failure_is_redacted() -> None:
    def fail() -> Answer:
        raise OSError("redis://worker:hunter22@redis:6379 refused")

    [dependency] = HealthReader({"redis": fail}).read().dependencies
    assert dependency.detail == "OSError: redis://worker:[secret]@redis:6379 refused"


def test_probes_are_answered_under_any_name_and_in_any_flood(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["stack.example"]
    answers = [client.get("/readyz", headers={"Host": "10.1.2.3:8000"}).status_code for _ in range(700)]
    assert {*answers} == {200}


def test_there_are_no_metrics_unless_asked_for(client: Client) -> None:
    assert client.get("/metrics").status_code == 404


@pytest.mark.usefixtures("token", "measured")
def test_metrics_need_the_token(client: Client) -> None:
    client.get("/")
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer "}):
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == 401
        assert b"stack_" not in answer.content
    text = client.get("/metrics", headers=BEARER).content.decode()
    for gauge in (
        "stack_queue_due_jobs",
        "stack_index_lag_changes",
        "stack_audit_records",
        "stack_disk_free",
    ):
        assert f"\n{gauge}" in text
    assert 'stack_dependency_up{dependency="database"} 1.0' in text
    assert 'route="/"' in text
    assert "stack_database_query_duration_seconds_count" in text


@pytest.mark.usefixtures("measured")
def test_without_a_token_metrics_are_for_this_machine(client: Client, settings: Settings) -> None:
    settings.MONITORING = replace(settings.MONITORING, is_on=True)
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 401


@pytest.mark.usefixtures("token", "measured")
def test_labels_hold_routes_and_nothing_of_a_request(client: Client) -> None:
    client.get("/o/malware/0b1bdf0c-97b6-4d15-b1c7-2f6de2a3f5b1?q=hunter22", headers={"X-Probe": "hunter22"})
    client.generic("BREW", "/o/malware")
    client.get("/nowhere/hunter22")
    text = client.get("/metrics", headers=BEARER).content.decode()
    assert 'method="other"' in text
    assert 'route="none"' in text
    assert "hunter22" not in text
    assert "0b1bdf0c" not in text


@pytest.mark.usefixtures("token")
def test_the_server_for_probes_answers_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    use_checks(monkeypatch, {"database": lambda: Answer(False, "refused by 10.0.0.7")})
    server = start_server("127.0.0.1", 0)
    assert server is not None
    try:
        port = int(server.server_address[1])
        assert _ask(port, "/livez") == (200, b"alive\n")
        status, content = _ask(port, "/readyz", BEARER)
        assert (status, json.loads(content)["dependencies"]["database"]["detail"]) == (
            503,
            "refused by 10.0.0.7",
        )
        assert b"10.0.0.7" not in _ask(port, "/readyz")[1]
        assert _ask(port, "/metrics")[0] == 401
        assert b"stack_build_info" in _ask(port, "/metrics", BEARER)[1]
        assert _ask(port, "/anything")[0] == 404
        assert start_server("127.0.0.1", port) is None
    finally:
        server.shutdown()
        server.server_close()


def test_who_holds_connections_does_not_fill_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stack.config.probing.server._MOST_AT_ONCE", 3)
    server = start_server("127.0.0.1", 0)
    assert server is not None
    port = int(server.server_address[1])
    before = threading.active_count()
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    try:
        time.sleep(0.3)
        assert threading.active_count() - before <= 3
    finally:
        for each in silent:
            each.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException):
            assert _ask(port, "/livez")[0] == 200
            break
    else:
        pytest.fail("it answers nobody any more")
    server.shutdown()
    server.server_close()


def _ask(port: int, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
