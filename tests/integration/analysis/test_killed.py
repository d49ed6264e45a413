"""Runners that are killed in the middle of analyses: nothing is lost, and no call is paid for twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from tests.http_servers import Answer, Asked, serve
from tests.integration.cli.conftest import STACK, CommandLine, begin_folder
from tests.integration.store.artifacts.test_killed import ask, wait_until

_SERVICES = ("one", "two", "three")
_VALUES = 3

_BEGIN = """
import sys, orjson, django
django.setup()
from stack.accounts.queries import local_principal
from stack.analysis.asking.operations import save_account
from stack.analysis.base import Rate
from stack.analysis.operations import start_batch
wanted = orjson.loads(sys.stdin.buffer.read())
principal = local_principal()
for name in wanted["services"]:
    options = {"url": wanted["url"], "kinds": "ipv4", "path": f"/{name}/{{value}}", "verdict": "word"}
    save_account(principal, "http-json", name=name, options=options, rates=[Rate(100_000, 60)])
for value in wanted["values"]:
    start_batch(principal, values=[value])
"""

_READ = """
import sys, django
django.setup()
import msgspec
from stack.accounts.queries import local_principal
from stack.analysis.models import Analysis
from stack.analysis.queries import get_analysis
shown = [get_analysis(local_principal(), str(uid)) for uid in Analysis.objects.values_list("uid", flat=True)]
sys.stdout.buffer.write(msgspec.json.encode([{"row": each.row, "answers": each.answers} for each in shown]))
"""


class Service:
    """Knows nothing of anything (404), slowly; counts what it was asked."""

    def __init__(self, random: Random) -> None:
        self.asked: Counter[str] = Counter()
        self._random = random
        self._lock = threading.Lock()

    def has_more_than(self, times: int, data: Path) -> Callable[[], bool]:
        """Whether it was asked again, or there is nothing left to ask."""
        return lambda: self.asked.total() > times or not unfinished(data)

    def __call__(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked[asked.path] += 1
            pause = self._random.uniform(0, 0.4)
        time.sleep(pause)
        return Answer(status=404, body=b'{"message": "nothing"}')


def begin(stack: CommandLine, wanted: dict[str, object]) -> None:
    subprocess.run(
        [sys.executable, "-c", _BEGIN],
        env=stack.environment() | {"DJANGO_SETTINGS_MODULE": "stack.config.settings"},
        input=orjson.dumps(wanted),
        check=True,
        timeout=60,
    )


@contextmanager
def running(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A runner with a group of its own, of which nothing is left."""
    with subprocess.Popen([STACK, "runner"], env=environment, start_new_session=True) as runner:
        try:
            yield runner
        finally:
            with suppress(ProcessLookupError):
                os.killpg(runner.pid, signal.SIGKILL)


def unfinished(data: Path) -> list[tuple[object, ...]]:
    return ask(data, "SELECT id FROM jobs_job WHERE kind = 'analysis' AND state IN ('queued', 'running')")


def read_analyses(stack: CommandLine) -> list[dict[str, Any]]:
    """Every analysis with its answers, as faces show them."""
    read = subprocess.run(
        [sys.executable, "-c", _READ],
        env=stack.environment() | {"DJANGO_SETTINGS_MODULE": "stack.config.settings"},
        check=True,
        capture_output=True,
        timeout=60,
    )
    return list(orjson.loads(read.stdout))


def run_rounds(tmp_path: Path, rounds: int, seed: int) -> None:
    random = Random(seed)
    service = Service(random)
    stack = begin_folder(tmp_path / "data")
    values = [f"8.{number // 200}.{number % 200}.8" for number in range(rounds * _VALUES)]
    with serve(service) as url:
        # Attempts are not what this is about: each kill costs one.
        environment = stack.environment() | {"STACK_HTTP_ALLOW": "127.0.0.0/8", "STACK_JOBS_LEASE": "3"}
        begin(stack, {"services": _SERVICES, "url": url, "values": values})
        for _ in range(rounds):
            with running(environment) as runner:
                wait_until(service.has_more_than(service.asked.total(), stack.data), seconds=120)
                time.sleep(random.uniform(0, 1.5))
                os.killpg(runner.pid, signal.SIGKILL)
        with running(environment) as runner:
            wait_until(lambda: not unfinished(stack.data), seconds=240)
            runner.send_signal(signal.SIGTERM)
            runner.wait(30)
    shown = read_analyses(stack)
    assert {each["row"]["value"] for each in shown} == set(values)
    # A job that was killed at each of its attempts is given up, and its analysis says so.
    given_up = {job_id for (job_id,) in ask(stack.data, "SELECT id FROM jobs_job WHERE state = 'dead'")}
    assert len(given_up) <= rounds
    for each in shown:
        assert each["row"]["state"] == ("failed" if each["row"]["job_id"] in given_up else "done")
    answers = [(each["row"], answer) for each in shown for answer in each["answers"]]
    engines = {answer["state"] for row, answer in answers if not answer["is_provider"]}
    assert engines <= {"found", "absent"} | ({"interrupted"} if given_up else set())
    asked = [(row["value"], answer) for row, answer in answers if answer["is_provider"]]
    assert len(asked) == len(values) * len(_SERVICES)
    assert {answer["state"] for _, answer in asked} <= {"absent", "interrupted"}
    # What a kill left without a reply is told, and not paid for again; all else was asked for once.
    lost = [answer for _, answer in asked if answer["state"] == "interrupted"]
    assert len(lost) <= rounds * 4 * len(_SERVICES)
    assert max(service.asked.values()) == 1, service.asked.most_common(3)
    assert service.asked.total() >= len(asked) - len(lost)


@pytest.mark.timeout(300)
def test_three_kills_lose_nothing_and_pay_for_nothing_twice(tmp_path: Path) -> None:
    run_rounds(tmp_path, 3, seed=1)


@pytest.mark.faults
@pytest.mark.timeout(3600)
def test_fifty_kills_lose_nothing_and_pay_for_nothing_twice(tmp_path: Path) -> None:
    run_rounds(tmp_path, 50, seed=2)
