"""Real workers woken over a real Redis: losing, doubling and shuffling messages changes nothing."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.integration.jobs.cluster import Cluster, own_database
from tests.service_fixtures import OwnService

pytestmark = pytest.mark.service("redis")
INGEST = "stack:jobs:ingest"


class Workers:
    """A cluster with one worker of two children and, to be sure that none is in the way, two beats."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.worker = cluster.start("worker")
        self.beats = [cluster.start("beat") for _ in range(2)]
        self.redis = Redis.from_url(cluster.redis, decode_responses=True)
        assert cluster.wait_for(cluster.ask("enqueue", kind="short", steps=1))

    def pause(self) -> None:
        """The parent alone, which takes the messages: a child that is paused could hold a lock."""
        self.worker.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.worker.send_signal(signal.SIGCONT)

    def replace(self) -> None:
        self.worker = self.cluster.start("worker")

    def assert_counted(self, ids: list[int], steps: int) -> None:
        self.cluster.wait_for(ids)
        assert [self.cluster.ask("counted", job=each) for each in ids] == [list(range(steps))] * len(ids)

    def child_of(self, job_id: int) -> int:
        """The process that runs the job, which the worker's name tells, once it has begun."""
        self.cluster.wait_until(lambda: self.cluster.job(job_id)["done"] > 0)
        return int(self.cluster.job(job_id)["worker"].split(":")[1])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def workers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, redis_database: str
) -> Iterator[Workers]:
    folder = tmp_path_factory.mktemp("cluster")
    with own_database(request.param, folder) as database:
        cluster = Cluster(folder, database=database, redis=redis_database)
        try:
            workers = Workers(cluster)
            yield workers
            workers.redis.close()
        finally:
            cluster.end()


@pytest.fixture
def enqueue(workers: Workers) -> Callable[..., list[int]]:
    def enqueue(**arguments: Any) -> list[int]:
        return list(workers.cluster.ask("enqueue", **{"kind": "count", "steps": 3} | arguments))

    return enqueue


Enqueue = Callable[..., list[int]]


def test_jobs_whose_messages_are_lost_are_found_by_the_sweep(workers: Workers, enqueue: Enqueue) -> None:
    workers.pause()
    ids = enqueue(count=4)
    workers.redis.flushdb()
    workers.go_on()
    workers.assert_counted(ids, 3)


def test_doubled_and_shuffled_messages_and_messages_for_nothing_do_nothing(
    workers: Workers, enqueue: Enqueue
) -> None:
    workers.pause()
    ids = enqueue(count=4)
    messages = workers.redis.lrange(INGEST, 0, -1)
    assert messages
    foreign = json.loads(messages[0])
    foreign["properties"]["delivery_tag"] = "elsewhere"
    messages = [*messages * 3, json.dumps(foreign)]
    random.shuffle(messages)
    workers.redis.delete(INGEST)
    workers.redis.rpush(INGEST, *messages)
    workers.go_on()
    workers.assert_counted(ids, 3)
    assert {job["attempts"] for job in workers.cluster.ask("jobs", ids=ids)} == {1}


def test_a_job_goes_on_in_another_process_when_its_own_is_killed(workers: Workers, enqueue: Enqueue) -> None:
    [job] = enqueue(steps=30)
    os.kill(workers.child_of(job), signal.SIGKILL)
    workers.assert_counted([job], 30)
    assert workers.cluster.job(job)["attempts"] == 2
    [reason] = workers.cluster.ask("reasons", job=job)
    assert reason.endswith("disappeared (lease ran out)")


def test_a_job_goes_on_in_another_worker_when_its_own_is_killed(workers: Workers, enqueue: Enqueue) -> None:
    [job] = enqueue(steps=30)
    child = workers.child_of(job)
    workers.worker.kill()
    workers.worker.wait()
    workers.cluster.wait_until(lambda: not Path(f"/proc/{child}").exists())
    workers.replace()
    workers.assert_counted([job], 30)
    assert workers.cluster.job(job)["attempts"] == 2


# Slow, and nothing of it depends on the database.
@pytest.mark.parametrize("workers", ["postgresql"], indirect=True)
def test_a_job_that_kills_its_worker_is_dead_after_five_attempts_with_a_reason_for_each(
    workers: Workers, enqueue: Enqueue
) -> None:
    [poison] = enqueue(kind="poison")
    [other] = enqueue()
    [dead] = workers.cluster.wait_for([poison], "dead")
    assert dead["attempts"] == 5
    assert "At the last of 5 attempts" in dead["error"]
    reasons = workers.cluster.ask("reasons", job=poison)
    assert len(reasons) == 5
    assert all("disappeared" in reason for reason in reasons)
    workers.assert_counted([other], 3)


def test_a_long_import_gives_its_place_to_others_that_wait(workers: Workers, enqueue: Enqueue) -> None:
    flood = enqueue(who="a", count=8, steps=500)
    workers.cluster.wait_until(lambda: sum(row["done"] > 0 for row in workers.cluster.ask("jobs", ids=flood)))
    [second], [third] = enqueue(who="b"), enqueue(who="c")
    # A slice lasts one second here and each of the imports twenty-five.
    workers.cluster.wait_for([second, third])
    assert not any(row["state"] == "done" for row in workers.cluster.ask("jobs", ids=flood))
    for job in flood:
        workers.cluster.ask("cancel", job=job)
    rows = workers.cluster.wait_for(flood, "done", "cancelled")
    assert all(row["attempts"] <= 1 for row in rows)
    assert all(workers.cluster.ask("counted", job=row["id"]) == list(range(row["done"])) for row in rows)


def test_a_running_job_is_cancelled_from_another_process_and_a_waiting_one_at_once(
    workers: Workers, enqueue: Enqueue
) -> None:
    running = enqueue(count=2, steps=500)
    workers.cluster.wait_until(
        lambda: all(row["done"] for row in workers.cluster.ask("jobs", ids=running)), 10
    )
    [waiting] = enqueue()
    assert workers.cluster.ask("cancel", job=waiting) == "cancelled"
    for job in running:
        assert workers.cluster.ask("cancel", job=job) == "running"
    asked = time.monotonic()
    workers.cluster.wait_for(running, "cancelled")
    assert time.monotonic() - asked < 2


# Slow, and nothing of it depends on the database.
@pytest.mark.parametrize("workers", ["postgresql"], indirect=True)
def test_a_worker_that_is_asked_to_stop_gives_its_jobs_back_and_ends_those_that_hang(
    workers: Workers, enqueue: Enqueue
) -> None:
    [job], [hanging] = enqueue(steps=500), enqueue(kind="hang")
    workers.child_of(job)
    workers.cluster.wait_until(lambda: workers.cluster.job(hanging)["state"] == "running")
    asked = time.monotonic()
    workers.worker.send_signal(signal.SIGTERM)
    assert workers.worker.wait(15) == 0
    assert time.monotonic() - asked < 10
    row = workers.cluster.job(job)
    assert (row["state"], row["attempts"]) == ("queued", 0)
    assert workers.cluster.ask("cancel", job=job) == "cancelled"
    workers.cluster.ask("cancel", job=hanging)
    workers.cluster.wait_for([hanging], "cancelled")
    workers.replace()


# Slow, and nothing of it depends on the database.
@pytest.mark.parametrize("workers", ["postgresql"], indirect=True)
def test_two_beats_send_no_message_twice(workers: Workers, enqueue: Enqueue) -> None:
    workers.pause()
    ids = enqueue(count=20)
    workers.redis.flushdb()
    workers.cluster.wait_until(lambda: workers.redis.llen(INGEST) >= len(ids))
    time.sleep(2)
    # A dozen sweeps later; on a busy machine one may begin while another is still sending.
    assert workers.redis.llen(INGEST) <= 2 * len(ids)
    workers.go_on()
    workers.assert_counted(ids, 3)


@pytest.fixture
def lonely(
    tmp_path: Path, own_service: Callable[[str], OwnService]
) -> Iterator[tuple[Cluster, OwnService, subprocess.Popen[str]]]:
    """A cluster on a Redis of its own, which the test may hurt."""
    redis = own_service("redis")
    cluster = Cluster(tmp_path, database="", redis=f"{redis.url}/0")
    try:
        worker = cluster.start("worker")
        cluster.start("beat")
        cluster.wait_for(cluster.ask("enqueue", kind="short", steps=1))
        yield cluster, redis, worker
    finally:
        cluster.end()


def test_requests_and_jobs_survive_a_redis_that_stops_hangs_and_comes_back_empty(
    lonely: tuple[Cluster, OwnService, subprocess.Popen[str]],
) -> None:
    cluster, redis, worker = lonely

    def enqueue() -> tuple[list[int], float]:
        begun = time.monotonic()
        return cluster.ask("enqueue", kind="count", steps=3), time.monotonic() - begun

    redis.pause()
    hanging, first = enqueue()
    silent, second = enqueue()
    redis.pause(is_paused=False)
    assert first < 1.5, "a request waits for one time-out at most"
    assert second < 0.5, "and the next one not at all"
    cluster.wait_for([*hanging, *silent])
    redis.kill()
    gone, third = enqueue()
    assert third < 1.5
    time.sleep(1)
    assert cluster.job(gone[0])["state"] == "queued"
    redis.start()
    cluster.wait_for(gone)
    assert worker.poll() is None
