"""The figures of a service are those of all its processes, whichever of them is asked."""

import http.client
import json
import os
import re
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.integration.cli.conftest import Servers, begin_folder, serve
from tests.integration.jobs.cluster import Cluster, own_database

__all__ = ["serve"]
TOKEN = "metrics-token-0123456789"


def ask(host: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def read_sum(text: str, metric: str, *labels: str) -> float:
    """Of all lines of the metric that have these labels."""
    lines = re.findall(rf"(?m)^{metric}(?:\{{(.*)\}})? (\S+)$", text)
    return sum(float(value) for has, value in lines if all(label in has for label in labels))


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_web_port_tells_what_the_job_runner_did(tmp_path: Path, serve: Servers) -> None:
    command = begin_folder(tmp_path / "data")
    server = serve(command.with_variables(STACK_METRICS="on", STACK_METRICS_TOKEN=TOKEN), "--demo")
    host = urlsplit(server.address).netloc
    status, text = ask(host, "/metrics")
    assert status == 200
    assert read_sum(text, "stack_ingest_records_total", 'outcome="new"') > 100
    assert read_sum(text, "stack_ingest_read_bytes_total") > 10_000
    assert read_sum(text, "stack_job_attempts_total", 'kind="ingest"', 'outcome="done"') >= 1
    assert read_sum(text, "stack_requests_total", 'route="/readyz"') >= 1
    assert read_sum(text, "stack_database_query_duration_seconds_count", 'operation="select"') > 10
    # The document that the demonstration leaves for review is read after the start.
    deadline = time.monotonic() + 60
    while read_sum(ask(host, "/metrics")[1], "stack_queue_due_jobs") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert read_sum(ask(host, "/metrics")[1], "stack_queue_due_jobs") == 0
    assert (tmp_path / "data" / "metrics").stat().st_mode & 0o777 == 0o700


@pytest.mark.service("redis")
def test_a_worker_tells_what_its_children_did_and_those_that_died(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = find_port()
    monkeypatch.setenv("STACK_HEALTH_PORT", str(port))
    monkeypatch.setenv("STACK_LOG_FORMAT", "json")
    host = f"127.0.0.1:{port}"
    with own_database("sqlite", tmp_path) as database:
        cluster = Cluster(tmp_path, database=database, redis=redis_url)
        try:
            worker = cluster.start("worker", "--concurrency", "2")

            def count(*labels: str) -> float:
                return read_sum(ask(host, "/metrics")[1], "stack_job_attempts_total", *labels)

            jobs = cluster.ask("enqueue", kind="short", count=6, steps=2, pause=0.2)
            cluster.wait_for(jobs)
            cluster.wait_until(lambda: count('kind="short"', 'outcome="done"') == 6)
            assert len({job["worker"] for job in cluster.ask("jobs", ids=jobs)}) == 2
            for child in psutil.Process(worker.pid).children():
                os.kill(child.pid, signal.SIGKILL)
            time.sleep(0.5)
            cluster.wait_for(cluster.ask("enqueue", kind="short", count=4, steps=1))
            cluster.wait_until(lambda: count('kind="short"', 'outcome="done"') == 10)
            assert ask(host, "/livez") == (200, "alive\n")
            status, ready = ask(host, "/readyz")
            assert (status, '"redis":{"state":"ok"' in ready) == (200, True)
            # The parent forks, so it reads nothing that needs the pool of connections.
            assert '"vault"' not in ready
        finally:
            cluster.end()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert any("SIGKILL" in line["message"] for line in lines)
