"""What the API and the page say of a job's place in the queue and of its failed attempts."""

import pytest
from django.test import Client

from stack.accounts.models import User
from stack.accounts.principal import Principal
from stack.jobs.base import register_job
from stack.jobs.context import JobContext
from stack.jobs.execution import run_leased
from stack.jobs.operations import enqueue
from stack.jobs.queues import Priority, Queue
from stack.jobs.turns import lease_job

pytestmark = pytest.mark.django_db


@register_job("test-breaking", queue=Queue.INTERACTIVE)
def break_down(context: JobContext) -> None:
    raise RuntimeError("the disk is <full> \0")


@pytest.fixture
def job_id(principal: Principal) -> int:
    job = enqueue(principal, kind="test-breaking", arguments={}, priority=Priority.HIGH)
    leased = lease_job(job.id, "worker-7")
    assert leased is not None
    run_leased(*leased)
    return job.id


def test_a_job_tells_its_queue_and_why_its_attempts_failed(api: Client, job_id: int) -> None:
    job = api.get(f"/api/v1/jobs/{job_id}").json()
    assert (job["queue"], job["priority"], job["state"]) == ("interactive", 10, "queued")
    [attempt] = job["failed_attempts"]
    assert (attempt["number"], attempt["worker"]) == (1, "worker-7")
    assert attempt["reason"] == "RuntimeError: the disk is <full> \ufffd"
    [listed] = api.get("/api/v1/jobs").json()["items"]
    assert (listed["queue"], listed["failed_attempts"]) == ("interactive", [])


def test_the_page_of_the_job_shows_them(administrator: User, job_id: int) -> None:
    client = Client()
    client.force_login(administrator)
    page = client.get(f"/jobs/{job_id}").content.decode()
    assert "Attempts that failed" in page
    assert "worker-7" in page
    assert "the disk is &lt;full&gt;" in page
