"""The settings of jobs and of Redis, and what passes between a worker and its children."""

import os

import pytest

from stack.config.environment import SettingError
from stack.config.forking import SharedFlag
from stack.config.jobs import configure_jobs
from stack.config.redis import configure_redis
from stack.jobs.settings import JobSettings


def test_jobs_are_run_by_the_runner_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configure_jobs(redis_url="") == JobSettings()
    monkeypatch.setenv("STACK_JOBS", "celery")
    monkeypatch.setenv("STACK_JOBS_LEASE", "60")
    assert configure_jobs(redis_url="redis://host") == JobSettings(runner="celery", lease_s=60)


def test_celery_without_redis_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_JOBS", "celery")
    with pytest.raises(SettingError, match="STACK_REDIS"):
        configure_jobs(redis_url="")


@pytest.mark.parametrize(
    "address", ["", "redis://h:1/0", "rediss://user:word@h:1/0", "redis+sentinel://a:1,b:2/service/0"]
)
def test_an_address_of_redis_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("STACK_REDIS", address)
    assert configure_redis() == address


@pytest.mark.parametrize(
    "address", ["localhost:6379", "http://:secret@host", "redis:///0", "redis+sentinel://:secret@a:1/"]
)
def test_another_address_is_refused_without_repeating_its_password(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("STACK_REDIS", address)
    with pytest.raises(SettingError, match="STACK_REDIS: expected") as refused:
        configure_redis()
    assert "secret" not in str(refused.value)


def test_a_child_sees_the_flag_that_its_parent_sets() -> None:
    flag = SharedFlag()
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(ready, 1)
        os._exit(42 if flag.is_set() else 1)
    assert not flag.is_set()
    flag.set()
    os.write(told, b".")
    _, status = os.waitpid(child, 0)
    os.close(ready)
    os.close(told)
    assert os.waitstatus_to_exitcode(status) == 42
